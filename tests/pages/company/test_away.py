"""A provider that is away, slow or not what it should be: it is said, and local accounts work."""

import time
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from deploy.local.home import Home, free_port
from shared.settings import Settings
from tests.pages.company.conftest import Browser, at_provider, forget_document, gateway_of
from tests.pages.company.provider import Company
from tests.pages.conftest import sign_in

START = "/sign-in/company"


def says_it_is_away(answer: httpx.Response) -> bool:
    """With the way out."""
    told = "公司账号登录暂时不可用" in answer.text and 'href="/"' in answer.text
    return answer.status_code == 503 and told and bool(answer.headers["retry-after"])


@pytest.fixture
async def nobody_there(
    people: None, told_of: Callable[..., None], settings: Callable[[str], Settings]
) -> AsyncIterator[Browser]:
    """Nobody listens at the address of the provider."""
    told_of(issuer=f"http://127.0.0.1:{free_port()}")
    async with gateway_of(settings("gateway")) as browser:
        yield browser


async def test_a_provider_that_is_away_is_said_to_be_and_local_accounts_work(
    nobody_there: Browser,
) -> None:
    assert says_it_is_away(await nobody_there.client.get(START))
    program = await nobody_there.client.get(START, headers={"Accept": "application/json"})
    assert (program.status_code, program.json()["code"]) == (503, "provider-away")
    assert (await sign_in(nobody_there.client, "pages-worker")).status_code == 303


async def test_nobody_waits_long_for_a_provider_that_hangs(
    at_door: Browser, company: Company
) -> None:
    company.frozen.clear()
    begun = time.monotonic()
    assert says_it_is_away(await at_door.client.get(START))
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://other.example"},
        {"token_endpoint": None},
        {"token_endpoint": "http://other.example/token"},
        {"jwks_uri": "ftp://other.example/keys"},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
async def test_nobody_is_sent_to_a_provider_whose_document_is_not_in_order(
    at_door: Browser, company: Company, document: dict[str, str | None]
) -> None:
    company.wrong.document = document
    assert says_it_is_away(await at_door.client.get(START))


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/.well-known/openid-configuration", ("no document", 200)),
        ("/.well-known/openid-configuration", ("[]", 200)),
        ("/.well-known/openid-configuration", ("broken", 500)),
        ("/oauth2/token", ("broken", 502)),
        ("/oauth2/token", ("no token", 200)),
        ("/oauth2/token", ({"error": "invalid_client"}, 401)),
        ("/oauth2/token", ({"error": "temporarily_unavailable"}, 400)),
        ("/jwks", ("broken", 500)),
        ("/jwks", ("no keys", 200)),
    ],
)
async def test_a_provider_that_breaks_in_between_is_said_to_be_away(
    at_door: Browser, company: Company, path: str, answer: tuple[str, int]
) -> None:
    company.employs("new", employee_number="PC001")
    back = await at_provider(await at_door.set_out(), "new")
    company.wrong.answers[path] = answer
    forget_document(at_door)
    answered = await at_door.come_back(back)
    assert says_it_is_away(answered)
    assert "session=" not in answered.headers.get("set-cookie", "")


async def test_what_went_wrong_is_in_the_log_without_words_of_anybody(
    nobody_there: Browser, capsys: pytest.CaptureFixture[str], site: Home
) -> None:
    await nobody_there.client.get(START)
    logged = capsys.readouterr().out
    assert "provider away or unfit" in logged
    assert "ConnectError" in logged
