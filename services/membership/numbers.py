"""Employee numbers as dated attributes of people: `number_held` says whose a number is on which
day. As long as nothing was ruled about a number, it is in `person` alone, for good.

Whose it is follows from what was ruled, by `timeline.holders`; here it is kept. What is
looked up by a number or an id is found by what stands in `whose.py`.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import text

from services.membership.timeline.holders import Held, Holders, Identified, holders
from shared.database import ReadSession, Session


@dataclass(frozen=True)
class Group:
    """People whose numbers somebody ruled about, together: whom a number is, or was, of. `called`
    are all of them, also those who turned out to be another (`same_as`)."""

    held: list[Held] = field(default_factory=list)
    called: dict[UUID, str] = field(default_factory=dict)
    same_as: dict[UUID, UUID] = field(default_factory=dict)

    @property
    def numbers(self) -> set[str]:
        return {one.number for one in self.held}

    def of(self, person: UUID) -> list[Held]:
        return [one for one in self.held if one.person == person]


# Whoever has, or had, one of the numbers, with all their numbers, and so on.
_NEAR = """
    WITH RECURSIVE near AS (
        SELECT unnest(CAST(:numbers AS text[])) AS number
        UNION
        SELECT theirs.number FROM near JOIN number_held AS here ON here.number = near.number
        JOIN number_held AS theirs ON theirs.person = here.person
    )
"""
_HELD = text(f"""{_NEAR}
    SELECT number_held.number, person, lower(during) AS since, upper(during) AS until
    FROM number_held JOIN near ON near.number = number_held.number ORDER BY 1, 3 NULLS FIRST
""")  # noqa: S608 - all of it is ours
_PEOPLE = text("""
    SELECT id, employee, same_as FROM person WHERE id = ANY(:people) OR same_as = ANY(:people)
    ORDER BY id
""")


async def group_of(numbers: Collection[str], session: Session | ReadSession) -> Group:
    """Empty, as long as nobody ruled about one of them."""
    rows = (await session.execute(_HELD, {"numbers": list(numbers)})).all()
    if not rows:
        return Group()
    held = [Held(*row) for row in rows]
    people = list({one.person for one in held})
    known = (await session.execute(_PEOPLE, {"people": people})).all()
    return Group(
        held,
        {row.id: row.employee for row in known},
        {row.id: row.same_as for row in known if row.same_as},
    )


_RULINGS = text("""
    SELECT ruling.id, ruling.decided_at, ruling.kind, ruling.employee, made.person, made.since,
        made.same_as, back.id IS NOT NULL
    FROM number_ruling AS made JOIN ruling ON ruling.id = made.id
    LEFT JOIN ruling AS back ON back.takes_back = made.id
    WHERE ruling.employee = ANY(:numbers) OR made.person = ANY(:people)
        OR made.same_as = ANY(:people)
""")
# Whoever was not made by a ruling has the number under which HR spoke of them first.
_FIRST = text("""
    SELECT number, person FROM number_first WHERE number = ANY(:numbers) OR person = ANY(:people)
    UNION
    SELECT employee, id FROM person
    WHERE (employee = ANY(:numbers) OR id = ANY(:people))
        AND NOT EXISTS (SELECT FROM number_first WHERE number_first.person = person.id)
        AND NOT EXISTS (SELECT FROM number_first WHERE number_first.number = person.employee)
        AND NOT EXISTS (SELECT FROM number_ruling
            WHERE number_ruling.person = person.id AND since IS NOT NULL)
""")
_BEGINS = text("""
    SELECT about, min(CAST(raw -> 'data' ->> 'on' AS date)) AS "on" FROM hr_event
    WHERE about = ANY(:numbers) AND type NOT LIKE 'hr.unit-%' GROUP BY about
""")


@dataclass(frozen=True)
class Ruled:
    """All that whose these numbers are follows from."""

    first: dict[str, UUID]
    rulings: list[Identified]
    begins: dict[str, date]

    def with_one_more(self, ruling: Identified | None) -> Holders:
        more = [ruling] if ruling else []
        return holders(self.first, [*self.rulings, *more], self.begins)


async def ruled(
    numbers: Collection[str], people: Collection[UUID], session: Session | ReadSession
) -> Ruled:
    """Of these numbers and people and whoever is joined to them by a ruling."""
    numbers, people = set(numbers), set(people)
    while True:
        near = {"numbers": list(numbers), "people": list(people)}
        made = [Identified(*row) for row in await session.execute(_RULINGS, near)]
        first: dict[str, UUID] = {
            row.number: row.person for row in await session.execute(_FIRST, near)
        }
        reached = {one.number for one in made} | first.keys()
        met = {one.person for one in made} | set(first.values())
        met |= {one.same_as for one in made if one.same_as}
        if reached <= numbers and met <= people:
            break
        numbers |= reached
        people |= met
    rows = await session.execute(_BEGINS, {"numbers": list(first)})
    return Ruled(first, made, {row.about: row.on for row in rows if row.on})


# ---------------------------------------------------------------------------------- keeping

_KEEP_FIRST = text("""
    INSERT INTO number_first (number, person)
    SELECT * FROM unnest(CAST(:numbers AS text[]), CAST(:people AS uuid[]))
    ON CONFLICT DO NOTHING
""")
_NOBODYS = text("DELETE FROM number_held WHERE number = ANY(:numbers)")
_KEEP = text("""
    INSERT INTO number_held (number, person, during)
    SELECT number, person, daterange(since, until)
    FROM unnest(CAST(:number AS text[]), CAST(:person AS uuid[]), CAST(:since AS date[]),
        CAST(:until AS date[])) AS held (number, person, since, until)
""")
# A number goes from one to another: first nobody has it.
_UNCALLED = text("UPDATE person SET employee = id::text WHERE id = ANY(:people)")
_CALLED = text("""
    UPDATE person SET employee = told.employee, same_as = told.same_as
    FROM unnest(CAST(:people AS uuid[]), CAST(:called AS text[]), CAST(:same_as AS uuid[]))
        AS told (id, employee, same_as)
    WHERE person.id = told.id
""")
_MADE = text("INSERT INTO person (id, employee) SELECT id, id::text FROM CAST(:id AS uuid) AS id")
_RULE = text("""
    INSERT INTO number_ruling (id, person, since, same_as)
    VALUES (:id, :person, :since, :same_as)
""")


async def people_of(ruling: UUID, session: Session) -> set[UUID]:
    """Whom a ruling about a number is about; nobody for one of another kind."""
    of = text("SELECT person, same_as FROM number_ruling WHERE id = :ruling")
    row = (await session.execute(of, {"ruling": ruling})).one_or_none()
    return {each for each in row or () if each}


async def make(person: UUID, session: Session) -> None:
    """Somebody of whom a ruling says that there is one more."""
    await session.execute(_MADE, {"id": person})


async def keep_ruling(ruling: Identified, session: Session) -> None:
    """What it says of the number; that it was made, by whom and why is kept as of all rulings."""
    await session.execute(_RULE, ruling._asdict())


async def settle(numbers: Collection[str], people: Collection[UUID], session: Session) -> set[str]:
    """Computes anew whose these numbers are, and keeps it; returns all numbers concerned. The rows
    of the people are locked."""
    known = await ruled(numbers, people, session)
    now = known.with_one_more(None)
    given: dict[str, list[object]] = {
        "numbers": [*known.first],
        "people": [*known.first.values()],
    }
    await session.execute(_KEEP_FIRST, given)
    await session.execute(_NOBODYS, {"numbers": [*known.first]})
    columns = {name: [getattr(one, name) for one in now.held] for name in Held._fields}
    await session.execute(_KEEP, columns)
    await session.execute(_UNCALLED, {"people": [*now.called]})
    told = {
        "people": [*now.called],
        "called": [*now.called.values()],
        "same_as": [now.same_as.get(person) for person in now.called],
    }
    await session.execute(_CALLED, told)
    return set(known.first)
