"""Rights: every role at every place, at every door of the gateway, about every thing."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, NamedTuple

import pytest
from sqlalchemy import text

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, drop_account, keep_account, token_hash
from shared.settings import Settings
from tests.walls.company import COMPANY, FAR, TEAM, Account, Stage, Thing, code, staged
from tests.walls.doors import doors_tried, request_to, routes, sent
from tests.walls.tries import Judged, Try, judged

Law = Callable[[Account, Thing], bool]


def everyone(account: Account, thing: Thing) -> bool:
    """Who is signed in."""
    return True


def a_person(account: Account, thing: Thing) -> bool:
    return account.employee is not None


def employed(account: Account, thing: Thing) -> bool:
    return account.employee is not None and account.employed


def oneself(account: Account, thing: Thing) -> bool:
    return account.name == thing.of


def there(*roles: str) -> Law:
    """Held where the thing is at home, or above it."""
    return lambda account, thing: any(account.holds(role, thing.at) for role in roles)


def company_wide(*roles: str) -> Law:
    return lambda account, thing: any(account.holds(role, COMPANY) for role in roles)


def anywhere(*roles: str) -> Law:
    """What is shown reaches as far as the role does."""
    return lambda account, thing: any(role in roles for role, _ in account.grants)


def either(*laws: Law) -> Law:
    return lambda account, thing: any(law(account, thing) for law in laws)


class Door(NamedTuple):
    """Who may, about what kind of thing, and a request that is good in itself; `$` in it stands
    for the thing."""

    may: Law
    about: str = "nothing"
    body: Mapping[str, Any] = {}


MANY = {"limit": "200"}
YEARS_AGO = {"on": "2020-01-01", "until": "2020-02-01"}
DOORS = {
    "POST /api/v1/democracy/submit-proposal": Door(
        employed, body={"title": "t", "body": "b", "category": "other"}
    ),
    "POST /api/v1/democracy/support-proposal": Door(employed, "proposal", {"proposal": "$"}),
    "POST /api/v1/democracy/answer-proposal": Door(
        there("manager", "director"),
        "proposal",
        {"proposal": "$", "decision": "adopted", "reasons": "r"},
    ),
    "POST /api/v1/training/open-course": Door(
        there("officer", "leader"),
        "unit",
        {"unit": "$", "title": "t", "starts_on": "2024-05-01", "seats": 1},
    ),
    "POST /api/v1/training/enrol": Door(
        there("officer", "leader"), "person", {"employee": "$", "course": "{course}"}
    ),
    "POST /api/v1/training/complete-course": Door(
        there("officer", "leader"),
        "course",
        {"course": "$", "employee": "W1", "result": "passed"},
    ),
    "GET /api/v1/training/demands": Door(anywhere("officer", "chair", "leader"), body=MANY),
    "POST /api/v1/welfare/log-visit": Door(
        there("officer"),
        "person",
        {"employee": "$", "occasion": "festival", "on": "2024-05-01", "visitors": ["W5"]},
    ),
    "GET /api/v1/welfare/visit-note": Door(there("officer"), "visit", {"visit": "$"}),
    "GET /api/v1/welfare/visit-readings": Door(there("officer"), "visit", {"visit": "$"}),
    "GET /api/v1/views/visits": Door(anywhere("officer"), body={"state": "made"} | MANY),
    "POST /api/v1/membership/join-union": Door(employed, body={"consent": True}),
    "POST /api/v1/membership/leave-union": Door(a_person),
    "POST /api/v1/membership/appoint-post": Door(
        there("chair", "it"), "unit", {"unit": "$", "employee": "W4", "role": "leader"} | YEARS_AGO
    ),
    "POST /api/v1/membership/end-post": Door(there("chair", "it"), "post", {"post": "$"}),
    "GET /api/v1/membership/heads": Door(
        anywhere("officer", "chair", "hr", "director"), body={"on": "2024-05-01"}
    ),
    "GET /api/v1/membership/profile": Door(
        either(oneself, there("officer")), "person", {"employee": "$"}
    ),
    "GET /api/v1/membership/unfit": Door(company_wide("officer", "hr")),
    "GET /api/v1/views/proposals": Door(everyone),
    "GET /api/v1/views/person": Door(
        either(oneself, there("officer")), "person", {"employee": "$"}
    ),
    "GET /api/v1/views/plant": Door(
        there("director", "manager", "officer", "chair"), "unit", {"unit": "$"}
    ),
    "POST /hooks/hr": Door(company_wide("hr")),
    "DELETE /api/v1/session": Door(everyone),
    # The pages, by their cookie.
    "GET /": Door(everyone),
    "GET /proposals": Door(everyone),
    "GET /account": Door(everyone),
    "GET /account/password": Door(everyone),
    "GET /people": Door(everyone),
    "GET /people/{employee}": Door(either(oneself, there("officer")), "person", {"employee": "$"}),
    "GET /visits": Door(anywhere("officer")),
    "GET /plants/{unit}": Door(
        there("director", "manager", "officer", "chair"), "unit", {"unit": "$"}
    ),
}
FOR_WHO_IS_NOT_SIGNED_IN = {
    "POST /api/v1/session",
    "POST /sign-in",
    "POST /sign-out",
    "GET /health",
    "GET /livez",
    "GET /metrics",
    "GET /readyz",
    "GET /asyncapi",
    "GET /asyncapi.json",
    "GET /docs",
}


FOR_ONES_OWN_ACCOUNT = {
    "DELETE /api/v1/sessions",
    "POST /account/password",
    "POST /account/sessions/{id}/end",
    "POST /account/sign-out-everywhere",
}
"""They take no name of anybody; `tests/pages/test_account.py` tries them with what is another's."""


@pytest.fixture(scope="module")
def there_are(settings: Callable[[str], Settings]) -> set[str]:
    """The routes of this gateway."""
    return routes(settings("gateway"))


@pytest.fixture(scope="module")
async def stage(site: Home, there_are: set[str]) -> AsyncIterator[Stage]:
    async with staged(site, there_are) as made:
        yield made


def doors(there_are: set[str], stage: Stage) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """What to ask at each door that there is."""
    course = next((thing.named for thing in stage.things.get("course", ())), None)
    return {
        route: (
            door.about,
            {name: course if value == "{course}" else value for name, value in door.body.items()},
        )
        for route, door in DOORS.items()
        if route in there_are
    }


async def _judged(stage: Stage, there_are: set[str], accounts: list[Account]) -> Judged:
    things = {thing.name: thing for kind in stage.things.values() for thing in kind}
    outcomes = await doors_tried(stage, doors(there_are, stage), accounts)
    who = {account.name: account for account in accounts}
    return judged(outcomes, lambda each: DOORS[each.verb].may(who[each.who], things[each.what]))


def test_of_every_door_it_is_said_who_may(there_are: set[str]) -> None:
    assert {"POST /hooks/hr", "POST /api/v1/membership/appoint-post", "GET /"} <= there_are
    unknown = there_are - set(DOORS) - FOR_WHO_IS_NOT_SIGNED_IN - FOR_ONES_OWN_ACCOUNT
    assert not unknown, f"say who may: {', '.join(sorted(unknown))}"


async def test_a_role_holds_where_it_is_held_and_for_what_it_is_for(
    stage: Stage, there_are: set[str]
) -> None:
    found = await _judged(stage, there_are, [*stage.accounts.values()])
    found.must_be_lawful("rights, account by door by thing")


def _units_in(answer: Any) -> set[str]:
    """The units that an answer names: of heads, demands and visits."""
    if "by_unit" in answer:
        return set(answer["by_unit"])
    return {each["unit"] for each in answer.get("demands", answer.get("items", ()))}


async def test_what_is_shown_within_ones_reach_shows_nothing_beyond_it(
    stage: Stage, there_are: set[str]
) -> None:
    reaching = {
        "GET /api/v1/membership/heads": ("officer", "chair", "hr", "director"),
        "GET /api/v1/training/demands": ("officer", "chair", "leader"),
        "GET /api/v1/views/visits": ("officer",),
    }
    shown = 0
    for route, roles in reaching.items():
        for account in stage.accounts.values() if route in there_are else ():
            if not any(role in roles for role, _ in account.grants):
                continue
            request = request_to(route, stage.things["nothing"][0], DOORS[route].body)
            answer = await sent(stage.client, request, **stage.company.bearer(account.name))
            found = _units_in(answer.json()) & {code(place) for place in (TEAM, FAR)}
            reached = {
                code(place)
                for place in (TEAM, FAR)
                if any(account.holds(role, place) for role in roles)
            }
            assert found == reached, f"{account.name} at {route}"
            shown += len(found)
    assert shown


async def test_a_right_that_was_given_is_seen_and_nothing_else(
    site: Home, stage: Stage, there_are: set[str]
) -> None:
    nobody = Account("given")
    async with gateway_session(site) as session:
        await keep_account(session, "w-given", employee=None, roles=["hr"])
        stage.company.tokens["given"], _ = await begin_session(session, "w-given")
        stage.spare["given"], _ = await begin_session(session, "w-given")
        await session.commit()
    seen = await _judged(stage, there_are, [nobody])
    assert seen.allows == {
        Try("given", route, "nothing")
        for route in (
            "POST /hooks/hr",
            "GET /api/v1/membership/heads",
            "GET /api/v1/membership/unfit",
        )
    }
    assert not seen.refusals


async def test_nobody_gets_past_a_door_without_a_token_that_holds(
    site: Home, stage: Stage, there_are: set[str]
) -> None:
    """No token, one that ended by itself or by signing out, one of a closed account, one of
    another site, a cookie where a bearer is due."""
    tokens: dict[str, str] = {}
    async with gateway_session(site) as session:
        await keep_account(session, "w-closed", employee=None, roles=["it"])
        for name, account in (("ended", "w-it"), ("left", "w-it"), ("closed", "w-closed")):
            tokens[name], _ = await begin_session(session, account)
        await session.execute(
            text("UPDATE session SET expires_at = now() WHERE token_hash = :hash"),
            {"hash": token_hash(tokens["ended"])},
        )
        await drop_account(session, "w-closed")
        await session.commit()
    bearer = {"Authorization": f"Bearer {tokens['left']}"}
    assert (await stage.client.get("/api/v1/views/proposals", headers=bearer)).status_code == 200
    assert (await stage.client.delete("/api/v1/session", headers=bearer)).status_code == 204
    good = stage.company.tokens["it"]
    ways = {name: {"Authorization": f"Bearer {token}"} for name, token in tokens.items()} | {
        "none": {},
        "empty": {"Authorization": "Bearer"},
        "another site's": {"Authorization": f"Bearer {good[::-1]}"},
        "a digest": {"Authorization": f"Bearer {token_hash(good).hex()}"},
        "another scheme": {"Authorization": f"Basic {good}"},
        "a cookie": {"Cookie": f"session={good}; __Host-session={good}"},
    }
    outcomes: dict[Try, bool] = {}
    for route, (kind, body) in doors(there_are, stage).items():
        if "/api/" in route or "/hooks/" in route:
            request = request_to(route, stage.things[kind][0], body)
            for way, headers in ways.items():
                answer = await sent(stage.client, request, **headers)
                outcomes[Try(way, "come in at", route)] = answer.status_code != 401
    allowed = [each for each, through in outcomes.items() if through]
    print(f"\nwalls: tokens: {len(outcomes)} tried, unexpected allows = {len(allowed)}")
    assert outcomes
    assert not allowed
