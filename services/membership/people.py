"""People: who they are, when they were employed, and where they were placed."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Self
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from services.membership import absences, members
from services.membership.histories import History
from services.membership.tables import Table
from services.membership.timeline import Absence, Leave, Timeline
from services.membership.whose import WHOSE
from shared.calendar import today
from shared.contracts.membership import (
    NumberHeld,
    PersonPlaced,
    Profile,
    ProfileOf,
    Spell,
    Stay,
)
from shared.database import ReadSession, Session
from shared.for_whom import COMPANY
from shared.handling import asked
from shared.messages import uuid7
from shared.outbox import state
from shared.rights import Actor, RuleBroken


class Person(Table):
    """A person for good; `placed` is what was stated last of their days."""

    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    employee: Mapped[str]
    name: Mapped[str | None]
    born: Mapped[date | None]
    placed: Mapped[dict[str, Any]]


_SPELLS, _STAYS_TOLD = TypeAdapter(list[Spell]), TypeAdapter(list[Stay])


@dataclass(frozen=True)
class Placed:
    """What the timeline of one employee number amounts to, in our ids."""

    employee: str
    name: str | None
    employed: list[Spell]
    stays: list[Stay]
    absences: list[Absence]
    leaves: list[Leave]
    retired: frozenset[date] = frozenset()
    """Days on which work ended by retirement. Not in the fact: why somebody left is nobody's
    business but the roll's."""
    strangers: frozenset[date] = frozenset()
    """Days on which the number was hired as what may be another human being."""
    born: date | None = None
    numbers: Sequence[NumberHeld] = ()
    """Told where somebody has ruled about them."""
    same_as: UUID | None = None

    @classmethod
    def of(
        cls,
        told: History,
        name: str | None,
        days: Timeline,
        units: Mapping[str, UUID],
        strangers: frozenset[date],
        born: date | None,
    ) -> Self:
        return cls(
            told.called,
            name,
            [Spell(since=spell.since, until=spell.until) for spell in days.employed],
            [
                Stay(since=stay.since, until=stay.until, unit=units[stay.unit], post=stay.post)
                for stay in days.stays
            ],
            days.absences,
            days.leaves,
            frozenset(spell.until for spell in days.employed if spell.until and spell.retired),
            strangers,
            born,
            told_numbers(told),
            told.same_as,
        )

    def as_fact(self, person: UUID) -> PersonPlaced:
        return PersonPlaced(
            person=person,
            employee=self.employee,
            employed=self.employed,
            stays=self.stays,
            numbers=list(self.numbers),
            same_as=self.same_as,
        )

    @cached_property
    def as_json(self) -> dict[str, Any]:
        return {
            "employed": _SPELLS.dump_python(self.employed, mode="json"),
            "stays": _STAYS_TOLD.dump_python(self.stays, mode="json"),
            **({"retired": sorted(map(str, self.retired))} if self.retired else {}),
            **({"strangers": sorted(map(str, self.strangers))} if self.strangers else {}),
            **({"called": self.employee} if self.numbers or self.same_as else {}),
            **(
                {"numbers": [o.model_dump(mode="json") for o in self.numbers]}
                if self.numbers
                else {}
            ),
            **({"same_as": str(self.same_as)} if self.same_as else {}),
        }

    def as_days(self) -> members.Days:
        return members.Days(self.employed, self.stays, self.retired, self.strangers)


def told_numbers(told: History) -> list[NumberHeld]:
    return [NumberHeld(number=one.number, since=one.since, until=one.until) for one in told.numbers]


_MAKE = text("""
    INSERT INTO person (id, employee)
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:employees AS text[]))
    ON CONFLICT DO NOTHING
""")
_LOCK = text("""
    SELECT id, employee, name, born, placed FROM person WHERE employee = ANY(:employees)
    ORDER BY id FOR UPDATE
""")
_HOLD = text("""
    WITH RECURSIVE near AS (
        SELECT unnest(CAST(:employees AS text[])) AS number
        UNION
        SELECT theirs.number FROM near JOIN number_held AS here ON here.number = near.number
        JOIN number_held AS theirs ON theirs.person = here.person
    ), whose AS (SELECT DISTINCT person FROM near JOIN number_held USING (number))
    SELECT FROM person WHERE id = ANY(ARRAY(
        SELECT id FROM person WHERE employee = ANY(:employees)
        UNION SELECT person FROM whose
        UNION SELECT alike.id FROM whose JOIN person AS alike ON alike.same_as = whose.person
    )) ORDER BY id FOR UPDATE
""")
_KEEP = text("""
    UPDATE person SET name = new.name, born = new.born, placed = new.placed
    FROM unnest(CAST(:ids AS uuid[]), CAST(:names AS text[]), CAST(:born AS date[]),
        CAST(:placed AS jsonb[])) AS new (id, name, born, placed)
    WHERE person.id = new.id
""")


# Only what is other than before is written: what goes, by its key, and then what comes, which else
# could not be told from an overlap.
_EMPLOYED_NO_MORE = text("""
    DELETE FROM employment
    USING unnest(CAST(:people AS uuid[]), CAST(:since AS date[])) AS gone (person, since)
    WHERE employment.person = gone.person AND lower(during) = gone.since
""")
_EMPLOYED = text("""
    INSERT INTO employment (person, during)
    SELECT person, daterange(since, until) FROM unnest(CAST(:people AS uuid[]),
        CAST(:since AS date[]), CAST(:until AS date[])) AS spell (person, since, until)
""")
_STAYS_NO_MORE = text("""
    DELETE FROM stay
    USING unnest(CAST(:people AS uuid[]), CAST(:since AS date[])) AS gone (person, since)
    WHERE stay.person = gone.person AND lower(during) = gone.since
""")
_STAYS = text("""
    INSERT INTO stay (person, unit, post, during)
    SELECT person, unit, post, daterange(since, until)
    FROM unnest(CAST(:people AS uuid[]), CAST(:units AS uuid[]), CAST(:posts AS text[]),
        CAST(:since AS date[]), CAST(:until AS date[]))
        AS stay (person, unit, post, since, until)
""")


async def hold(employees: Collection[str], session: Session) -> None:
    """Locks the rows of those of them that are known, and of all whose these numbers were, in the
    order in which everybody does."""
    await session.execute(_HOLD, {"employees": list(employees)})


async def keep(placed: Sequence[Placed], session: Session) -> list[UUID]:
    """Stores the days of these people whole, and states those that are other than before. Returns
    of whom anything is."""
    employees = [each.employee for each in placed]
    await session.execute(_MAKE, {"ids": [uuid7() for _ in placed], "employees": employees})
    rows = {row.employee: row for row in await session.execute(_LOCK, {"employees": employees})}
    changed = [
        (rows[each.employee].id, each)
        for each in placed
        if (row := rows[each.employee]).placed != each.as_json
        or (row.name, row.born) != (each.name, each.born)
    ]
    if changed:
        before = {person: rows[each.employee].placed for person, each in changed}
        await _rewrite(changed, before, session)
        told = [
            each.as_fact(person)
            for person, each in changed
            if _told(before[person]) != _told(each.as_json)
        ]
        state(session, *told)
        await members.follow(
            {person: (before[person], each.as_days()) for person, each in changed},
            session,
        )
    away = {rows[each.employee].id: (each.absences, each.leaves) for each in placed}
    await absences.keep(away, session)
    return [person for person, _ in changed]


def _told(placed: Mapping[str, Any]) -> tuple[Any, ...]:
    """What of a person others are told."""
    names = ("employed", "stays", "called", "numbers", "same_as")
    return tuple(placed.get(name) for name in names)


async def _rewrite(
    changed: Sequence[tuple[UUID, Placed]],
    before: Mapping[UUID, Mapping[str, Any]],
    session: Session,
) -> None:
    """Of the days only those that are other than `before`, as which they were kept: what holds on
    keeps the time since which it is known."""
    await session.execute(
        _KEEP,
        {
            "ids": [person for person, _ in changed],
            "names": [each.name for _, each in changed],
            "born": [each.born for _, each in changed],
            "placed": [json.dumps(each.as_json) for _, each in changed],
        },
    )
    now = {person: each.as_json for person, each in changed}
    for of, gone, come in (
        ("employed", _EMPLOYED_NO_MORE, _EMPLOYED),
        ("stays", _STAYS_NO_MORE, _STAYS),
    ):
        if no_more := _besides(of, before, now):
            await session.execute(gone, _columns(no_more))
        if new := _besides(of, now, before):
            await session.execute(come, _columns(new))


def _besides(
    of: str, one: Mapping[UUID, Mapping[str, Any]], other: Mapping[UUID, Mapping[str, Any]]
) -> list[tuple[UUID, dict[str, Any]]]:
    """Of each person the days, as they are kept, that stand in the one and not in the other."""
    return [
        (person, row)
        for person, days in one.items()
        for row in days.get(of, ())
        if row not in other[person].get(of, ())
    ]


def _columns(rows: Sequence[tuple[UUID, dict[str, Any]]]) -> dict[str, list[Any]]:
    return {
        "people": [person for person, _ in rows],
        "since": [date.fromisoformat(row["since"]) for _, row in rows],
        "until": [row["until"] and date.fromisoformat(row["until"]) for _, row in rows],
        "units": [row.get("unit") for _, row in rows],
        "posts": [row.get("post") for _, row in rows],
    }


async def known_employee(session: Session, employee: str) -> Person:
    """Raises `RuleBroken` (409 `unknown-employee`)."""
    whose = text(WHOSE.format(number=":employee"))
    id = await session.scalar(whose, {"employee": employee})
    person = await session.get(Person, id) if id else None
    if person is None:
        raise RuleBroken(
            "unknown-employee", f"nobody on the roll has the number {employee}", field="employee"
        )
    return person


# ---------------------------------------------------------------------------------- queries


@asked(Profile)
async def profile(query: Profile, actor: Actor, session: ReadSession) -> ProfileOf:
    """Name and place of one person, from the roll itself."""
    row = (
        await session.execute(
            text(f"""
                SELECT person.id, person.employee, coalesce(person.name, '') AS name,
                    unit.code AS unit, unit.path, stay.post,
                    EXISTS (SELECT FROM employment WHERE employment.person = person.id
                            AND employment.during @> CAST(:today AS date)) AS employed,
                    (SELECT lower(member.during) FROM member WHERE member.person = person.id
                     AND member.during @> CAST(:today AS date)) AS member_since
                FROM person
                LEFT JOIN stay ON stay.person = person.id AND stay.during @> CAST(:today AS date)
                LEFT JOIN unit ON unit.id = stay.unit
                WHERE person.id = ({WHOSE.format(number=":employee")})
            """),  # noqa: S608 - all of it is ours
            {"employee": query.employee, "today": today()},
        )
    ).one_or_none()
    path = row.path if row is not None and row.path else COMPANY
    query.for_whom.must_include(actor, at=path, whose=row.id if row is not None else None)
    if row is None:
        raise RuleBroken(
            "unknown-employee", f"nobody on the roll has the number {query.employee}", status=404
        )
    return ProfileOf(
        person=row.id,
        employee=row.employee,
        name=row.name,
        unit=row.unit,
        post=row.post,
        employed=row.employed,
        member_since=row.member_since,
    )
