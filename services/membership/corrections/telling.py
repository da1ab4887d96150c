"""Requests as they are listed and looked at: one's own, and those within somebody's reach."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.membership.corrections.asking import must_be_known, revealed
from services.membership.corrections.rules import is_of_hr, looks_after
from services.membership.paging import cursor_after, place_in, unknown_cursor
from services.membership.units import known_unit
from services.membership.whereabouts import LAST, place_of
from services.membership.whose import EITHER, SAID_BY
from shared.calendar import today
from shared.contracts.membership import (
    OF_HR,
    AnswerCorrection,
    Correction,
    CorrectionLine,
    CorrectionListed,
    CorrectionOf,
    Corrections,
    CorrectionsOf,
    CorrectionTrail,
    OwnCorrections,
    OwnCorrectionsOf,
)
from shared.database import ReadSession
from shared.for_whom import COMPANY
from shared.handling import asked
from shared.rights import Actor, forbidden
from shared.sealing import decrypt

_LINE = """
    correction.id AS correction, about, state, asked_at, due_on, overdue, outcome, settled_at
"""
OWN = f"""
    SELECT {_LINE} FROM unnest({EITHER}) AS mine (id) CROSS JOIN LATERAL (
        SELECT * FROM correction
        WHERE correction.person = mine.id AND (CAST(:after AS uuid) IS NULL OR id < :after)
        ORDER BY id DESC LIMIT :limit
    ) AS correction
    ORDER BY correction.id DESC LIMIT :limit
"""  # noqa: S608 - all of it is ours
# Row by row in the order of the list, until a piece is full. HR reaches what comes of HR alone.
_WITHIN = f"""
    FROM correction JOIN LATERAL (
        SELECT coalesce(same_as, id) AS id FROM person WHERE id = correction.person OFFSET 0
    ) AS said ON true JOIN LATERAL (
        SELECT id, employee FROM person WHERE id = said.id OFFSET 0
    ) AS person ON true
    LEFT JOIN LATERAL ({LAST}) AS last ON true
    WHERE (EXISTS (
        SELECT FROM unnest(CAST(:officer AS text[])) AS above (path)
        WHERE coalesce(last.path, '{COMPANY}') = above.path
            OR starts_with(last.path, above.path || '/')
    ) OR correction.about = ANY(:of_hr) AND EXISTS (
        SELECT FROM unnest(CAST(:hr AS text[])) AS above (path)
        WHERE coalesce(last.path, '{COMPANY}') = above.path
            OR starts_with(last.path, above.path || '/')
    )) AND (:path = '{COMPANY}' OR last.path = :path OR starts_with(last.path, :path || '/'))
"""  # noqa: S608
_LISTED = f"""
    SELECT {_LINE}, person.employee, last.code AS place, last.name AS place_name,
        coalesce(person.id = CAST(:self AS uuid), false) AS own
    {_WITHIN} AND (CAST(:about AS text) IS NULL OR about = :about)
"""
WAITING = f"""
    {_LISTED} AND settled_at IS NULL
        AND (CAST(:after AS uuid) IS NULL
            OR (due_on, correction.id) > (CAST(:moment AS date), CAST(:after AS uuid)))
    ORDER BY due_on, correction.id LIMIT :limit
"""
SETTLED = f"""
    {_LISTED} AND settled_at IS NOT NULL
        AND (CAST(:after AS uuid) IS NULL OR (settled_at, correction.id)
            < (CAST(:moment AS timestamptz), CAST(:after AS uuid)))
    ORDER BY settled_at DESC, correction.id DESC LIMIT :limit
"""
COUNT = f"""
    SELECT count(*) AS waiting, count(*) FILTER (WHERE overdue) AS overdue
    {_WITHIN} AND settled_at IS NULL
"""


@asked(OwnCorrections)
async def own_corrections(
    query: OwnCorrections, actor: Actor, session: ReadSession
) -> OwnCorrectionsOf:
    """In two statements, whoever asks."""
    query.for_whom.must_include(actor)
    person = actor.must_be_someone()
    whose = (
        await session.execute(
            text(f"""
                SELECT employee, (SELECT count(*) FROM correction
                    WHERE correction.person = ANY({EITHER}) AND settled_at IS NULL) AS waiting
                FROM person WHERE id = :person
            """),  # noqa: S608
            {"person": person},
        )
    ).one_or_none()
    if whose is None:
        raise forbidden("you are not on the roll")
    after = place_in(query.cursor, 1)[0]
    given = {"person": person, "after": _uuid(after), "limit": query.limit + 1}
    found = (await session.execute(text(OWN), given)).all()
    items = [CorrectionLine.model_validate(row, from_attributes=True) for row in found]
    more = len(items) > query.limit
    return OwnCorrectionsOf(
        employee=whose.employee,
        waiting=whose.waiting,
        items=items[: query.limit],
        cursor=cursor_after(str(items[query.limit - 1].correction)) if more else None,
    )


@asked(Corrections)
async def corrections(query: Corrections, actor: Actor, session: ReadSession) -> CorrectionsOf:
    """Within the reach of who asks, by where people are today, or were last."""
    query.for_whom.must_include(actor)
    path = (await known_unit(query.unit, session, status=404)).path
    there = {
        "officer": [grant.at for grant in actor.grants if grant.role == "officer"],
        "hr": [grant.at for grant in actor.grants if grant.role == "hr"],
        "of_hr": list(OF_HR),
        "path": path,
        "today": today(),
    }
    counted = (await session.execute(text(COUNT), there)).one()
    moment, after = place_in(query.cursor, 2)
    waits = query.state == "waiting"
    given = {
        "self": actor.person,
        "about": query.about,
        "moment": _moment(moment, waits),
        "after": _uuid(after),
        "limit": query.limit + 1,
    }
    found = (await session.execute(text(WAITING if waits else SETTLED), there | given)).all()
    items = [CorrectionListed.model_validate(row, from_attributes=True) for row in found]
    last = items[query.limit - 1] if len(items) > query.limit else None
    place = last and (last.due_on if waits else last.settled_at)
    return CorrectionsOf(
        waiting=counted.waiting,
        overdue=counted.overdue,
        items=items[: query.limit],
        cursor=cursor_after(place.isoformat(), str(last.correction)) if last and place else None,
    )


_WHOLE = text(f"""
    SELECT correction.id, person.id AS person, person.employee, {_LINE}, due_by, which, wrong,
        should_be
    FROM correction JOIN {SAID_BY.format("correction")}
    WHERE correction.id = :correction
""")  # noqa: S608
_TRAIL = text("""
    SELECT step.id, step.at, step.what, step.side, step.words,
        CASE WHEN step.side <> 'oneself' THEN person.name END AS name
    FROM correction_step AS step LEFT JOIN person ON person.id = step.person
    WHERE correction = :correction ORDER BY step.id
""")


@asked(Correction)
async def correction(query: Correction, actor: Actor, session: ReadSession) -> CorrectionOf:
    """With all that was written, for the person and for who answers."""
    asked_for = {"correction": query.correction}
    row = (await session.execute(_WHOLE, asked_for)).one_or_none()
    if row is None:
        query.for_whom.must_include(actor)
    must_be_known(row, 404)
    assert row
    whose = await place_of(row.employee, session)
    looks_after(query.for_whom, row.about).must_include(actor, at=whose.path, whose=row.person)
    answering = looks_after(AnswerCorrection.for_whom, row.about)
    return CorrectionOf(
        **CorrectionLine.model_validate(row, from_attributes=True).model_dump(),
        employee=row.employee,
        name=whose.name,
        of_hr=is_of_hr(row.about),
        which=revealed(row, "which", session),
        wrong=revealed(row, "wrong", session) or "",
        should_be=revealed(row, "should_be", session),
        due_by=row.due_by,
        answers=row.settled_at is None
        and actor.person != row.person
        and answering.includes(actor, at=whose.path),
        trail=[
            CorrectionTrail(
                at=one.at,
                what=one.what,
                by=one.side,
                name=one.name,
                words=one.words and decrypt(session, one.words, "correction_step", "words", one.id),
            )
            for one in await session.execute(_TRAIL, asked_for)
        ],
    )


def _uuid(written: str | None) -> Any:
    """In a cursor. Raises `RuleBroken` (404)."""
    try:
        return written and UUID(written)
    except ValueError:
        raise unknown_cursor() from None


def _moment(written: str | None, waits: bool) -> Any:
    """A day of those that wait, a moment of those that are settled."""
    try:
        kind = date if waits else datetime
        moment = written and kind.fromisoformat(written)
    except ValueError:
        raise unknown_cursor() from None
    if isinstance(moment, datetime) and moment.tzinfo is None:
        raise unknown_cursor()
    return moment
