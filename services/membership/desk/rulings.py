"""Rulings as they are kept: added, never changed. One is undone by another that takes it back."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import text

from services.membership.timeline.rulings import Ruling
from shared.database import ReadSession, Session

_ABOUT = text("""
    SELECT employee, id, decided_at, kind, event, over, "on", unit, from_unit,
        takes_back FROM ruling
    WHERE employee = ANY(:employees) AND (event IS NOT NULL OR takes_back IS NOT NULL)
        AND (CAST(:by AS timestamptz) IS NULL OR decided_at <= :by)
""")
_ABOUT_NUMBER = text("""
    SELECT id, decided_at, kind, event, over, "on", unit, from_unit, takes_back FROM ruling
    WHERE employee = :employee
""")
_ABOUT_UNITS = text("""
    SELECT id, decided_at, kind, event, over, "on", unit, from_unit, takes_back FROM ruling
    WHERE about_unit IS NOT NULL
""")
_KEEP = text("""
    INSERT INTO ruling
        (id, employee, about_unit, kind, event, over, "on", unit, from_unit, takes_back, reason,
         decided_by, decided_at)
    VALUES (:id, :employee, :about_unit, :kind, :event, :over, :on, :unit, :from_unit,
        :takes_back, :reason, :decided_by, :decided_at)
""")


async def rulings_about(
    employees: Collection[str], session: Session | ReadSession, *, by: datetime | None = None
) -> dict[str, list[Ruling]]:
    """Employee number → all rulings about that person, those that were taken back too; `by` a
    moment: those made until then."""
    rows = await session.execute(_ABOUT, {"employees": list(employees), "by": by})
    found: dict[str, list[Ruling]] = defaultdict(list)
    for row in rows:
        found[row.employee].append(Ruling(*row[1:]))
    return found


async def rulings_of(employee: str, session: Session | ReadSession) -> list[Ruling]:
    """All that was ruled of the number, whose it is too."""
    every = _ABOUT_NUMBER
    return [Ruling(*row) for row in await session.execute(every, {"employee": employee})]


async def rulings_about_units(session: Session | ReadSession) -> list[Ruling]:
    """All about the tree: what was decided of one unit bears on others."""
    return [Ruling(*row) for row in await session.execute(_ABOUT_UNITS)]


async def keep_ruling(ruling: Ruling, session: Session, **why: Any) -> None:
    """`why`: `employee` or `about_unit`, `reason` and the person `decided_by`."""
    whom = {"employee": None, "about_unit": None}
    await session.execute(_KEEP, whom | ruling._asdict() | why)


async def units_meant(codes: Collection[str], session: Session) -> set[str]:
    """The people of whom a ruling says that they were placed in one of these units."""
    rows = await session.scalars(
        text("""
            SELECT DISTINCT employee FROM ruling
            WHERE unit = ANY(:codes) AND employee IS NOT NULL
        """),
        {"codes": list(codes)},
    )
    return set(rows)
