"""Somebody is brought in through every door, erased, and looked for everywhere: nothing is found.
The figures are what they were, and nothing brings the person back."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from deploy.local import postgres
from deploy.local.erasing import ledger
from shared.broker import connect
from shared.calendar import today
from shared.personal import GONE
from shared.testing import eventually
from tests.erasure.looking import found_anywhere, in_tables
from tests.erasure.planted import (
    HISTORY,
    LEFT,
    MAIL,
    MONTHS_AGO,
    NAME,
    NUMBER,
    PLANT,
    PLANTED,
    TEAM,
    YESTERDAY,
    Planted,
    said,
)
from tests.erasure.planting import plant
from tests.erasure.unsealing import found_sealed
from tests.operator.conftest import Operated
from tests.running import client_of, running_site, tokens
from tests.scim.conftest import user as scim_user

DAYS = (MONTHS_AGO, MONTHS_AGO + timedelta(days=20), YESTERDAY - timedelta(days=1), today())


@pytest.fixture(scope="module")
async def operated(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Operated]:
    async with running_site(tmp_path_factory.mktemp("erasure") / "home") as home:
        admin = await postgres.connect(home)
        clients = {who: client_of(home, token) for who, token in (await tokens(home)).items()}
        yield Operated(home, admin, clients)
        for client in clients.values():
            await client.aclose()
        await admin.close()


async def heads(planted: Planted) -> list[Any]:
    """Of each day, by membership and by the views."""
    found = []
    for on in DAYS:
        found.append(await planted.get("officer", "membership/heads", on=str(on)))
        for unit in (PLANT, TEAM):
            seen = await planted.get("officer", "views/plant", unit=unit, on=str(on))
            found.append(seen["heads"])
    return found


async def settled(planted: Planted) -> None:
    admin = planted.operated.admin

    async def clean() -> bool:
        left = [
            await admin.fetchval(
                f"SELECT count(*) FROM {schema}.person WHERE employee = $1", NUMBER
            )
            for schema in ("membership", "democracy", "training", "welfare", "views")
        ]
        for service in ("membership", "democracy", "training", "welfare"):
            left.append(await admin.fetchval(f"SELECT count(*) FROM {service}.redacted"))
            left.append(
                await admin.fetchval(f"SELECT count(*) FROM {service}.outbox WHERE sent_at IS NULL")
            )
        return not any(left) and bool(ledger(planted.home))

    await eventually(clean, seconds=90, every=0.5)


async def test_who_is_erased_is_found_nowhere_and_does_not_come_back(operated: Operated) -> None:
    planted = await plant(operated)
    before = await found_anywhere(operated.home, PLANTED)
    places = {each.partition(":")[0] for each in before}
    places |= set(await found_sealed(operated.home, PLANTED))
    assert {
        "table membership.hr_event",
        "table membership.person",
        "table membership.ruling",
        "table membership.honour",
        "table membership.consent",
        "table membership.admonition",
        "table membership.deemed_left",
        "table membership.other_union",
        "table membership.seat_end",
        "table membership.drift",
        "table membership.held",
        "table membership.skipped",
        "table membership.command",
        "table membership.outbox",
        "table democracy.person",
        "table democracy.proposal",
        "table democracy.outbox",
        "table training.person",
        "table training.demand",
        "table welfare.person",
        "table gateway.account",
        "table gateway.audit_name",
        "table gateway.file",
        "table gateway.file_piece",
        "table gateway.scim_user",
        "table gateway.scim_told",
        "table gateway.session",
        "table gateway.known_browser",
        "table gateway.news_seen",
        "table gateway.digest",
        "table gateway.digest_asked",
        "table views.person",
        "table views.proposal",
        "stream HR",
        "stream FACTS",
        "stream HRBACK",
        "sealed gateway.sheet_in.sheet",
        "sealed gateway.sheet_in.account",
        "sealed membership.correction.wrong",
        "sealed membership.correction_step.words",
        "sealed welfare.visit.note",
        "file log/operator.log",
    } <= places, "the person was not planted there, or the search cannot find them"
    was = await heads(planted)

    await asked_granted_and_due(planted)
    await settled(planted)
    assert await found_anywhere(operated.home, PLANTED) == []
    assert await found_sealed(operated.home, PLANTED) == []
    assert await heads(planted) == was
    await what_stays_names_nobody(planted)
    await a_hit_that_is_left_behind_is_found(planted)

    await nothing_comes_back(planted)
    assert await found_anywhere(operated.home, PLANTED) == []
    assert await found_sealed(operated.home, PLANTED) == []
    assert await heads(planted) == was


async def asked_granted_and_due(planted: Planted) -> None:
    ask, admin = planted.ask, planted.operated.admin
    asked = await ask("own", "membership/ask-erasure", {"employee": NUMBER})
    own = await planted.get("own", "membership/erasure-of", employee=NUMBER)
    assert (own["state"], own["obstacles"], own["by_themselves"]) == ("asked", [], True)
    await ask("own", "membership/grant-erasure", {"erasure": asked["id"]}, status=403)
    await ask("officer", "membership/withdraw-erasure", {"erasure": asked["id"]})
    asked = await ask("officer", "membership/ask-erasure", {"employee": NUMBER})
    await ask("officer", "membership/grant-erasure", {"erasure": asked["id"]}, status=409)
    await ask("officer", "membership/withdraw-erasure", {"erasure": asked["id"]})
    asked = await ask("own", "membership/ask-erasure", {"employee": NUMBER})
    await ask("officer", "membership/grant-erasure", {"erasure": asked["id"]})
    listed = await planted.get("officer", "membership/erasures", state="granted")
    assert [each["due_on"] for each in listed["items"]] == [str(today() + timedelta(days=7))]
    # The day comes.
    moved = "UPDATE membership.due SET at = now() WHERE what = 'erasure'"
    assert await admin.execute(moved) == "UPDATE 1"


async def what_stays_names_nobody(planted: Planted) -> None:
    """The proposals are there, with what became of them, in other words and nobody's."""
    found = await planted.get("officer", "views/proposals", limit=200)
    theirs = [each for each in found["items"] if each["id"] in planted.proposals]
    assert {(each["title"], each["body"]) for each in theirs} == {(GONE, GONE)}
    assert len(theirs) == len(planted.proposals)
    assert (await planted.own.get("/api/v1/views/proposals")).status_code == 401
    code, out, errors = await planted.operated.run("audit", "verify")
    assert code == 0, out + errors


async def a_hit_that_is_left_behind_is_found(planted: Planted) -> None:
    admin = planted.operated.admin
    await admin.execute("UPDATE training.course SET title = title || $1", NAME)
    try:
        [hit] = await in_tables(admin, [NAME])
        assert hit.startswith("table training.course")
        assert await found_anywhere(planted.home, PLANTED) == [hit]
    finally:
        await admin.execute("UPDATE training.course SET title = replace(title, $1, '')", NAME)


async def nothing_comes_back(planted: Planted) -> None:
    """HR says everything again, and something new of old days; the stream of facts is lost and
    filled again from the outboxes; the views are filled anew."""
    home = planted.home
    correction = said("employee-retitled", post=f"{NAME}的岗位", on=str(MONTHS_AGO))
    await planted.feed(*HISTORY, *LEFT, correction)
    directory = scim_user(NUMBER, displayName=NAME, userName=MAIL, active=False)
    refused = await planted.operated.clients["hr"].post("/scim/v2/Users", json=directory)
    assert refused.status_code == 403, refused.text
    client = await connect(
        home.nats_url, "provisioner", home.secret("provisioner", "nats_password")
    )
    try:
        await client.jetstream().delete_stream("FACTS")
    finally:
        await client.close()
    admin = planted.operated.admin
    made = await admin.fetchval("SELECT created FROM stream_identity WHERE name = 'FACTS'")

    async def anew() -> bool:
        now = await admin.fetchval("SELECT created FROM stream_identity WHERE name = 'FACTS'")
        return bool(now != made)

    await eventually(anew, seconds=60, every=0.5)
    await settled(planted)

    async def healthy() -> bool:
        return (await planted.operated.clients["it"].get("/health")).status_code == 200

    await eventually(healthy, seconds=60, every=0.5)
    code, out, errors = await planted.operated.run("rebuild", "--check")
    assert code == 0, out + errors
