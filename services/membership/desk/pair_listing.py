"""The pairs of numbers about which is to be decided, for those who look after both."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.membership.paging import cursor_after, place_in, unknown_cursor
from services.membership.units import known_unit
from services.membership.whereabouts import LAST, WITHIN
from shared.calendar import today
from shared.contracts.membership import NumberPair, NumberPairs, NumberPairsOf, PairedNumber
from shared.database import ReadSession
from shared.handling import asked
from shared.rights import Actor

WITHIN_BOTH = f"""
    CROSS JOIN LATERAL (
        SELECT count(*) AS reached, bool_or(person.employee = :employee) AS named
        FROM person LEFT JOIN LATERAL ({LAST}) AS last ON true
        WHERE person.id IN (pair.one, pair.other) AND {WITHIN}
    ) AS met
    WHERE met.reached = 2 AND (CAST(:employee AS text) IS NULL OR met.named)
"""  # noqa: S608 - all of it is ours
"""Of a `pair` of people (`one`, `other`): both are within the `reach` of who asks, and at `path` or
below it; one of them has the number `employee`, if that is asked for."""
COUNT = f"SELECT count(*) FROM suspected_pair AS pair {WITHIN_BOTH}"  # noqa: S608 - all of it is ours
# Walked by the index of ranks; the two are looked up pair by pair, until a piece is full.
PAGE = f"""
    SELECT pair.one, pair.other, reason, same_birth_date, days, rank, found_at
    FROM suspected_pair AS pair {WITHIN_BOTH}
        AND (CAST(:rank AS int) IS NULL OR rank > :rank
            OR rank = :rank AND (pair.other, pair.one) < (CAST(:other AS uuid), :one))
    ORDER BY rank, pair.other DESC, pair.one DESC LIMIT :limit
"""  # noqa: S608
_PEOPLE = text(f"""
    SELECT person.id AS person, person.employee, person.name, person.born AS birth_date,
        last.code AS place, last.name AS place_name, title.post, work.since, work.until
    FROM person LEFT JOIN LATERAL ({LAST}) AS last ON true
    LEFT JOIN LATERAL (
        SELECT stay.post FROM stay WHERE stay.person = person.id
            AND lower(stay.during) <= CAST(:today AS date)
        ORDER BY lower(stay.during) DESC LIMIT 1
    ) AS title ON true
    LEFT JOIN LATERAL (
        SELECT lower(during) AS since, upper(during) AS until FROM employment
        WHERE employment.person = person.id ORDER BY lower(during) DESC LIMIT 1
    ) AS work ON true
    WHERE person.id = ANY(:people)
""")  # noqa: S608


async def how_many(
    reach: list[str], path: str, session: ReadSession, *, employee: str | None = None
) -> int:
    """Within `reach` and below `path` with both people; `employee`: with this number."""
    there = {"reach": reach, "path": path, "employee": employee, "today": today()}
    return await session.scalar(text(COUNT), there) or 0


@asked(NumberPairs)
async def number_pairs(query: NumberPairs, actor: Actor, session: ReadSession) -> NumberPairsOf:
    """Why, and with both people's names and days."""
    reach = query.for_whom.reach(actor)
    path = (await known_unit(query.unit, session, status=404)).path
    there = {"reach": reach, "path": path, "employee": None, "today": today()}
    rank, other, one = _place(place_in(query.cursor, 3))
    place = {"rank": rank, "other": other, "one": one, "limit": query.limit + 1}
    rows = (await session.execute(text(PAGE), there | place)).all()
    shown = rows[: query.limit]
    people = await paired({each for row in shown for each in (row.one, row.other)}, session)
    last = shown[-1] if len(rows) > query.limit else None
    return NumberPairsOf(
        items=[
            NumberPair(
                earlier=people[row.one],
                later=people[row.other],
                reason=row.reason,
                same_birth_date=row.same_birth_date,
                days=row.days,
                found_at=row.found_at,
            )
            for row in shown
        ],
        total=await how_many(reach, path, session),
        cursor=last and cursor_after(str(last.rank), str(last.other), str(last.one)),
    )


async def paired(ids: Collection[UUID], session: ReadSession) -> dict[UUID, PairedNumber]:
    """These people as they are told in a pair."""
    rows = await session.execute(_PEOPLE, {"people": list(ids), "today": today()})
    told = [PairedNumber.model_validate(row, from_attributes=True) for row in rows]
    return {each.person: each for each in told}


def _place(told: list[str] | list[None]) -> tuple[Any, ...]:
    """Rank and ids in a cursor. Raises `RuleBroken` (404)."""
    rank, other, one = told
    if rank is None or other is None or one is None:
        return None, None, None
    try:
        place = int(rank), UUID(other), UUID(one)
    except ValueError:
        raise unknown_cursor() from None
    if not 0 <= place[0] < 100:
        raise unknown_cursor()
    return place
