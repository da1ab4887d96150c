"""The small copy of the roll that a service keeps: units, and who was where when.

Filled by the two reactions below from membership's facts; nothing is asked of membership. Each
service has its own tables of it (`kernel_tables.roll_tables_v1`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import text

from shared.calendar import today
from shared.contracts.membership import InProvince, PersonPlaced, UnitPlaced
from shared.database import ReadSession, Session, raw
from shared.for_whom import COMPANY
from shared.messages import Command, Query
from shared.reacting import heard, heard_together
from shared.rights import Actor, RuleBroken, forbidden

_SAID = TypeAdapter(tuple[InProvince, ...])


@heard(UnitPlaced)
async def keep_unit(fact: UnitPlaced, session: Session) -> None:
    """A unit opens or moves: who may do what there follows from its path, and by whose rules from
    where it lies."""
    provinces = _SAID.dump_json(fact.provinces).decode() if fact.provinces else None
    await raw(session).execute(
        """
        INSERT INTO unit (id, code, path, plant, provinces)
        VALUES ($1, $2, $3, $4, CAST(CAST($5 AS text) AS jsonb))
        ON CONFLICT (id) DO UPDATE
            SET code = excluded.code, path = excluded.path, plant = excluded.plant,
                provinces = excluded.provinces
        """,
        fact.unit,
        fact.code,
        fact.path,
        fact.plant,
        provinces,
    )


# A number goes from one to another: until the other's fact comes nobody is called by it.
NOBODY_CALLED = """
    UPDATE person SET employee = CAST(person.id AS text)
    FROM unnest(CAST(:people AS uuid[]), CAST(:employees AS text[])) AS told (id, employee)
    WHERE person.employee = told.employee AND person.id <> told.id
"""


def who_is_called(facts: Sequence[PersonPlaced]) -> dict[UUID, str]:
    """Person → number, after these facts in their order: who is told of last has the number, and
    who had it is called by their id until a fact tells their own."""
    called: dict[UUID, str] = {}
    has: dict[str, UUID] = {}
    for fact in facts:
        before = has.get(fact.employee, fact.person)
        if before != fact.person and called[before] == fact.employee:
            called[before] = str(before)
        called[fact.person] = fact.employee
        has[fact.employee] = fact.person
    return called


@heard_together(PersonPlaced)
async def keep_people(facts: Sequence[PersonPlaced], session: Session) -> None:
    """People come, move or go. A fact tells all the days of a person, so all are replaced, and of
    several about one person the last one counts."""
    told = {fact.person: fact for fact in facts}.values()
    called = who_is_called(facts)
    if any(fact.numbers or fact.same_as for fact in facts):
        given = {"people": [*called], "employees": [*called.values()]}
        await session.execute(text(NOBODY_CALLED), given)
    await raw(session).execute(
        """
        INSERT INTO person (id, employee, same_as, employed, stays)
        SELECT id, employee, same_as, placed -> 'employed', placed -> 'stays'
        FROM unnest(CAST($1 AS uuid[]), CAST($2 AS text[]), CAST($3 AS uuid[]),
            CAST(CAST($4 AS text[]) AS jsonb[])) AS told (id, employee, same_as, placed)
        ON CONFLICT (id) DO UPDATE SET employee = excluded.employee, same_as = excluded.same_as,
            employed = excluded.employed, stays = excluded.stays
        """,
        [fact.person for fact in told],
        [called[fact.person] for fact in told],
        [fact.same_as for fact in told],
        [fact.model_dump_json(include={"employed", "stays"}) for fact in told],
    )


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: `path` from the root in codes, `plant` the path of the plant it belongs to."""

    id: UUID
    code: str
    path: str
    plant: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A person on a day: employed or not, in which unit (None: in none), and in which province that
    lay then (`*`: rules of the land)."""

    person: UUID
    employed: bool
    unit: UUID | None
    path: str | None
    province: str = "*"

    def place(self) -> str:
        """The path that decides who may act for them; the root's for people in no unit."""
        return self.path or COMPANY

    def must_be_in_a_unit(self) -> UUID:
        """Raises `RuleBroken` (409 `not-placed`)."""
        if self.unit is None:
            raise RuleBroken(
                "not-placed",
                "you are in no unit yet; HR must place you before this can reach the right plant",
            )
        return self.unit


_HOLDS = "since <= $2 AND (until IS NULL OR $2 < until)"
# The nearest unit at or above `here` of which it was said; by today's tree, which alone is kept.
_PROVINCE = """
    coalesce((
        SELECT held.province FROM unit AS above CROSS JOIN LATERAL jsonb_to_recordset(provinces)
            AS held (province text, since date, until date)
        WHERE above.code = ANY(string_to_array(here.path, '/')) AND above.provinces IS NOT NULL
            AND (since IS NULL OR since <= {day}) AND (until IS NULL OR {day} < until)
        ORDER BY length(above.path) DESC LIMIT 1
    ), '*') AS province
"""
_PLACED = f"""
    SELECT person.id AS person,
        EXISTS (SELECT FROM jsonb_to_recordset(employed) AS spell (since date, until date)
                WHERE {_HOLDS}) AS employed,
        here.id AS unit, here.path, {_PROVINCE.format(day="$2")}
    FROM person LEFT JOIN LATERAL (
        SELECT unit.id, unit.path FROM jsonb_to_recordset(stays)
            AS stay (since date, until date, unit uuid) JOIN unit ON unit.id = stay.unit
        WHERE {_HOLDS}
    ) AS here ON true
"""  # noqa: S608
# Who turned out to be another has no days: they are where that one is.
_WHO = "WHERE person.id = (SELECT coalesce(same_as, id) FROM person AS called WHERE {})"
_BY_ID = _PLACED + _WHO.format("id = $1")
SPEAKERS = _PLACED + "WHERE person.id = ANY($1)"
_BY_NUMBER = _PLACED + _WHO.format("employee = $1")


async def know_speakers(actors: Iterable[Actor], session: Session) -> None:
    """Looks up at once, as of today, all who ask within this transaction."""
    on, persons = today(), {actor.person for actor in actors if actor.person}
    found = {row["person"]: Placed(*row) for row in await raw(session).fetch(SPEAKERS, persons, on)}
    speakers = session.info.setdefault("speakers", {})
    speakers.update({(person, on): found.get(person) for person in persons})


async def speaker(command: Command, actor: Actor, session: Session, *, on: date) -> Placed:
    """Who asks, as a person on the roll. Raises `RuleBroken` (403) for whom the command is not."""
    person = actor.must_be_someone()
    known: dict[tuple[UUID, date], Placed | None] = session.info.get("speakers", {})
    if (person, on) in known:
        found = known[person, on]
    else:
        found = await _placed(_BY_ID, person, session, on)
    if found is None:
        raise forbidden("you are not on the roll")
    command.for_whom.must_include(actor, employed=found.employed)
    return found


async def employee(number: str, session: Session, *, on: date, field: str = "employee") -> Placed:
    """The person with that number, as of a day. Raises `RuleBroken` (409 `unknown-employee`)."""
    found = await _placed(_BY_NUMBER, number, session, on)
    if found is None:
        raise RuleBroken(
            "unknown-employee", f"nobody on the roll has the number {number}", field=field
        )
    return found


async def whose(query: Query, actor: Actor, session: Session) -> UUID:
    """The person with the number that a query about one person names. Raises `RuleBroken` (403,
    then 404 `unknown-employee`: nobody learns by trying who is on the roll)."""
    number: str = query.employee  # type: ignore[attr-defined]
    found = await _placed(_BY_NUMBER, number, session, today())
    query.for_whom.must_include(
        actor, at=found.place() if found else COMPANY, whose=found.person if found else None
    )
    if found is None:
        raise RuleBroken(
            "unknown-employee",
            "nobody on the roll has this number",
            field="employee",
            status=404,
        )
    return found.person


_IDS = """
    SELECT id FROM person WHERE id = $1 UNION ALL SELECT id FROM person WHERE same_as = $1
"""


async def ids_of(person: UUID, session: Session) -> list[UUID]:
    """All ids of a human being, of the one that they go by, which is first: also those of whom it
    turned out that they are the same."""
    return [row["id"] for row in await raw(session).fetch(_IDS, person)]


async def placed(person: UUID, session: Session, *, on: date) -> Placed | None:
    return await _placed(_BY_ID, person, session, on)


async def _placed(statement: str, who: object, session: Session, on: date) -> Placed | None:
    row = await raw(session).fetchrow(statement, who, on)
    return Placed(*row) if row else None


# Nothing is looked up as long as of no unit anything was said.
PROVINCES = f"""
    SELECT wanted.place, {_PROVINCE.format(day="wanted.day")}
    FROM unnest(CAST($1 AS uuid[]), CAST($2 AS date[]))
        WITH ORDINALITY AS wanted (person, day, place)
    JOIN person AS called ON called.id = wanted.person
    JOIN person ON person.id = coalesce(called.same_as, called.id) CROSS JOIN LATERAL (
        SELECT unit.path FROM jsonb_to_recordset(person.stays)
            AS stay (since date, until date, unit uuid) JOIN unit ON unit.id = stay.unit
        WHERE {_HOLDS.replace("$2", "wanted.day")}
    ) AS here
    WHERE EXISTS (SELECT FROM unit WHERE provinces IS NOT NULL)
"""  # noqa: S608


async def provinces_of(whose: Sequence[tuple[UUID, date]], session: Session) -> list[str]:
    """Of each person on a day the province of the unit where they were, in the order given; the
    land's (`*`) for who was in none or is not known here yet."""
    found = ["*"] * len(whose)
    people, days = [person for person, _ in whose], [day for _, day in whose]
    for row in await raw(session).fetch(PROVINCES, people, days):
        found[row["place"] - 1] = row["province"]
    return found


async def employees(numbers: list[str], session: Session, *, field: str) -> dict[str, UUID]:
    """Number → person. Raises `RuleBroken` (409 `unknown-employee`) for the first unknown one."""
    rows = await session.execute(
        text("""
            SELECT employee, coalesce(same_as, id) AS id FROM person WHERE employee = ANY(:numbers)
        """),
        {"numbers": numbers},
    )
    found = {row.employee: row.id for row in rows}
    for number in numbers:
        if number not in found:
            raise RuleBroken(
                "unknown-employee", f"nobody on the roll has the number {number}", field=field
            )
    return found


async def unit_coded(code: str, session: Session | ReadSession) -> Unit:
    """Raises `RuleBroken` (409 `unknown-unit`)."""
    row = (
        await session.execute(
            text("SELECT id, code, path, plant FROM unit WHERE code = :code"), {"code": code}
        )
    ).one_or_none()
    if row is None:
        raise RuleBroken("unknown-unit", f"there is no unit with the code {code}", field="unit")
    return Unit(*row)


async def unit_path(session: Session, unit: UUID) -> str:
    path: str | None = await session.scalar(
        text("SELECT path FROM unit WHERE id = :unit"), {"unit": unit}
    )
    assert path is not None, "the unit was read from this copy"
    return path
