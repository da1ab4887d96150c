"""Saying that two who are alike are two people, so that it is not suggested again; and taking that
back. Nothing on the roll follows from it."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.membership import people
from services.membership.desk.pair_listing import WITHIN_BOTH, paired
from services.membership.desk.pairs import look_again, pair, said_to_be_two
from services.membership.paging import cursor_after, place_in, unknown_cursor
from services.membership.units import known_unit
from services.membership.whereabouts import place_of
from shared.calendar import today
from shared.contracts.membership import (
    RuleTwoPeople,
    TakeBackTwoPeople,
    TwoPeople,
    TwoPeopleRulings,
    TwoPeopleRulingsOf,
)
from shared.database import ReadSession, Session
from shared.handling import asked
from shared.messages import Accepted, uuid7
from shared.rights import Actor, RuleBroken

_KEEP = text("""
    INSERT INTO two_people (id, one, other, reason, decided_by, decided_at)
    VALUES (:id, :one, :other, :reason, :by, now())
""")
_THE_TWO = text("""
    SELECT made.one, made.other, made.taken_back_at, one.employee, other.employee
    FROM two_people AS made JOIN person AS one ON one.id = made.one
    JOIN person AS other ON other.id = made.other WHERE made.id = :ruling
""")
_TAKE_BACK = text("""
    UPDATE two_people SET taken_back_by = :by, taken_back_at = now(), taken_back_why = :why
    WHERE id = :ruling AND taken_back_at IS NULL
""")


@asked(RuleTwoPeople)
async def rule_two_people(command: RuleTwoPeople, actor: Actor, session: Session) -> Accepted:
    """Nothing changes on the roll; but nobody suspects it any more."""
    await people.hold([command.employee, command.other], session)
    ids = []
    for number, field in ((command.employee, "employee"), (command.other, "other")):
        whose = await place_of(number, session)
        command.for_whom.must_include(actor, at=whose.path)
        if whose.person is None:
            detail = "nobody on the roll has this number"
            raise RuleBroken("unknown-employee", detail, field=field)
        ids.append(whose.person)
    one, other = pair(*ids)
    if one == other:
        detail = "these are numbers of one person already"
        raise RuleBroken("same-already", detail, field="other")
    if (one, other) in await said_to_be_two([one, other], session):
        raise RuleBroken("two-already", "it was said already that they are two", field="other")
    ruling, by = uuid7(), actor.must_be_someone()
    given = {"id": ruling, "one": one, "other": other, "reason": command.reason, "by": by}
    await session.execute(_KEEP, given)
    await look_again([one, other], session)
    return Accepted(id=ruling)


@asked(TakeBackTwoPeople)
async def take_back_two_people(
    command: TakeBackTwoPeople, actor: Actor, session: Session
) -> Accepted:
    """They are looked at again."""
    made = (await session.execute(_THE_TWO, {"ruling": command.ruling})).one_or_none()
    numbers = made[3:] if made else [None]
    await people.hold([number for number in numbers if number], session)
    for number in numbers:
        whose = await place_of(number, session)
        command.for_whom.must_include(actor, at=whose.path)
    if made is None:
        detail = f"there is no ruling {command.ruling}"
        raise RuleBroken("unknown-ruling", detail, field="ruling")
    back = {"ruling": command.ruling, "by": actor.must_be_someone(), "why": command.reason}
    if not (await session.execute(_TAKE_BACK, back)).rowcount:  # type: ignore[attr-defined]
        raise RuleBroken("taken-back", "this ruling was taken back already", field="ruling")
    await look_again(await _as_one([made.one, made.other], session), session)
    return Accepted(id=command.ruling)


async def _as_one(ids: list[UUID], session: Session) -> list[UUID]:
    """Who they turned out to be since."""
    roots = text("SELECT coalesce(same_as, id) FROM person WHERE id = ANY(:ids)")
    return list(await session.scalars(roots, {"ids": ids}))


# ---------------------------------------------------------------------------------- queries

# Walked by the key, newest first, until a piece is full.
PAGE = f"""
    SELECT pair.id AS ruling, pair.one, pair.other, pair.reason, maker.employee AS by,
        pair.decided_at AS at, pair.taken_back_at, taker.employee AS taken_back_by,
        pair.taken_back_why
    FROM two_people AS pair
    LEFT JOIN person AS maker ON maker.id = pair.decided_by
    LEFT JOIN person AS taker ON taker.id = pair.taken_back_by
    {WITHIN_BOTH}
        AND (CAST(:ruling AS uuid) IS NULL OR pair.id = :ruling)
        AND (CAST(:after AS uuid) IS NULL OR pair.id < :after)
    ORDER BY pair.id DESC LIMIT :limit
"""  # noqa: S608 - all of it is ours


@asked(TwoPeopleRulings)
async def two_people_rulings(
    query: TwoPeopleRulings, actor: Actor, session: ReadSession
) -> TwoPeopleRulingsOf:
    """With both people as they are now."""
    reach = query.for_whom.reach(actor)
    path = (await known_unit(query.unit, session, status=404)).path
    (after,) = place_in(query.cursor, 1)
    given = {"reach": reach, "path": path, "employee": None, "today": today()}
    piece = {"ruling": query.ruling, "after": _ruling(after), "limit": query.limit + 1}
    rows = (await session.execute(text(PAGE), given | piece)).all()
    shown = rows[: query.limit]
    both = await paired({each for row in shown for each in (row.one, row.other)}, session)
    return TwoPeopleRulingsOf(
        items=[_told(row, both) for row in shown],
        cursor=cursor_after(str(shown[-1].ruling)) if len(rows) > query.limit else None,
    )


def _told(row: Any, both: Any) -> TwoPeople:
    told = {"earlier": both[row.one], "later": both[row.other]}
    return TwoPeople.model_validate(dict(row._mapping) | told)


def _ruling(written: str | None) -> UUID | None:
    """In a cursor. Raises `RuleBroken` (404)."""
    try:
        return UUID(written) if written else None
    except ValueError:
        raise unknown_cursor() from None
