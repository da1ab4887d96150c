"""Pairs of numbers that may be of one person: found when somebody's days change, kept until it is
said who they are.

`suspected_pair` follows from the roll and from what was ruled, and is no input of anything. Only
whoever shares a name is looked at, by an index, and never more than a few of them (`alike.MANY`).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.membership.desk.alike import MANY, Alike, Known, Spell, alike, telling
from shared.database import ReadSession, Session

PAIRS = "pairs"
"""What falls due: everybody is looked at once, a piece at a time."""
PIECE = 1000
Pair = tuple[UUID, UUID]
"""The two ids, that which was minted first first."""

NEAR = """
    SELECT mine.id AS one, born.many AS born_alike, born.ids AS born_ids,
        named.many AS named_alike, named.ids AS named_ids
    FROM person AS mine
    CROSS JOIN LATERAL (
        SELECT count(*) AS many, array_agg(id) FILTER (WHERE id <> mine.id) AS ids FROM (
            SELECT id FROM person WHERE person.name = mine.name AND person.born = mine.born
                AND same_as IS NULL LIMIT :most
        ) AS those
    ) AS born
    CROSS JOIN LATERAL (
        SELECT count(*) AS many, array_agg(id) FILTER (
            WHERE id <> mine.id AND (those.born IS NULL OR mine.born IS NULL)
        ) AS ids FROM (
            SELECT id, person.born FROM person WHERE person.name = mine.name
                AND same_as IS NULL LIMIT :most
        ) AS those
    ) AS named
    WHERE mine.id = ANY(:people) AND mine.same_as IS NULL AND num_nonnulls(born.ids, named.ids) > 0
"""
_KNOWN = text("SELECT id, name, born, placed FROM person WHERE id = ANY(:people)")
_PLANTS = text("SELECT id, plant FROM unit WHERE id = ANY(:units)")
# Who turned out to be another is that one here too.
_TWO = text("""
    WITH concerned AS (
        SELECT id FROM person WHERE id = ANY(:people) OR same_as = ANY(:people)
    )
    SELECT coalesce(one.same_as, one.id) AS one, coalesce(other.same_as, other.id) AS other
    FROM two_people AS made JOIN person AS one ON one.id = made.one
    JOIN person AS other ON other.id = made.other
    WHERE (made.one IN (SELECT id FROM concerned) OR made.other IN (SELECT id FROM concerned))
        AND made.taken_back_at IS NULL
""")
_NO_LONGER = text("""
    DELETE FROM suspected_pair AS pair
    WHERE (one = ANY(:people) OR other = ANY(:people)) AND NOT EXISTS (
        SELECT FROM unnest(CAST(:ones AS uuid[]), CAST(:others AS uuid[])) AS found (one, other)
        WHERE (found.one, found.other) = (pair.one, pair.other)
    )
""")
# What is found again keeps the day on which it was found.
_FOUND = text("""
    INSERT INTO suspected_pair (one, other, reason, same_birth_date, days, rank)
    SELECT * FROM unnest(CAST(:ones AS uuid[]), CAST(:others AS uuid[]), CAST(:reasons AS text[]),
        CAST(:births AS boolean[]), CAST(:days AS int[]), CAST(:ranks AS int[]))
    ON CONFLICT (one, other) DO UPDATE SET reason = excluded.reason,
        same_birth_date = excluded.same_birth_date, days = excluded.days, rank = excluded.rank
""")


async def look_again(people: Collection[UUID], session: Session) -> None:
    """Whether one of these people may have a second number: what is found is kept, what is not so
    any more goes."""
    if not people:
        return
    found = await _found(people, session)
    columns: dict[str, list[Any]] = {
        "ones": [one for one, _ in found],
        "others": [other for _, other in found],
    }
    await session.execute(_NO_LONGER, columns | {"people": list(people)})
    if found:
        told = {
            "reasons": [each.reason for each in found.values()],
            "births": [each.same_birth_date for each in found.values()],
            "days": [each.days for each in found.values()],
            "ranks": [each.rank for each in found.values()],
        }
        await session.execute(_FOUND, columns | told)


async def look_at_everybody(after: UUID, session: Session) -> UUID | None:
    """The next thousand people; returns the last one, None when there are no more."""
    piece = text("SELECT id FROM person WHERE id > :after ORDER BY id LIMIT :piece")
    people = list(await session.scalars(piece, {"after": after, "piece": PIECE}))
    await look_again(people, session)
    return people[-1] if len(people) == PIECE else None


async def _found(people: Collection[UUID], session: Session) -> dict[Pair, Alike]:
    near = {"people": list(people), "most": MANY + 1}
    candidates = {
        pair(row.one, other)
        for row in await session.execute(text(NEAR), near)
        for other in (
            *telling(row.born_ids, row.born_alike),
            *telling(row.named_ids, row.named_alike),
        )
    }
    if not candidates:
        return {}
    known = await _known({each for both in candidates for each in both}, session)
    found = {
        (one, other): why
        for one, other in sorted(candidates)
        if (why := alike(known[one], known[other]))
    }
    two = await said_to_be_two({each for both in found for each in both}, session)
    return {both: why for both, why in found.items() if both not in two}


async def _known(people: Collection[UUID], session: Session) -> dict[UUID, Known]:
    rows = (await session.execute(_KNOWN, {"people": list(people)})).all()
    units = {stay["unit"] for row in rows for stay in row.placed.get("stays", ())}
    found = await session.execute(_PLANTS, {"units": [UUID(unit) for unit in units]})
    plants = {str(row.id): row.plant for row in found}
    return {
        row.id: Known(row.id, row.name, row.born, list(_worked(row.placed, plants))) for row in rows
    }


def _worked(placed: Mapping[str, Any], plants: Mapping[str, str]) -> Iterable[Spell]:
    """From the days as they are kept, which are in order."""
    for spell in placed.get("employed", ()):
        since, until = spell["since"], spell["until"]
        there = [
            plants.get(stay["unit"])
            for stay in placed.get("stays", ())
            if since <= stay["since"] and (until is None or stay["since"] < until)
        ] or [None]
        ended = date.fromisoformat(until) if until else None
        yield Spell(date.fromisoformat(since), ended, there[0], there[-1])


def pair(one: UUID, other: UUID) -> Pair:
    return (one, other) if one < other else (other, one)


async def said_to_be_two(people: Collection[UUID], session: Session) -> set[Pair]:
    """Of these people, those of whom an officer has said that they are two."""
    if not people:
        return set()
    rows = await session.execute(_TWO, {"people": list(people)})
    return {pair(row.one, row.other) for row in rows}


async def with_whom(person: UUID, session: ReadSession) -> list[str]:
    """Numbers that may be of the same person, the likeliest first."""
    numbers = await session.scalars(
        text("""
            SELECT person.employee FROM suspected_pair AS pair
            JOIN person ON person.id IN (pair.one, pair.other) AND person.id <> :person
            WHERE :person IN (pair.one, pair.other) ORDER BY pair.rank, 1 LIMIT 20
        """),
        {"person": person},
    )
    return list(numbers)
