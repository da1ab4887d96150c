"""What an officer, or HR for what is HR's, does with a request: takes it to HR, answers it."""

from typing import Any

from sqlalchemy import text

from services.membership.corrections.asking import (
    locked_row,
    must_be_known,
    settle,
    step,
)
from services.membership.corrections.rules import (
    is_of_hr,
    looks_after,
    must_be_anothers,
    must_wait,
    side_of,
)
from services.membership.whereabouts import place_of
from shared.contracts.membership import AnswerCorrection, TakeCorrectionToHr
from shared.database import Session
from shared.handling import asked
from shared.messages import Accepted
from shared.rights import Actor, RuleBroken


@asked(TakeCorrectionToHr)
async def take_correction_to_hr(
    command: TakeCorrectionToHr, actor: Actor, session: Session
) -> Accepted:
    """Nothing is put right by it, so the day for the answer stays where it is."""
    row, side = await _answerable(command, actor, session)
    if not is_of_hr(row.about):
        raise RuleBroken("not-of-hr", "this is the union's own; HR cannot put it right")
    if row.state == "with-hr":
        raise RuleBroken("already-with-hr", "it was taken to HR already", field="correction")
    await session.execute(
        text("UPDATE correction SET state = 'with-hr' WHERE id = :id"), {"id": row.id}
    )
    await step(row.id, "with-hr", side, actor, command.note, session)
    return Accepted(id=row.id)


@asked(AnswerCorrection)
async def answer_correction(command: AnswerCorrection, actor: Actor, session: Session) -> Accepted:
    """With reasons, also where nothing was changed. What was corrected was corrected where the
    thing is: by HR's events, at the desk, in the record."""
    row, side = await _answerable(command, actor, session)
    await settle(row.id, "answered", command.outcome, session)
    await step(row.id, "answered", side, actor, command.reason, session)
    return Accepted(id=row.id)


async def _answerable(
    command: TakeCorrectionToHr | AnswerCorrection, actor: Actor, session: Session
) -> tuple[Any, str]:
    """The request, locked, and for which side the actor answers. Raises `RuleBroken` (403, 409)."""
    row = await locked_row(command.correction, session)
    if row is None:
        command.for_whom.must_include(actor)
        must_be_known(row)
    at = (await place_of(row.employee, session)).path
    looks_after(command.for_whom, row.about).must_include(actor, at=at)
    must_be_anothers(actor, row.person)
    must_wait(row.state)
    return row, side_of(actor, at)
