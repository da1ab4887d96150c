"""One attempt: what is sent, what the answer means, and whom it trusts."""

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.local.home import free_port
from services.gateway.back.sending import Letter, Post
from tests.back.conftest import HrSystem, hr_system

SECRET = "whsec_" + "A" * 43 + "="


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    made = Post(loopback=True, limit=5)
    yield made
    await made.close()


def letter(url: str) -> Letter:
    return Letter(url, str(uuid4()), b'{"specversion":"1.0"}', [SECRET])


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"status": 200}, "delivered"),
        ({"status": 204}, "delivered"),
        ({"status": 307, "headers": {"Location": "/elsewhere"}}, "redirect"),
        ({"status": 400}, "status"),
        ({"status": 404}, "status"),
        ({"status": 410}, "gone"),
        ({"status": 429}, "busy"),
        ({"status": 500}, "status"),
    ],
)
async def test_the_status_says_what_became_of_it(
    hr: HrSystem, post: Post, answer: dict[str, Any], outcome: str
) -> None:
    where = f"/{uuid4().hex}"
    await hr.says(where, answer)
    attempt = await post.send(letter(hr.url + where))
    assert (attempt.outcome, attempt.status) == (outcome, answer["status"])
    assert attempt.delivered == (outcome == "delivered")
    assert not await hr.received("/elsewhere")


async def test_the_receiver_has_so_much_time_and_no_more(hr: HrSystem) -> None:
    where = f"/{uuid4().hex}"
    await hr.says(where, {"hang": 10})
    impatient = Post(loopback=True, limit=0.3)
    attempt = await impatient.send(letter(hr.url + where))
    await impatient.close()
    assert (attempt.outcome, attempt.status) == ("timeout", None)
    assert 300 <= attempt.ms < 5000


async def test_a_wish_for_a_pause_is_heard(hr: HrSystem, post: Post) -> None:
    where = f"/{uuid4().hex}"
    await hr.says(where, {"status": 503, "headers": {"Retry-After": "60"}})
    attempt = await post.send(letter(hr.url + where))
    assert attempt.not_before
    assert attempt.not_before - datetime.now(UTC) > timedelta(seconds=50)


async def test_nobody_there_is_said_so(post: Post) -> None:
    attempt = await post.send(letter(f"http://127.0.0.1:{free_port()}/"))
    assert attempt.outcome == "no-connection"
    attempt = await post.send(letter("https://nowhere.invalid/"))
    assert attempt.outcome == "no-address"


async def test_an_address_that_is_forbidden_by_now_is_not_sent_to(hr: HrSystem) -> None:
    """As when a name that was good when it was entered leads to ourselves today."""
    where = f"/{uuid4().hex}"
    strict = Post(loopback=False)
    attempt = await strict.send(letter(hr.url.replace("127.0.0.1", "localhost") + where))
    await strict.close()
    assert attempt.outcome == "forbidden-address"
    assert not await hr.received(where)


async def test_the_certificate_is_of_the_name_and_trusted(tmp_path: Path, post: Post) -> None:
    certificate = _certificate(tmp_path, "localhost")
    trusting = Post(loopback=True, limit=5, tls=ssl.create_default_context(cafile=certificate))
    async with hr_system(tmp_path, certificate) as hr:
        by_name = hr.url.replace("127.0.0.1", "localhost")
        assert (await trusting.send(letter(by_name + "/named"))).outcome == "delivered"
        assert (await trusting.send(letter(hr.url + "/number"))).outcome == "tls"
        assert (await post.send(letter(by_name + "/unknown"))).outcome == "tls"
        assert [
            len(await hr.received(f"/{where}")) for where in ("named", "number", "unknown")
        ] == [
            1,
            0,
            0,
        ]
    await trusting.close()


def _certificate(where: Path, name: str) -> Path:
    """Of its own authority, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = where / "certificate.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file
