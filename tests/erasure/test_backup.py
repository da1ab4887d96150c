"""Who was erased does not come back with a backup that is older than the erasure: the ledger is
applied before any service starts."""

import json
from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

import pytest

from deploy.local import erasing, postgres
from deploy.local.erasing import ledger, service_session
from deploy.local.home import SERVICES, Home, free_port
from deploy.local.provision import provision
from deploy.local.servers import servers
from services.gateway.views import people
from services.membership import hr
from services.membership.erasure import doing
from shared import roll
from shared.contracts.hr import parse
from shared.contracts.membership import PersonPlaced
from shared.database import Session
from shared.facts import Heard
from shared.outbox import keep_stated
from tests.erasure.looking import in_tables

NUMBER, NAME = "ZXB-9123", "司徒鸑鷟"
ON = date(2026, 1, 2)


@pytest.fixture
async def alone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    """Servers without services."""
    path = tmp_path_factory.mktemp("backup") / "home"
    async with servers(Home(path, port=free_port())) as running:
        yield running


def heard(what: str, **data: str) -> Heard:
    event = parse(
        {
            "specversion": "1.0",
            "id": f"{what}-{data['on']}",
            "source": "/backup",
            "type": f"hr.{what}",
            "data": {"employee": NUMBER, **data},
        }
    )
    return Heard(f"hr {NUMBER}", 0, event, "events.hq.hr.x", event.body, numbered=False)


HISTORY = [
    ("employee-hired", {"name": NAME, "on": "2024-01-01"}),
    ("employee-left", {"on": "2025-01-01"}),
]


async def hire(home: Home) -> UUID:
    """Somebody who has left, in every service."""
    async with service_session(home, "membership") as session:
        await hr.take([heard(what, **data) for what, data in HISTORY], session)
        person = await _person(session)
        await keep_stated(session, home.site)
        await session.commit()
    fact = PersonPlaced(person=person, employee=NUMBER, employed=[], stays=[])
    for service in SERVICES[1:]:
        keep = people.keep_people if service == "gateway" else roll.keep_people
        async with service_session(home, service) as session:
            await keep([fact], session)
            await session.commit()
    return person


async def _person(session: Session) -> UUID:
    row = await session.info["raw"].fetchrow("SELECT id FROM person WHERE employee = $1", NUMBER)
    return UUID(str(row["id"]))


async def copy(home: Home, source: str, target: str) -> None:
    admin = await postgres.connect(home, "postgres")
    await admin.execute(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)")
    await admin.execute(f"CREATE DATABASE {target} TEMPLATE {source}")
    await admin.close()


async def hits(home: Home) -> list[str]:
    admin = await postgres.connect(home)
    try:
        return await in_tables(admin, [NUMBER, NAME])
    finally:
        await admin.close()


async def test_a_backup_from_before_is_cleaned_by_the_ledger(alone: Home) -> None:
    person = await hire(alone)
    await copy(alone, "tongxin", "backup")
    async with service_session(alone, "membership") as session:
        await doing.erase(person, ON, session)
        await keep_stated(session, alone.site)
        await session.commit()
    await erasing.keep_erased(alone)
    assert [(each.person, each.on) for each in ledger(alone)] == [(person, ON)]
    said = (alone.path / erasing.FILE).read_text()
    assert json.loads(said).keys() == {"person", "on", "number"}
    assert NUMBER not in said
    assert await hits(alone) == []

    await copy(alone, "backup", "tongxin")
    assert len(await hits(alone)) > 5, "the backup has the person"
    told: list[str] = []
    await provision(alone, told.append)
    assert await hits(alone) == []
    assert {f"{service}: erased again 1 of the ledger" for service in SERVICES} <= set(told)
    await _hr_says_it_again(alone)
    assert await hits(alone) == []
    again: list[str] = []
    await provision(alone, again.append)
    assert not [line for line in again if "erased" in line], "done twice it is done once"


async def test_a_site_that_knows_nobody_of_the_ledger_does_not_learn_of_them(alone: Home) -> None:
    """A backup from before the person was hired; then HR's whole history is fed again."""
    await copy(alone, "tongxin", "backup")
    person = await hire(alone)
    async with service_session(alone, "membership") as session:
        await doing.erase(person, ON, session)
        await keep_stated(session, alone.site)
        await session.commit()
    await erasing.keep_erased(alone)
    await copy(alone, "backup", "tongxin")
    await provision(alone)
    await _hr_says_it_again(alone)
    assert await hits(alone) == []


async def _hr_says_it_again(home: Home) -> None:
    async with service_session(home, "membership") as session:
        await hr.take([heard(what, **data) for what, data in HISTORY], session)
        await keep_stated(session, home.site)
        await session.commit()
