"""Who may say what HR is told, and what is refused."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from deploy.local.gateway import gateway_session
from services.gateway.back.subscriptions import MOST
from tests.back.conftest import Gate

NOBODY = "01a2082a-5b86-745c-97fe-000000000009"


def address() -> str:
    return f"https://hr.invalid/{uuid4().hex}"


async def test_it_is_for_hr_and_it(gate: Gate) -> None:
    for who, status in (("hr", 201), ("it", 201), ("auditor", 403)):
        asked = {"url": address(), "kinds": ["member-joined"]}
        answer = await gate.ask("subscribe", asked, who)
        assert answer.status_code == status, answer.text
    for what in ("subscriptions", "deliveries"):
        answer = await gate.http.get(
            f"/api/v1/back/{what}", headers={"Authorization": f"Bearer {gate.tokens['auditor']}"}
        )
        assert answer.status_code == 403
        assert (await gate.http.get(f"/api/v1/back/{what}")).status_code == 401


@pytest.mark.parametrize(
    ("what", "body", "status", "code"),
    [
        (
            "subscribe",
            {"url": "http://hr.invalid/", "kinds": ["member-joined"]},
            422,
            "not-sent-there",
        ),
        ("subscribe", {"url": "https://169.254.169.254/", "kinds": ["member-joined"]}, 422, None),
        ("subscribe", {"url": "https://hr.invalid/", "kinds": []}, 422, "malformed"),
        ("subscribe", {"url": "https://hr.invalid/", "kinds": ["visit-logged"]}, 422, "malformed"),
        ("subscribe", {"url": "https://hr.invalid/", "kind": ["member-joined"]}, 422, "malformed"),
        ("subscribe", {"url": "https://hr.invalid/?key=1", "kinds": ["member-joined"]}, 422, None),
        ("change", {"subscription": NOBODY, "active": True}, 409, "unknown-subscription"),
        ("change", {"subscription": "x"}, 422, "malformed"),
        ("change", {"subscription": NOBODY, "active": "no"}, 422, "malformed"),
        ("rotate", {"subscription": NOBODY, "overlap_hours": 169}, 422, "malformed"),
        ("remove", {"subscription": NOBODY}, 409, "unknown-subscription"),
        ("ping", {"subscription": NOBODY}, 409, "unknown-subscription"),
        ("replay", {}, 422, "malformed"),
        ("replay", {"event": NOBODY, "since": "2024-05-06"}, 422, "malformed"),
        ("replay", {"event": NOBODY}, 409, "never-told"),
        ("replay", {"since": "0"}, 422, "malformed"),
    ],
)
async def test_what_cannot_be_is_refused_in_words(
    gate: Gate, what: str, body: dict[str, Any], status: int, code: str | None
) -> None:
    before = await gate.seen("subscriptions")
    answer = await gate.ask(what, body)
    told = answer.json()
    assert answer.status_code == status, told
    assert code is None or told["code"] == code
    assert told["detail"]
    assert await gate.seen("subscriptions") == before


async def test_an_address_is_told_once(gate: Gate) -> None:
    asked = {"url": address(), "kinds": ["member-joined"]}
    assert (await gate.ask("subscribe", asked)).status_code == 201
    again = await gate.ask("subscribe", asked)
    assert (again.status_code, again.json()["code"]) == (409, "already-subscribed")


async def test_what_is_off_is_not_tested(gate: Gate) -> None:
    made = await gate.done("subscribe", {"url": address(), "kinds": ["member-joined"]})
    which = {"subscription": made["subscription"]}
    await gate.done("change", which | {"active": False})
    answer = await gate.ask("ping", which)
    assert (answer.status_code, answer.json()["code"]) == (409, "is-off")
    await gate.done("remove", which)
    assert (await gate.ask("ping", which)).json()["code"] == "unknown-subscription"


async def test_there_are_only_so_many(gate: Gate) -> None:
    answers: list[httpx.Response] = []
    for _ in range(MOST + 1):
        asked = {"url": address(), "kinds": ["member-joined"]}
        answers.append(await gate.ask("subscribe", asked))
    assert answers[-1].status_code == 409
    assert answers[-1].json()["code"] == "too-many-subscriptions"
    for answer in answers:
        if answer.status_code == 201:
            await gate.done("remove", {"subscription": answer.json()["subscription"]})


async def test_who_changed_what_is_on_record(gate: Gate) -> None:
    made = await gate.done("subscribe", {"url": address(), "kinds": ["member-joined"]})
    which = {"subscription": made["subscription"]}
    await gate.done("rotate", which)
    await gate.done("change", which | {"active": False})
    await gate.done("remove", which)
    async with gateway_session(gate.home) as session:
        found = await session.execute(
            text("SELECT account, what, code FROM audit WHERE about = :about ORDER BY id"),
            {"about": made["subscription"]},
        )
        said = [tuple(row) for row in found]
    assert said == [
        ("b-hr", "subscription changed", code) for code in ("added", "secret", "changed", "removed")
    ]
