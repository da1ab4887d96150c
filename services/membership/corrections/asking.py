"""What a person asks to be corrected, and takes back."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.membership.corrections.rules import MOST_OPEN, Due, must_wait
from services.membership.provinces.lying import province_of_person
from services.membership.whose import EITHER, SAID_BY
from shared.calendar import midnight, today
from shared.contracts.membership import (
    AskCorrection,
    CorrectionState,
    CorrectionStep,
    WithdrawCorrection,
)
from shared.database import ReadSession, Session
from shared.handling import asked
from shared.messages import Accepted, uuid7
from shared.rights import Actor, RuleBroken, forbidden
from shared.sealing import decrypt, encrypt
from shared.ticker import fall_due, no_longer_due

CORRECTION_DUE = "correction"
WRITTEN = ("which", "wrong", "should_be")
"""Columns with a person's own words: they may tell an illness. Each is bound to its row."""


@asked(AskCorrection)
async def ask_correction(command: AskCorrection, actor: Actor, session: Session) -> Accepted:
    """From here on the clock runs; who looks after the person finds it in what waits for them."""
    command.for_whom.must_include(actor)
    person = actor.must_be_someone()
    open_ = await _open_of(person, session)
    if open_ >= MOST_OPEN:
        raise RuleBroken(
            "too-many-corrections",
            f"{open_} of your requests wait for an answer; take one back, or speak to an officer",
        )
    due, id = Due.of(today(), await province_of_person(person, session)), uuid7()
    hidden = {
        name: encrypt(session, words, "correction", name, id)
        for name in WRITTEN
        if (words := getattr(command, name)) is not None
    }
    await session.execute(
        text("""
            INSERT INTO correction (id, person, about, which, wrong, should_be, due_on, due_by,
                due_verdict)
            VALUES (:id, :person, :about, :which, :wrong, :should_be, :due_on,
                CAST(:due_by AS jsonb), CAST(:due_verdict AS jsonb))
        """),
        dict.fromkeys(WRITTEN)
        | hidden
        | {
            "id": id,
            "person": person,
            "about": command.about,
            "due_on": due.on,
            "due_by": due.basis.model_dump_json(),
            "due_verdict": json.dumps(due.verdict.as_json(), ensure_ascii=False),
        },
    )
    await step(id, "asked", "oneself", actor, None, session)
    fall_due(session, CORRECTION_DUE, key=str(id), at=midnight(due.on + timedelta(days=1)))
    return Accepted(id=id)


async def _open_of(person: UUID, session: Session) -> int:
    """How many wait. The person's row is locked: two that come at once are counted one by one."""
    found = await session.scalar(
        text("SELECT id FROM person WHERE id = :person FOR UPDATE"), {"person": person}
    )
    if found is None:
        raise forbidden("you are not on the roll")
    counted: int = await session.scalar(
        text(f"""
            SELECT count(*) FROM correction WHERE person = ANY({EITHER}) AND settled_at IS NULL
        """),  # noqa: S608
        {"person": person},
    )
    return counted


@asked(WithdrawCorrection)
async def withdraw_correction(
    command: WithdrawCorrection, actor: Actor, session: Session
) -> Accepted:
    """As long as there is no answer. That it was asked stays in the person's own list."""
    row = await locked_row(command.correction, session)
    command.for_whom.must_include(actor, whose=row.person if row else None)
    must_be_known(row)
    must_wait(row.state)
    await settle(row.id, "withdrawn", None, session)
    await step(row.id, "withdrawn", "oneself", actor, None, session)
    return Accepted(id=row.id)


# ------------------------------------------------------------------------------- the rows


async def locked_row(id: UUID, session: Session) -> Any:
    """The request with whose it is, locked: its serial point. None where there is none."""
    return (
        await session.execute(
            text(f"""
                SELECT correction.id, person.id AS person, person.employee, about, state
                FROM correction JOIN {SAID_BY.format("correction")}
                WHERE correction.id = :id FOR UPDATE OF correction
            """),  # noqa: S608
            {"id": id},
        )
    ).one_or_none()


def must_be_known(row: Any, status: Any = 409) -> None:
    """Raises `RuleBroken`; after the right was asked for, so that nobody learns by trying."""
    if row is None:
        detail = "there is no such request"
        raise RuleBroken("unknown-correction", detail, field="correction", status=status)


async def settle(id: UUID, state: CorrectionState, outcome: str | None, session: Session) -> None:
    await session.execute(
        text("""
            UPDATE correction SET state = :state, outcome = :outcome, settled_at = now()
            WHERE id = :id
        """),
        {"id": id, "state": state, "outcome": outcome},
    )
    await no_longer_due(session, CORRECTION_DUE, key=str(id))


async def step(
    correction: UUID,
    what: CorrectionStep,
    side: str,
    actor: Actor | None,
    words: str | None,
    session: Session,
) -> None:
    """One more line of its trail."""
    id = uuid7()
    await session.execute(
        text("""
            INSERT INTO correction_step (id, correction, what, side, person, account, words)
            VALUES (:id, :correction, :what, :side, :person, :account, :words)
        """),
        {
            "id": id,
            "correction": correction,
            "what": what,
            "side": side,
            "person": actor and actor.person,
            # A system is known by its account, a person by their id and by nothing else.
            "account": actor.account if actor and not actor.person else None,
            "words": words and encrypt(session, words, "correction_step", "words", id),
        },
    )


def revealed(row: Any, column: str, session: Session | ReadSession) -> str | None:
    """The words behind an encrypted column of a request."""
    hidden: bytes | None = getattr(row, column)
    return None if hidden is None else decrypt(session, hidden, "correction", column, row.id)


async def mark_overdue(id: UUID, session: Session) -> None:
    """The day has passed without an answer: from here on everybody whom it concerns sees that."""
    row = await locked_row(id, session)
    if row is None or row.state not in ("open", "with-hr"):
        return
    await session.execute(text("UPDATE correction SET overdue = true WHERE id = :id"), {"id": id})
    await step(id, "overdue", "clock", None, None, session)
