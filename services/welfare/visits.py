"""慰问: visits, due or made. Why somebody is visited is encrypted in its columns."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Self
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, func, literal, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.welfare.tables import Table
from shared import roll
from shared.calendar import calendar_days_after, midnight, today, working_days_after
from shared.contracts.membership import CareKind
from shared.contracts.welfare import (
    LogVisit,
    Occasion,
    VisitDropped,
    VisitDue,
    VisitLogged,
    VisitOverdue,
)
from shared.database import Session
from shared.handling import asked
from shared.messages import Accepted, uuid7
from shared.outbox import state
from shared.rights import Actor, RuleBroken
from shared.rulebook import Basis, Verdict, in_force, read_rule
from shared.sealing import decrypt, encrypt
from shared.ticker import fall_due, no_longer_due

VISIT_DUE = "visit"
RULE = Path(__file__).parent / "rulebook" / "visit-due.toml"

State = Literal["due", "dropped", "logged"]


# ---------------------------------------------------------------------------------- tables


class Visit(Table):
    """A visit. `kind` (of the leave behind it), `occasion` and `note` are encrypted, each bound to
    its column and row."""

    __tablename__ = "visit"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person: Mapped[UUID]
    leave: Mapped[UUID | None]
    kind: Mapped[bytes | None]
    state: Mapped[str]
    since: Mapped[date | None]
    due_on: Mapped[date | None]
    due_verdict: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    overdue: Mapped[bool]
    occasion: Mapped[bytes | None]
    visited_on: Mapped[date | None]
    note: Mapped[bytes | None]
    logged_by: Mapped[str | None]
    entered_at: Mapped[datetime] = mapped_column(server_default=func.now())

    def reveal(self, column: str, session: Session) -> str | None:
        """The words behind an encrypted column."""
        hidden: bytes | None = getattr(self, column)
        return None if hidden is None else decrypt(session, hidden, "visit", column, self.id)

    def hide(self, column: str, words: str, session: Session) -> None:
        setattr(self, column, encrypt(session, words, "visit", column, self.id))


# ---------------------------------------------------------------------------------- rules


@dataclass(frozen=True)
class Owed:
    """By when a visit is owed, and by which version of the rule. The verdict's inputs leave out
    the kind of leave, because they are stored as they are."""

    since: date
    on: date
    basis: Basis
    verdict: Verdict

    @classmethod
    def of(
        cls, *, since: date, until: date | None, heard_on: date, province: str = "*"
    ) -> Self | None:
        """None when the leave was over for too long when it was heard of."""
        version = in_force(read_rule(RULE), since, province)
        lapse = timedelta(days=version.values["lapses_after_days"])
        if until is not None and until + lapse < heard_on:
            return None
        days: int = version.values["working_days"]
        counted = working_days_after(since, days)
        inputs = {"since": since.isoformat(), "working_days": days, "province": province}
        return cls(
            since,
            counted.day,
            version.basis(days=days, working=True, provisional=counted.provisional),
            version.verdict(inputs, provisional=counted.provisional),
        )


def occasion_of(kind: CareKind, *, on: date, province: str = "*") -> Occasion:
    """On which occasion somebody on a leave of that kind is visited."""
    version = in_force(read_rule(RULE), on, province)
    occasions: Mapping[str, Occasion] = version.values["occasions"]
    return occasions[kind]


# ------------------------------------------------------------------------------ what is owed


def begun(leave: UUID, person: UUID, kind: CareKind, session: Session) -> Visit:
    """The visit for a leave of which nothing was said yet."""
    visit = Visit(id=uuid7(), person=person, leave=leave, state="dropped", overdue=False)
    visit.hide("kind", kind, session)
    session.add(visit)
    return visit


async def owe(visit: Visit, owed: Owed, session: Session) -> None:
    """It is due, or due on another day. One that was made stays as it is."""
    if visit.state == "logged" or (visit.state, visit.since) == ("due", owed.since):
        return
    visit.state, visit.since, visit.due_on = "due", owed.since, owed.on
    visit.due_verdict, visit.overdue = owed.verdict.as_json(), False
    midnight_after = midnight(calendar_days_after(owed.on, 1).day)
    fall_due(session, VISIT_DUE, key=str(visit.id), at=midnight_after)
    state(
        session,
        VisitDue(
            visit=visit.id,
            person=visit.person,
            since=owed.since,
            due_on=owed.on,
            due_by=owed.basis,
        ),
    )


async def drop(visit: Visit, session: Session) -> None:
    if visit.state != "due":
        return
    visit.state = "dropped"
    await no_longer_due(session, VISIT_DUE, key=str(visit.id))
    state(session, VisitDropped(visit=visit.id, person=visit.person))


async def mark_overdue(visit: Visit, session: Session) -> None:
    """Nobody went in time: officers see it from here on."""
    if visit.state == "due" and not visit.overdue:
        assert visit.due_on
        visit.overdue = True
        state(session, VisitOverdue(visit=visit.id, person=visit.person, due_on=visit.due_on))


_HOLD_DUE = text("""
    SELECT FROM due WHERE what = :what AND key IN (
        SELECT CAST(id AS text) FROM visit WHERE leave = ANY(CAST(:leaves AS uuid[]))
    ) ORDER BY key FOR UPDATE
""")


async def for_leaves(leaves: Collection[UUID], session: Session) -> dict[UUID, Visit]:
    """Leave → its visit, locked, of those that have one. The ticker has what falls due before it
    has the visit, and so have we: else each could wait for the other."""
    await session.execute(_HOLD_DUE, {"what": VISIT_DUE, "leaves": list(leaves)})
    found = await session.scalars(
        select(Visit)
        .where(Visit.leave == any_(literal(list(leaves), ARRAY(Uuid))))
        .order_by(Visit.id)
        .with_for_update()
    )
    return {visit.leave: visit for visit in found if visit.leave}


# ---------------------------------------------------------------------------------- commands


@asked(LogVisit)
async def log_visit(command: LogVisit, actor: Actor, session: Session) -> Accepted:
    """Somebody was visited. What was due on this occasion is settled by it."""
    visited = await roll.employee(command.employee, session, on=today())
    command.for_whom.must_include(actor, at=visited.place())
    if command.on > today():
        raise RuleBroken("not-yet", "a visit is entered on its day or later", field="on")
    numbers = list(dict.fromkeys(command.visitors))
    visitors = await roll.employees(numbers, session, field="visitors")
    if visited.person in visitors.values():
        raise RuleBroken("visits-oneself", "nobody visits themselves", field="visitors")
    visit = await _owed_on(command.occasion, visited.person, command.on, session)
    if visit is None:
        visit = Visit(id=uuid7(), person=visited.person, overdue=False)
        session.add(visit)
    else:
        await no_longer_due(session, VISIT_DUE, key=str(visit.id))
    visit.state, visit.visited_on, visit.logged_by = "logged", command.on, actor.signature
    visit.hide("occasion", command.occasion, session)
    visit.hide("note", command.note, session)
    await session.flush()
    await session.execute(
        text("INSERT INTO visitor SELECT :visit, unnest(CAST(:people AS uuid[]))"),
        {"visit": visit.id, "people": list(visitors.values())},
    )
    state(session, VisitLogged(visit=visit.id, person=visit.person, on=command.on))
    return Accepted(id=visit.id)


async def _owed_on(occasion: Occasion, person: UUID, on: date, session: Session) -> Visit | None:
    """The oldest visit that was due to the person on this occasion by that day."""
    ids = await roll.ids_of(person, session)
    due = await session.scalars(
        select(Visit)
        .where(Visit.person.in_(ids), Visit.state == "due", Visit.since <= on)
        .order_by(Visit.since, Visit.id)
        .with_for_update()
    )
    for visit in due:
        kind: Any = visit.reveal("kind", session)
        assert visit.due_verdict
        province = visit.due_verdict["inputs"]["province"]
        if occasion_of(kind, on=on, province=province) == occasion:
            return visit
    return None
