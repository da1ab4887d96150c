"""Democracy's own small copy of the roll: units, and who was where when.

Kept by the reactions to membership's facts; nothing here is asked of membership.
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from services.democracy.tables import Table
from shared.contracts.membership import PersonPlaced, Spell, Stay, UnitPlaced
from shared.database import Session
from shared.rights import Actor, RuleBroken, forbidden


class Unit(Table):
    """A unit: `path` from the root in codes, `plant` the path of the plant it belongs to."""

    __tablename__ = "unit"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    path: Mapped[str]
    plant: Mapped[str]


class Person(Table):
    """A person of the roll, with the dated timeline as membership stated it last."""

    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    employee: Mapped[str]
    employed: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    stays: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)

    def is_employed(self, on: date) -> bool:
        return any(Spell.model_validate(spell).holds(on) for spell in self.employed)

    def unit_on(self, on: date) -> UUID | None:
        stays = (Stay.model_validate(stay) for stay in self.stays)
        return next((stay.unit for stay in stays if stay.holds(on)), None)


async def keep_unit(fact: UnitPlaced, session: Session) -> None:
    row = {"id": fact.unit, "code": fact.code, "path": fact.path, "plant": fact.plant}
    await session.execute(
        insert(Unit).values(row).on_conflict_do_update(index_elements=[Unit.id], set_=row)
    )


async def keep_person(fact: PersonPlaced, session: Session) -> None:
    placed = fact.model_dump(mode="json")
    row = {"id": fact.person} | {key: placed[key] for key in ("employee", "employed", "stays")}
    await session.execute(
        insert(Person).values(row).on_conflict_do_update(index_elements=[Person.id], set_=row)
    )


async def someone_employed(actor: Actor, session: Session, *, on: date) -> Person:
    """The person who asks. Raises `RuleBroken` (403) for those who do not work here."""
    person = await session.get(Person, actor.must_be_someone())
    if person is None or not person.is_employed(on):
        raise forbidden("this is for people who are employed here")
    return person


async def unit_of(person: Person, session: Session, *, on: date) -> Unit:
    """Where the person works on that day. Raises `RuleBroken` (409 `not-placed`)."""
    unit = await session.get(Unit, person.unit_on(on)) if person.unit_on(on) else None
    if unit is None:
        raise RuleBroken(
            "not-placed",
            "you are in no unit yet; HR must place you before this can reach the right plant",
        )
    return unit


async def unit_path(session: Session, unit: UUID) -> str:
    path = await session.scalar(select(Unit.path).where(Unit.id == unit))
    assert path is not None, "a proposal's unit is in the copy, it was read from there"
    return path
