"""At a kiosk nothing counts but oneself: every door, with a session that began there."""

from dataclasses import replace

import pytest

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, keep_account
from services.gateway.doors import Door
from shared.for_whom import ForWhom
from tests.journeys.conftest import Company
from tests.walls.company import Account, Stage
from tests.walls.doors import doors_tried, request_to, sent
from tests.walls.test_rights import doors
from tests.walls.tries import judged

EVERY_ROLE = Account("every-role-of-accounts", "W2")
"""Of an account that has a badge, too."""


@pytest.fixture(scope="module")
async def at_kiosk(site: Home, stage: Stage) -> Stage:
    """Everyone who is employed stands at a kiosk of their own."""
    there = {each.name: each for each in stage.accounts.values() if each.employed and each.employee}
    there[EVERY_ROLE.name] = EVERY_ROLE
    tokens: dict[str, str] = {}
    async with gateway_session(site) as session:
        every = ["hr", "auditor", "it"]
        await keep_account(
            session, f"w-{EVERY_ROLE.name}", employee=EVERY_ROLE.employee, roles=every
        )
        for name in there:
            tokens[name], _ = await begin_session(session, f"w-{name}", kind="kiosk")
        await session.commit()
    return replace(stage, company=Company(stage.client, tokens), accounts=there, spare=tokens)


async def test_a_session_at_a_kiosk_opens_the_kiosk_and_no_other_door(
    at_kiosk: Stage, there_are: dict[str, ForWhom]
) -> None:
    accounts = [*at_kiosk.accounts.values()]
    assert any(each.holds("officer", "company") for each in accounts)
    tried = await doors_tried(
        at_kiosk, doors(there_are, at_kiosk), accounts, forms_from="/kiosk/say"
    )
    found = judged(tried, lambda each: there_are[each.verb].people == "at-kiosk")
    found.must_be_lawful("kiosk, account by door by thing")


async def test_what_is_of_ones_account_is_not_changed_at_a_kiosk(
    at_kiosk: Stage, declared: dict[str, Door | None]
) -> None:
    """Passwords, PINs, sessions; by the cookie and by the token as a bearer."""
    whose = {route: door.for_whom.people for route, door in declared.items() if door}
    own = [route for route, people in whose.items() if people == "own-account"]
    assert {"POST /account/password", "POST /account/pin", "DELETE /api/v1/sessions"} <= set(own)
    nothing, token = at_kiosk.things["nothing"][0], at_kiosk.company.tokens["worker"]
    for route in own:
        request = request_to(route.replace("{id}", "0"), nothing, {})
        for headers in ({"Cookie": f"session={token}"}, {"Authorization": f"Bearer {token}"}):
            answer = await sent(at_kiosk.client, request, **headers)
            assert answer.status_code in {401, 403}, f"{route}: {answer.text}"
