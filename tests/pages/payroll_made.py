"""A plant of two thousand on the running site, as HR and consents left it, with a payroll."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import text

from deploy.local.home import Home
from shared import database
from tests.conftest import settings_of
from tests.journeys.conftest import event
from tests.membership.planted import LONG_AGO, Sheet, Worker
from tests.pages.conftest import heard
from tests.sheets_in.made import book

PLANT, OTHER, TEAM = "pages-dues", "pages-dues-other", "pages-dues-team"
HEADER = ("工号", "姓名", "应发工资", "代扣会费")


def _told(workers: list[Worker]) -> Iterator[dict[str, Any]]:
    for code, kind, parent in (
        (PLANT, "plant", "company"),
        (OTHER, "plant", "company"),
        (TEAM, "team", PLANT),
    ):
        yield event("unit-created", unit=code, name=code, kind=kind, parent=parent)
    for each in workers:
        who = {"employee": each.number}
        yield event("employee-hired", name="某", on=str(LONG_AGO), **who)
        yield event("employee-assigned", unit=TEAM, on=str(LONG_AGO), **who)
        if each.moved_on:
            moved = {"unit": OTHER, "from_unit": TEAM, "on": str(each.moved_on)}
            yield event("employee-transferred", **moved, **who)
        if each.left_on:
            yield event("employee-left", on=str(each.left_on), **who)


async def peopled(site: Home, sheet: Sheet) -> None:
    """HR's events come by the feed. Consents are written: two thousand commands would take too
    long."""
    await heard(site, *_told(sheet.workers))
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
