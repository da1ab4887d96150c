"""What an officer may read of a visit. Each reading is put on record before anything is told."""

from typing import Any

from sqlalchemy import text

from services.welfare.visits import Visit
from shared import roll
from shared.calendar import today
from shared.contracts.welfare import (
    Reading,
    VisitNote,
    VisitNoteOf,
    VisitReadings,
    VisitReadingsOf,
)
from shared.database import ReadSession, Session
from shared.for_whom import COMPANY
from shared.handling import asked
from shared.rights import Actor, RuleBroken


@asked(VisitNote)
async def visit_note(query: VisitNote, actor: Actor, session: Session) -> VisitNoteOf:
    """Kind, occasion, visitors and note."""
    visit = await _visit(query, actor, session)
    await session.execute(
        text("INSERT INTO reading (visit, account) VALUES (:visit, :account)"),
        {"visit": visit.id, "account": actor.signature},
    )
    visitors = await session.scalars(
        text("""
            SELECT person.employee FROM visitor JOIN person AS said ON said.id = visitor.person
            JOIN person ON person.id = coalesce(said.same_as, said.id)
            WHERE visit = :visit ORDER BY 1
        """),
        {"visit": visit.id},
    )
    number = await session.scalar(
        text("""
            SELECT person.employee FROM person AS said
            JOIN person ON person.id = coalesce(said.same_as, said.id) WHERE said.id = :person
        """),
        {"person": visit.person},
    )
    occasion: Any = visit.reveal("occasion", session)
    return VisitNoteOf(
        visit=visit.id,
        employee=number or "",
        kind=visit.reveal("kind", session),
        occasion=occasion,
        on=visit.visited_on,
        visitors=list(visitors),
        note=visit.reveal("note", session) or "",
    )


@asked(VisitReadings)
async def visit_readings(
    query: VisitReadings, actor: Actor, session: ReadSession
) -> VisitReadingsOf:
    """Who has read it, newest first."""
    visit = await _visit(query, actor, session)
    rows = await session.execute(
        text("""
            SELECT coalesce(person.employee, account) AS account, at
            FROM reading LEFT JOIN person AS said ON said.id::text = reading.account
            LEFT JOIN person ON person.id = coalesce(said.same_as, said.id)
            WHERE visit = :visit ORDER BY at DESC LIMIT 200
        """),
        {"visit": visit.id},
    )
    return VisitReadingsOf(
        readings=[Reading.model_validate(row, from_attributes=True) for row in rows]
    )


async def _visit(query: VisitNote | VisitReadings, actor: Actor, session: Session) -> Visit:
    """Raises `RuleBroken` (403) before it says whether there is such a visit."""
    visit = await session.get(Visit, query.visit)
    person = visit and await roll.placed(visit.person, session, on=today())
    query.for_whom.must_include(actor, at=person.place() if person else COMPANY)
    if visit is None:
        raise RuleBroken(
            "unknown-visit", f"there is no visit {query.visit}", field="visit", status=404
        )
    return visit
