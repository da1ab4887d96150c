"""What comes of what was said of a body: posts with their rights, and the election that is next.

Both are computed anew from what is there, under the lock of the body's row, so that corrections
and what is entered late end where they would have ended in order.
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.membership.bodies import rules
from services.membership.bodies.held import SEAT_HELD, TERM_HELD
from services.membership.provinces.lying import province_of
from shared.calendar import midnight
from shared.contracts.membership import (
    ElectionDue,
    ElectionSettled,
    PostAppointed,
    PostEnded,
)
from shared.database import Session
from shared.outbox import state
from shared.rights import RuleBroken
from shared.ticker import fall_due, no_longer_due

ELECTION = "union-election"


async def follow(body: UUID, session: Session) -> None:
    """The callers hold the row of the body."""
    await _follow_posts(body, session)
    await _follow_election(body, session)


# ------------------------------------------------------------------------------------- posts

_WANTED = f"""
    SELECT wanted.id, wanted.person, wanted.role, body.unit, wanted.since, wanted.until,
        lower(post.during) AS was_since, upper(post.during) AS was_until, post.id AS post
    FROM {SEAT_HELD} AS wanted JOIN body ON body.id = wanted.body
    LEFT JOIN post ON post.id = wanted.id
    WHERE wanted.body = :body AND wanted.role IS NOT NULL
    UNION ALL
    -- Of terms that were withdrawn.
    SELECT post.id, post.person, post.role, post.unit, lower(post.during), lower(post.during),
        lower(post.during), upper(post.during), post.id
    FROM term JOIN seat ON seat.term = term.id JOIN post ON post.id = seat.id
    WHERE term.body = :body AND term.withdrawn_at IS NOT NULL
    ORDER BY since, id
"""  # noqa: S608
_LOCK = "SELECT FROM person WHERE id = ANY(:people) ORDER BY id FOR UPDATE"


async def _follow_posts(body: UUID, session: Session) -> None:
    """A seat that gives a post is held with it: from the same day, to the same day, under the same
    id. What ends comes first, so that nobody holds one post twice."""
    rows = (await session.execute(text(_WANTED), {"body": body})).all()
    if not rows:
        return
    await session.execute(text(_LOCK), {"people": list({row.person for row in rows})})
    for row in rows:
        if row.post is not None and not _held(row):
            await session.execute(text("DELETE FROM post WHERE id = :id"), {"id": row.id})
            state(session, PostEnded(post=row.id, on=row.was_since))
        elif row.post is not None and _shorter(row):
            await _set(row, session)
            state(session, PostEnded(post=row.id, on=row.until))
    for row in rows:
        if _held(row) and (row.post is None or _longer(row)):
            await _make_room(row, session)
            await _set(row, session)
            state(
                session,
                PostAppointed(
                    post=row.id,
                    person=row.person,
                    role=row.role,
                    unit=row.unit,
                    since=row.since,
                    until=row.until,
                ),
            )


def _held(row: Any) -> bool:
    return row.until is None or bool(row.since < row.until)


def _shorter(row: Any) -> bool:
    return row.until is not None and (row.was_until is None or row.until < row.was_until)


def _longer(row: Any) -> bool:
    return row.was_until is not None and (row.until is None or row.until > row.was_until)


async def _set(row: Any, session: Session) -> None:
    await session.execute(
        text("""
            INSERT INTO post (id, person, role, unit, during)
            VALUES (:id, :person, :role, :unit, daterange(:since, :until))
            ON CONFLICT (id) DO UPDATE SET during = excluded.during
        """),
        {name: getattr(row, name) for name in ("id", "person", "role", "unit", "since", "until")},
    )


_OTHERS = """
    SELECT post.id, lower(during) AS since, EXISTS (SELECT FROM seat WHERE seat.id = post.id) AS
        elected, person.employee
    FROM post JOIN person ON person.id = post.person
    WHERE post.person = :person AND role = :role AND unit = :unit AND post.id <> :id
        AND during && daterange(:since, :until)
"""


async def _make_room(row: Any, session: Session) -> None:
    """From the election on the right rests on the seat: a post that was appointed by hand for the
    same person ends where it begins. Raises `RuleBroken` (409) where another seat gives it."""
    given = {
        name: getattr(row, name) for name in ("id", "person", "role", "unit", "since", "until")
    }
    for other in (await session.execute(text(_OTHERS), given)).all():
        if other.elected:
            raise RuleBroken(
                "already-appointed",
                f"{other.employee} is {row.role} there by another seat in those days already",
            )
        on = max(other.since, row.since)
        await session.execute(
            text(
                "DELETE FROM post WHERE id = :id"
                if other.since >= row.since
                else "UPDATE post SET during = daterange(lower(during), :on) WHERE id = :id"
            ),
            {"id": other.id, "on": on},
        )
        state(session, PostEnded(post=other.id, on=on))


# ---------------------------------------------------------------------------------- elections

_NEXT = f"""
    SELECT body.id, body.kind, body.unit, unit.path, body.told_due, newest.since, newest.years,
        newest.due_on, newest.prepare_on
    FROM body JOIN unit ON unit.id = body.unit LEFT JOIN LATERAL (
        SELECT since, years, due_on, prepare_on FROM {TERM_HELD} AS term_held
        WHERE term_held.body = body.id AND body.dissolved_on IS NULL
        ORDER BY since DESC LIMIT 1
    ) AS newest ON true
    WHERE body.id = :body FOR UPDATE OF body
"""  # noqa: S608


async def _follow_election(body: UUID, session: Session) -> None:
    """The election after the newest term is what is next; one that was stated to be due and is not
    any more is settled."""
    row = (await session.execute(text(_NEXT), {"body": body})).one()
    if row.told_due is not None and row.told_due != row.due_on:
        await _tell(row.id, None, session)
        state(session, ElectionSettled(body=row.id))
    if row.due_on is None:
        await no_longer_due(session, ELECTION, key=str(body))
    elif row.told_due != row.due_on:
        fall_due(session, ELECTION, key=str(body), at=midnight(row.prepare_on))


async def election_is_near(body: UUID, session: Session) -> None:
    """Time to prepare: from here on it waits for the chair and the officers of the place."""
    row = (await session.execute(text(_NEXT), {"body": body})).one()
    if row.due_on is None or row.told_due == row.due_on:
        return
    await _tell(row.id, row.due_on, session)
    province = await province_of(row.unit, row.since, session)
    state(
        session,
        ElectionDue(
            body=row.id,
            kind=row.kind,
            unit=row.unit,
            since=row.prepare_on,
            due_on=row.due_on,
            due_by=rules.term(row.since, row.years, province).due_by,
        ),
    )


async def _tell(body: UUID, due_on: date | None, session: Session) -> None:
    await session.execute(
        text("UPDATE body SET told_due = :due_on WHERE id = :body"),
        {"body": body, "due_on": due_on},
    )
