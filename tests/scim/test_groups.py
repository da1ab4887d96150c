"""Groups of the identity provider give roles where they are mapped, and nothing else does."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, keep_account
from services.gateway.app import create_door
from services.gateway.problems import Problem
from services.gateway.site import Site
from shared.settings import Settings
from tests.journeys.conftest import Company, event
from tests.scim.conftest import GROUP, Directory, number, patch, user
from tests.scim.test_users import on_record, problem


@pytest.fixture
async def mapped(
    directory: Directory, settings: Callable[[str], Settings], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Directory, Site]]:
    """A gateway that takes roles from groups, beside the running one."""
    monkeypatch.setenv("TONGXIN_OIDC_ROLES", "sc-auditors=auditor,CN=sc-it=it")
    site = Site(settings("gateway"))
    transport = httpx.ASGITransport(create_door(site))
    async with httpx.AsyncClient(transport=transport, base_url=site.settings.url) as client:
        yield Directory(client, Company(client, directory.company.tokens)), site
    await site.readers.close()
    await site.engine.dispose()


def group(name: str, *members: str) -> dict[str, Any]:
    return {
        "schemas": [GROUP],
        "displayName": name,
        "members": [{"value": member} for member in members],
    }


async def employed(directory: Directory, site: Home) -> tuple[str, str, str]:
    """Number, id of the user, token of an account of theirs that the provider vouched for."""
    who = number()
    id = (await directory.made(user(who)))["id"]
    await directory.becomes(who, name="某人")
    async with gateway_session(site) as session:
        await keep_account(session, f"sc-{who}".lower(), employee=who, roles=[])
        token, _ = await begin_session(session, f"sc-{who}".lower(), issuer="https://idp")
        await session.commit()
    return who, id, token


async def test_a_mapped_group_gives_its_role_while_one_is_in_it(
    mapped: tuple[Directory, Site], directory: Directory, site: Home
) -> None:
    door, gateway = mapped
    who, id, token = await employed(directory, site)
    made = await door.made(group("sc-auditors", id), "Groups")
    assert set((await gateway.tokens.actor(token)).roles()) == {"auditor"}
    assert ("role given", who) in await on_record(site, who)
    told = (await door.ask("GET", f"/Users/{id}")).json()
    assert [each["display"] for each in told["groups"]] == ["sc-auditors"]
    out = patch({"op": "remove", "path": f'members[value eq "{id}"]'})
    assert (await door.ask("PATCH", f"/Groups/{made['id']}", out)).status_code == 204
    assert ("role taken", who) in await on_record(site, who)
    # What the provider had said at the sign-in is asked anew.
    with pytest.raises(Problem, match="401"):
        await gateway.tokens.actor(token)
    assert (await door.ask("DELETE", f"/Groups/{made['id']}")).status_code == 204


async def test_a_group_that_is_not_mapped_gives_nothing(
    mapped: tuple[Directory, Site], directory: Directory, site: Home
) -> None:
    door, gateway = mapped
    who, id, token = await employed(directory, site)
    made = await door.made(group(f"others {who}", id), "Groups")
    assert set((await gateway.tokens.actor(token)).roles()) == set()
    renamed = patch({"op": "replace", "path": "displayName", "value": "CN=sc-it"})
    assert (await door.ask("PATCH", f"/Groups/{made['id']}", renamed)).status_code == 204
    gateway.tokens.forget()
    assert set((await gateway.tokens.actor(token)).roles()) == {"it"}
    # Who is inactive holds nothing.
    await door.change(id, "active", False)
    with pytest.raises(Problem, match="401"):
        await gateway.tokens.actor(token)
    await door.change(id, "active", True)
    assert (await door.ask("DELETE", f"/Groups/{made['id']}")).status_code == 204


async def test_nobody_gives_a_role_to_themselves(
    mapped: tuple[Directory, Site], directory: Directory, site: Home
) -> None:
    """Neither by a group nor by taking the number of somebody who is in one."""
    door, _ = mapped
    who, id, _ = await employed(directory, site)
    async with gateway_session(site) as session:
        name = f"sc-hr-{who}".lower()
        await keep_account(session, name, employee=who, roles=["hr"])
        own, _ = await begin_session(session, name)
        await session.commit()
    mine = Directory(door.client, Company(door.client, {"hr": own}))
    problem(await mine.ask("POST", "/Groups", group("sc-auditors", id)), 403, None, "themselves")
    listed = (await door.ask("GET", '/Groups?filter=displayName eq "sc-auditors"')).json()
    assert listed["totalResults"] == 0
    async with gateway_session(site) as session:
        noted = await session.scalar(
            text("SELECT count(*) FROM audit WHERE account = :name AND what = 'refused'"),
            {"name": name},
        )
    assert noted == 1


async def test_only_users_that_are_there_are_members(directory: Directory) -> None:
    for wrong in ("01a2082a-5b86-745c-97fe-b943daac0914", "nobody", ""):
        answer = await directory.ask("POST", "/Groups", group(number(), wrong))
        problem(answer, 400, "invalidValue", "members must be")
    name = number()
    await directory.made(group(name), "Groups")
    problem(await directory.ask("POST", "/Groups", group(name)), 409, "uniqueness")
    problem(await directory.ask("POST", "/Groups", group(" ")), 400, "invalidValue")


async def test_a_unit_is_no_group(directory: Directory) -> None:
    told = event("unit-created", unit=number(), name="组", kind="team", parent="company")
    assert (await directory.company.feed(told)).json()["heard"]
    asked = f'/Groups?filter=displayName eq "{told["data"]["unit"]}"'
    assert (await directory.ask("GET", asked)).json()["totalResults"] == 0
