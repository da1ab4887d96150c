"""A plant of two thousand on the running site, as HR and consents left it, with a payroll."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from deploy.local.feed import Feed
from deploy.local.home import Home
from shared import database
from shared.contracts.hr import parse
from tests.conftest import settings_of
from tests.membership.planted import LONG_AGO, Sheet, Worker
from tests.sheets_in.made import book

PLANT, OTHER, TEAM = "pages-dues", "pages-dues-other", "pages-dues-team"
HEADER = ("工号", "姓名", "应发工资", "代扣会费")


def _said(what: str, **data: Any) -> dict[str, Any]:
    said = {name: str(value) if isinstance(value, date) else value for name, value in data.items()}
    head = {"specversion": "1.0", "id": str(uuid4()), "source": "/hr/dues", "type": f"hr.{what}"}
    return head | {"time": "2024-01-01T00:00:00Z", "data": said}


def _told(workers: list[Worker]) -> Iterator[dict[str, Any]]:
    for code, kind, parent in (
        (PLANT, "plant", "company"),
        (OTHER, "plant", "company"),
        (TEAM, "team", PLANT),
    ):
        yield _said("unit-created", unit=code, name=code, kind=kind, parent=parent)
    for each in workers:
        who = {"employee": each.number}
        yield _said("employee-hired", name="某", on=LONG_AGO, **who)
        yield _said("employee-assigned", unit=TEAM, on=LONG_AGO, **who)
        if each.moved_on:
            moved = {"unit": OTHER, "from_unit": TEAM, "on": each.moved_on}
            yield _said("employee-transferred", **moved, **who)
        if each.left_on:
            yield _said("employee-left", on=each.left_on, **who)


async def peopled(site: Home, sheet: Sheet) -> None:
    """HR's events come by the feed. Consents are written: two thousand commands would take too
    long."""
    feed = Feed(site)
    await feed.send([parse(event) for event in _told(sheet.workers)])
    await feed.settled()
    members = [
        {"number": each.number, "since": str(each.member_since), "until": each.member_until}
        for each in sheet.workers
        if each.member_since
    ]
    rows = json.dumps(members, default=str)
    engine = database.engine(settings_of(site, "membership"), pool_size=1)
    async with database.Sessions(engine)() as session:
        for statement in (
            "INSERT INTO consent (person, given_on, withdrawn_on) SELECT id, since, until",
            "INSERT INTO member (person, during, consent) "
            "SELECT id, daterange(since, until), since",
        ):
            found = """
                FROM jsonb_to_recordset(CAST(:rows AS jsonb))
                    AS said (number text, since date, until date)
                JOIN person ON person.employee = said.number
            """
            await session.execute(text(statement + found), {"rows": rows})
        await session.commit()
    await engine.dispose()


def as_book(sheet: Sheet) -> bytes:
    """The rows as a payroll: what reads as a number stands as one, as in Excel."""
    rows = [
        (row["employee"], "某", _cell(row["wages"]), _cell(row["dues"]))
        for row in sorted(sheet.rows, key=lambda row: int(row["line"]))
    ]
    return book(HEADER, *rows)


def _cell(said: str) -> Any:
    try:
        return float(said) if said.replace(".", "").isdigit() and said.isascii() else said
    except ValueError:
        return said
