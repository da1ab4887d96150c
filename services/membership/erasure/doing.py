"""Erasing a person in membership: from here the others hear of it. It cannot be taken back.

HR's events are kept as heard and never changed; this is the one exception. What HR says again of
days before the erasure is recognised by a seal of the number and is not taken (`still_to_take`); a
number that is hired on the day or later is somebody new.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import text

from services.membership.inventory import INVENTORY
from shared.contracts.hr import HrEvent, OfEmployee
from shared.contracts.membership import AbsenceChanged, PersonErased, PersonPlaced
from shared.database import Session, raw
from shared.erasing import (
    erase_rows,
    forget_mentions,
    mentions,
    number_of,
    redact_stated,
    unsay,
)
from shared.facts import Heard
from shared.outbox import state
from shared.personal import erased_number
from shared.sealing import sealed_by

_HELD = "SELECT aggregate, sequence, raw FROM {table} WHERE stream = 'HR'"
_NO_LONGER_HELD = "DELETE FROM {table} WHERE stream = 'HR' AND aggregate = $1 AND sequence = $2"
_ERASED = "SELECT number, erased_on FROM erased_number WHERE number = ANY($1)"
_ROAD = """
    INSERT INTO redacted (subject, stream_sequence)
    SELECT * FROM unnest(CAST($1 AS text[]), CAST($2 AS bigint[]))
"""
_ONE_BY_ONE = "SELECT pg_advisory_xact_lock{shared}(hashtext('tongxin'), hashtext('erasing'))"
"""An event that is being taken is seen by the erasure, or sees it."""


def sealed_with(key: bytes, number: str) -> bytes:
    """Recognises the number of who was erased, and names nobody."""
    return sealed_by(key, "erased number", number)


def sealed(number: str, session: Session) -> bytes:
    return sealed_with(session.info["seal"], number)


async def erase(person: UUID, on: date, session: Session) -> None:
    """The person's row is locked, and nothing is in the way. Done twice it is done once."""
    await raw(session).execute(_ONE_BY_ONE.format(shared=""))
    number = await number_of(person, session)
    if number is None:
        return
    leaves = list(
        await session.scalars(
            text("SELECT id FROM leave WHERE person = :person"), {"person": person}
        )
    )
    await unsay(leaves, session)
    await erase_rows(INVENTORY, session, person=person, employee=number)
    redacted = {"employee": erased_number(person)}
    await redact_stated(PersonPlaced, [person], redacted, session)
    await redact_stated(AbsenceChanged, [person], {"absences": []}, session)
    await forget_mentions([number], session)
    await _forget_held(number, session)
    await session.execute(
        text("""
            INSERT INTO erased_number (number, person, erased_on) VALUES (:number, :person, :on)
            ON CONFLICT (number) DO UPDATE SET person = excluded.person,
                erased_on = excluded.erased_on
        """),
        {"number": sealed(number, session), "person": person, "on": on},
    )
    state(session, PersonErased(person=person, on=on))


async def _forget_held(number: str, session: Session) -> None:
    """HR's messages that were put aside, under that number or with it in them."""
    for table in ("held", "skipped"):
        for row in await raw(session).fetch(_HELD.format(table=table)):
            if row["aggregate"] == f"hr {number}" or mentions(row["raw"], [number]):
                given = row["aggregate"], row["sequence"]
                await raw(session).execute(_NO_LONGER_HELD.format(table=table), *given)


def is_of_the_erased(event: HrEvent, erased_on: date) -> bool:
    """Old words about who was erased; of a day from then on, it is somebody new."""
    return isinstance(event.data, OfEmployee) and event.data.on < erased_on


async def still_to_take(batch: Sequence[Heard], session: Session) -> list[Heard]:
    """Without what HR says, once more or belatedly, of who was erased. It is to be deleted from the
    stream too."""
    numbers = {
        sealed(one.message.data.employee, session): one.message.data.employee
        for one in batch
        if isinstance(one.message.data, OfEmployee)
    }
    if not numbers:
        return list(batch)
    await raw(session).execute(_ONE_BY_ONE.format(shared="_shared"))
    rows = await raw(session).fetch(_ERASED, list(numbers))
    erased = {numbers[row["number"]]: row["erased_on"] for row in rows}
    if not erased:
        return list(batch)
    gone = [
        one
        for one in batch
        if isinstance(one.message.data, OfEmployee)
        and one.message.data.employee in erased
        and is_of_the_erased(one.message, erased[one.message.data.employee])
    ]
    on_the_road = [one for one in gone if one.sequence]
    await raw(session).execute(
        _ROAD, [one.subject for one in on_the_road], [one.sequence for one in on_the_road]
    )
    return [one for one in batch if one not in gone]
