"""Units, people, posts and members as the views know them, from membership's facts."""

from collections.abc import Sequence

from pydantic import TypeAdapter

from shared.contracts.membership import (
    MemberJoined,
    MemberKept,
    MemberLeft,
    MemberTransferred,
    NumberHeld,
    PersonPlaced,
    PostAppointed,
    PostEnded,
    Spell,
    UnitPlaced,
)
from shared.database import Session, sql
from shared.reacting import heard, heard_together
from shared.roll import NOBODY_CALLED, who_is_called

EITHER = "ARRAY(SELECT id FROM person WHERE id = :person OR same_as = :person)"
"""The ids of a person: their own, and of whom it turned out that they are the same."""
ONE_PERSON = "LEFT JOIN person AS one ON one.id = person.same_as"
CALLED = "coalesce(one.employee, person.employee)"
"""The number by which the `person` of a row is called, who may have turned out to be `one`."""


def placed(unit: str, day: str) -> str:
    """A table of who is in a unit (an alias) on a day (a parameter), by all ids under which
    something of theirs may stand: those too of which it turned out that they are the same."""
    there = f"stay.unit = {unit}.id AND stay.during @> CAST(:{day} AS date)"
    return f"""(
        SELECT person FROM stay WHERE {there}
        UNION ALL
        SELECT said.id FROM person AS said JOIN stay ON stay.person = said.same_as
        WHERE said.same_as IS NOT NULL AND {there}
        OFFSET 0
    )"""


_NUMBERS = TypeAdapter(list[NumberHeld])


@heard(UnitPlaced)
async def keep_unit(fact: UnitPlaced, session: Session) -> None:
    """The fact tells all places where it stood, so all are replaced."""
    await session.execute(
        sql("""
            WITH gone AS (DELETE FROM unit_placement WHERE unit = :unit)
            INSERT INTO unit (id, code, name, kind, parent, path, plant, ended_on)
            VALUES (:unit, :code, :name, :kind, :parent, :path, :plant, :ended_on)
            ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = excluded.name,
                kind = excluded.kind, parent = excluded.parent, path = excluded.path,
                plant = excluded.plant, ended_on = excluded.ended_on
        """),
        fact.model_dump(exclude={"earlier", "provinces"}),
    )
    begins = [None, *(stood.until for stood in fact.earlier)]
    places = [*((stood.name, stood.path) for stood in fact.earlier), (fact.name, fact.path)]
    ends = [*begins[1:], None]
    await session.execute(
        sql("""
            INSERT INTO unit_placement (unit, name, path, during)
            VALUES (:unit, :name, :path, daterange(:since, :until))
        """),
        [
            {"unit": fact.unit, "name": name, "path": path, "since": since, "until": until}
            for (name, path), since, until in zip(places, begins, ends, strict=True)
        ],
    )


@heard_together(PersonPlaced)
async def keep_people(facts: Sequence[PersonPlaced], session: Session) -> None:
    """A fact tells the whole timeline of a person, so the whole is replaced, and of several about
    one person the last one counts."""
    told = {fact.person: fact for fact in facts}
    stays = [(person, stay) for person, fact in told.items() for stay in fact.stays]
    called = who_is_called(facts)
    if any(fact.numbers or fact.same_as for fact in facts):
        given = {"people": [*called], "employees": [*called.values()]}
        await session.execute(sql(NOBODY_CALLED), given)
    await session.execute(
        sql("""
            WITH gone AS (DELETE FROM stay WHERE person = ANY(CAST(:people AS uuid[])))
            INSERT INTO person (id, employee, same_as, employed, numbers)
            SELECT * FROM unnest(CAST(:people AS uuid[]), CAST(:employees AS text[]),
                CAST(:same_as AS uuid[]), CAST(CAST(:employed AS text[]) AS datemultirange[]),
                CAST(CAST(:numbers AS text[]) AS jsonb[]))
            ON CONFLICT (id) DO UPDATE SET employee = excluded.employee,
                same_as = excluded.same_as, employed = excluded.employed,
                numbers = excluded.numbers
        """),
        {
            "people": list(told),
            "employees": [called[person] for person in told],
            "same_as": [fact.same_as for fact in told.values()],
            "employed": [_multirange(fact.employed) for fact in told.values()],
            "numbers": [_NUMBERS.dump_json(fact.numbers).decode() for fact in told.values()],
        },
    )
    for fact in facts:
        if fact.numbers or fact.same_as:
            await _give_number(fact, session)
    await session.execute(
        sql("""
            INSERT INTO stay (person, unit, post, during)
            SELECT person, unit, post, daterange(since, until)
            FROM unnest(CAST(:people AS uuid[]), CAST(:units AS uuid[]), CAST(:posts AS text[]),
                CAST(:since AS date[]), CAST(:until AS date[]))
                AS told (person, unit, post, since, until)
        """),
        {
            "people": [person for person, _ in stays],
            "units": [stay.unit for _, stay in stays],
            "posts": [stay.post for _, stay in stays],
            "since": [stay.since for _, stay in stays],
            "until": [stay.until for _, stay in stays],
        },
    )


def _multirange(spells: Sequence[Spell]) -> str:
    """As PostgreSQL writes one of half-open days."""
    return "{" + ",".join(f"[{spell.since},{spell.until or ''})" for spell in spells) + "}"


async def _give_number(fact: PersonPlaced, session: Session) -> None:
    """From the moment at which a number that was somebody else's is given, accounts that are older
    are not those of the person (`tokens.py`)."""
    taken = next((one.number for one in fact.numbers if one.since and not one.until), None)
    await session.execute(
        sql("""
            UPDATE person SET given = :taken, given_at = :at
            WHERE id = :person AND given IS DISTINCT FROM :taken
        """),
        {"person": fact.person, "taken": taken, "at": fact.time},
    )


@heard(MemberJoined)
async def keep_member(fact: MemberJoined, session: Session) -> None:
    """With a vote, until a `member-kept` says otherwise."""
    await session.execute(
        sql("UPDATE person SET member_since = :on, kept_since = NULL WHERE id = :person"),
        fact.model_dump(),
    )


@heard(MemberKept)
async def keep_without_vote(fact: MemberKept, session: Session) -> None:
    await session.execute(
        sql("UPDATE person SET kept_since = :on WHERE id = :person"), fact.model_dump()
    )


@heard(MemberLeft)
async def drop_member(fact: MemberLeft, session: Session) -> None:
    await session.execute(
        sql("UPDATE person SET member_since = NULL, kept_since = NULL WHERE id = :person"),
        fact.model_dump(),
    )


@heard(MemberTransferred)
async def keep_transfer(fact: MemberTransferred, session: Session) -> None:
    """The person is told of it; of two on one day the later one stands."""
    await session.execute(
        sql("""
            INSERT INTO transfer (person, moved_on, to_plant, moved_at)
            VALUES (:person, :on, :to_plant, :at)
            ON CONFLICT (person, moved_on)
                DO UPDATE SET to_plant = excluded.to_plant, moved_at = excluded.moved_at
        """),
        fact.model_dump() | {"at": fact.time},
    )


@heard(PostAppointed)
async def keep_post(fact: PostAppointed, session: Session) -> None:
    await session.execute(
        sql("""
            INSERT INTO post (id, person, role, unit, during)
            VALUES (:post, :person, :role, :unit, daterange(:since, :until))
            ON CONFLICT (id) DO UPDATE SET during = excluded.during
        """),
        fact.model_dump(),
    )


@heard(PostEnded)
async def end_post(fact: PostEnded, session: Session) -> None:
    await session.execute(
        sql("""
            UPDATE post SET during = during * daterange(NULL, :on) WHERE id = :post
        """),
        fact.model_dump(),
    )
