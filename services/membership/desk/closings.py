"""Units that were closed while people were in them: HR has to say where they are, or somebody to
rule what was meant."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import text

from services.membership.timeline import Unfit
from services.membership.timeline.rulings import Reading, Ruling, as_read, fingerprint, readings
from services.membership.timeline.unfit import seniority, unfit
from shared.calendar import today
from shared.contracts.hr import HrEvent
from shared.contracts.hr_units import UnitClosed
from shared.database import ReadSession, Session

LEFT_IN_IT = "people-left-in-it"


class Left(NamedTuple):
    """So many people were in a unit when it closed, and are employed and in no unit since."""

    on: date
    people: int


_CLOSED = """
    FROM unit WHERE known AND merged_into IS NULL AND ended_on <= CAST(:today AS date)
"""
# Also those that were reported, and may be open again by now.
_CODES = text(f"""
    SELECT code {_CLOSED} UNION SELECT about FROM unfit WHERE of_unit AND reason = :reason
""")  # noqa: S608 - all of it is ours
# Who stood there on its last day is found by the index of the unit's stays.
_LEFT = text(f"""
    WITH closed AS MATERIALIZED (SELECT id, code, ended_on {_CLOSED})
    SELECT code, ended_on, people FROM closed CROSS JOIN LATERAL (
        SELECT count(*) AS people FROM stay
        WHERE stay.unit = closed.id AND stay.during @> closed.ended_on - 1
            AND upper(stay.during) = closed.ended_on
            AND EXISTS (SELECT FROM employment WHERE employment.person = stay.person
                AND employment.during @> closed.ended_on)
            AND NOT EXISTS (SELECT FROM stay AS next WHERE next.person = stay.person
                AND next.during @> closed.ended_on)
    ) AS counted WHERE people > 0
""")  # noqa: S608 - all of it is ours


async def concerned(session: Session) -> set[str]:
    given = {"today": today(), "reason": LEFT_IN_IT}
    return set(await session.scalars(_CODES, given))


async def lock(session: Session) -> None:
    """Whoever looks last sees what all others did: it is looked up one after the other. Nobody
    waits for anything else after this."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('people left in units'))"))


async def people_left(session: Session | ReadSession) -> dict[str, Left]:
    """By the unit's code."""
    rows = await session.execute(_LEFT, {"today": today()})
    return {row.code: Left(row.ended_on, row.people) for row in rows}


# ---------------------------------------------------------------------------------- rules


def reported(
    left: Mapping[str, Left], events: Sequence[HrEvent], rulings: Iterable[Ruling]
) -> list[tuple[str, Unfit]]:
    """Code and report, for the closing that took effect; unless it was ruled that it stands."""
    read = readings(rulings)
    reading = as_read(events, read)
    return [
        (code, unfit(closing, LEFT_IN_IT, _sentence(code, one)))
        for code, one in left.items()
        for closing in _closing(code, one.on, reading)
        if not read.get(_name(closing, reading), Reading()).stands
    ]


def _sentence(code: str, left: Left) -> str:
    return f"{code} was closed on {left.on}, but {left.people} who were in it are in no unit since"


def _closing(code: str, on: date, reading: Mapping[str, HrEvent]) -> Iterator[HrEvent]:
    """The first that said so."""
    said = [
        event
        for event in reading.values()
        if isinstance(event.data, UnitClosed) and (event.data.unit, event.data.on) == (code, on)
    ]
    yield from sorted(said, key=seniority)[:1]


def _name(closing: HrEvent, reading: Mapping[str, HrEvent]) -> str:
    """Its fingerprint as HR said it."""
    return next((name for name, event in reading.items() if event is closing), fingerprint(closing))
