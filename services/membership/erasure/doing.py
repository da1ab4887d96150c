"""Erasing a person in membership: from here the others hear of it. It cannot be taken back.

HR's events are kept as heard and never changed; this is the one exception. What HR says again of
days before the erasure is recognised by a seal of the number and is not taken (`still_to_take`); a
number that is hired on the day or later is somebody new.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import text

from services.membership.erasure.whole import (
    leave_to_others,
    seals,
    settle_others,
    told_by,
    whole_of,
)
from services.membership.inventory import INVENTORY
from services.membership.inventory.membership import LEAVES
from services.membership.whose import Human
from shared.contracts.hr import HrEvent, OfEmployee
from shared.contracts.membership import AbsenceChanged, PersonErased, PersonPlaced
from shared.database import Session, raw
from shared.erasing import (
    erase_rows,
    forget_mentions,
    mentions,
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
_LEAVES = text(f"SELECT id FROM leave WHERE {LEAVES}")  # noqa: S608 - all of it is ours
_REMEMBER = text("""
    INSERT INTO erased_number (number, person, erased_on) VALUES (:number, :person, :on)
    ON CONFLICT (number) DO UPDATE SET person = excluded.person,
        erased_on = greatest(erased_number.erased_on, excluded.erased_on)
""")
_ONE_BY_ONE = "SELECT pg_advisory_xact_lock{shared}(hashtext('tongxin'), hashtext('erasing'))"
"""An event that is being taken is seen by the erasure, or sees it."""


def sealed_with(key: bytes, number: str) -> bytes:
    """Recognises the number of who was erased, and names nobody."""
    return sealed_by(key, "erased number", number)


def sealed(number: str, session: Session) -> bytes:
    return sealed_with(session.info["seal"], number)


async def erase(person: UUID, on: date, session: Session) -> None:
    """The person's row is locked, and nothing is in the way. Done twice it is done once. Whoever is
    known to be the same human being is erased with them, under all their numbers."""
    await raw(session).execute(_ONE_BY_ONE.format(shared=""))
    whole = await whole_of(person, session)
    if whole is None:
        return
    given = whole.as_parameters()
    leaves = list(await session.scalars(_LEAVES, given))
    await unsay(leaves, session)
    nobodies = await leave_to_others(whole, session)
    await erase_rows(INVENTORY, session, **given, events=[])
    for id in whole.ids:
        redacted = {"employee": erased_number(id), "numbers": []}
        await redact_stated(PersonPlaced, [id], redacted, session)
    await redact_stated(AbsenceChanged, whole.ids, {"absences": []}, session)
    await settle_others(whole, nobodies, session)
    await forget_mentions([*whole.own, *(one.number for one in whole.shared)], session)
    await _forget_held(whole, session)
    for number, id, until in seals(whole, on):
        sealing = {"number": sealed(number, session), "person": id, "on": until}
        await session.execute(_REMEMBER, sealing)
    state(session, *(PersonErased(person=id, on=on) for id in whole.ids))


async def _forget_held(whole: Human, session: Session) -> None:
    """HR's messages that were put aside, under their numbers or with one in them. Of a number of
    others too, those of days on which it was theirs."""
    for table in ("held", "skipped"):
        for row in await raw(session).fetch(_HELD.format(table=table)):
            number = row["aggregate"].removeprefix("hr ")
            if (
                number in whole.own
                or mentions(row["raw"], whole.own)
                or any(number == one.number and told_by(row["raw"], one) for one in whole.shared)
            ):
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
