"""HR's system signs what it sends instead of bringing a token (Standard Webhooks)."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.api.hooks import BATCH, STRUCTURED
from services.gateway.signatures import SECRETS
from shared.testing import eventually
from tests.journeys.conftest import Company, event
from tests.journeys.signing import hook_secrets, signed

OLD, NEW, NEVER = (f"whsec_{letter * 32}" for letter in "AbC")


@pytest.fixture(scope="module", autouse=True)
async def secrets(site: Home, company: Company) -> AsyncIterator[None]:
    with hook_secrets(site, NEW, OLD):
        yield


def hired(number: str) -> dict[str, Any]:
    return event("employee-hired", employee=number, name="签名", on="2024-05-01")


async def send(company: Company, body: str, headers: dict[str, str]) -> httpx.Response:
    return await company.client.post("/hooks/hr", content=body.encode(), headers=headers)


@pytest.mark.parametrize("secret", [OLD, NEW])
@pytest.mark.parametrize("mode", [STRUCTURED, BATCH])
async def test_what_is_signed_by_a_secret_that_counts_is_taken(
    company: Company, mode: str, secret: str
) -> None:
    number = f"JS{uuid4().hex[:8]}"
    told: Any = [hired(number)] if mode == BATCH else hired(number)
    body = json.dumps(told, ensure_ascii=False)
    headers = signed(body, mode, by=secret)
    for _ in range(2):  # a replay says nothing new
        answer = await send(company, body, headers)
        assert (answer.status_code, answer.json()) == (200, {"kept": 1, "heard": True})
    seen = await company.get("officer", "membership/profile", employee=number)
    assert seen.json()["name"] == "签名"
    unfit = (await company.get("hr", "membership/unfit")).json()["events"]
    assert number not in [each["about"] for each in unfit]


async def test_what_is_not_signed_so_is_refused_and_on_record(company: Company, site: Home) -> None:
    number = f"JS{uuid4().hex[:8]}"
    body = json.dumps(hired(number))
    good = signed(body, STRUCTURED, by=NEW)
    wrong = {
        "another body": signed(body + " ", STRUCTURED, by=NEW),
        "another secret": signed(body, STRUCTURED, by=NEVER),
        "too old": signed(body, STRUCTURED, by=NEW, minutes_ago=5.2),
        "too new": signed(body, STRUCTURED, by=NEW, minutes_ago=-5.2),
        "another id": good | {"webhook-id": "msg_other"},
        "no id": {name: value for name, value in good.items() if name != "webhook-id"},
        "another time": good | {"webhook-timestamp": "1"},
        "no time": good | {"webhook-timestamp": "nan"},
        "no version": good | {"webhook-signature": "x"},
        "no base64": good | {"webhook-signature": "v1,ä".encode().decode("latin-1")},
        "nothing": good | {"webhook-signature": ""},
    }
    before = await on_record(site)
    for what, headers in wrong.items():
        raw = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
        answer = await company.client.post("/hooks/hr", content=body.encode(), headers=raw)
        assert (answer.status_code, answer.json()["code"]) == (401, "bad-signature"), what
        assert number not in answer.text

    async def noted() -> bool:
        return await on_record(site) == before + len(wrong)

    await eventually(noted, seconds=5)
    seen = await company.get("officer", "membership/profile", employee=number)
    assert seen.status_code == 404


async def test_nobody_fills_the_record_with_signatures_that_do_not_fit(
    company: Company, site: Home
) -> None:
    body = json.dumps(hired(f"JS{uuid4().hex[:8]}"))
    before = await on_record(site)
    answers = [await send(company, body, signed(body, STRUCTURED, by=NEVER)) for _ in range(50)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
    noted = sum(answer.status_code == 401 for answer in answers)
    assert noted <= 45

    async def stands() -> bool:
        return await on_record(site) == before + noted

    await eventually(stands, seconds=5)
    good = await send(company, body, signed(body, STRUCTURED, by=NEW))
    assert good.status_code == 200, "whoever has the secret is not kept out"
    async with gateway_session(site) as session:
        await session.execute(text("DELETE FROM sign_in_try"))
        await session.commit()


async def test_where_no_secret_was_made_a_signature_is_nothing_and_not_on_record(
    company: Company, site: Home
) -> None:
    body = json.dumps(hired(f"JS{uuid4().hex[:8]}"))
    before = await on_record(site)
    kept = site.path / "secrets" / "gateway" / SECRETS
    said = kept.read_text()
    kept.unlink()
    try:
        answer = await send(company, body, signed(body, STRUCTURED, by=NEW))
    finally:
        site.keep_secret("gateway", SECRETS, said)
    assert (answer.status_code, answer.json()["code"]) == (401, "no-token")
    assert await on_record(site) == before


async def test_a_body_that_is_no_text_is_refused(company: Company) -> None:
    headers = signed("x", STRUCTURED, by=NEW)
    answer = await company.client.post("/hooks/hr", content=b"\xff\xfe", headers=headers)
    assert answer.status_code == 401


async def test_binary_mode_takes_a_token_always(company: Company) -> None:
    told = hired(f"JS{uuid4().hex[:8]}")
    attributes = {f"ce-{name}": value for name, value in told.items() if name != "data"}
    body = json.dumps(told["data"])
    headers = signed(body, "application/json", by=NEW) | attributes
    answer = await send(company, body, headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "no-token")
    answer = await send(company, body, headers | company.bearer("hr"))
    assert answer.status_code == 200, answer.text


async def test_a_token_of_somebody_else_is_not_saved_by_a_signature(company: Company) -> None:
    body = json.dumps(hired(f"JS{uuid4().hex[:8]}"))
    answer = await send(company, body, signed(body, STRUCTURED, by=NEW) | company.bearer("worker"))
    assert answer.status_code == 403


async def on_record(site: Home) -> int:
    async with gateway_session(site) as session:
        found = await session.scalar(
            text("SELECT count(*) FROM audit WHERE code = 'bad-signature' AND subject = :door"),
            {"door": "POST /hooks/hr"},
        )
    return int(found or 0)
