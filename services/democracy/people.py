"""Democracy's own small copy of the roll: units, and who was where when.

Kept by the reactions to membership's facts; nothing here is asked of membership.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from services.democracy.tables import Table
from shared.contracts.membership import PersonPlaced, UnitPlaced
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


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person who works here on the day in question, and where (None: placed nowhere yet)."""

    person: UUID
    unit: UUID | None

    def must_be_placed(self) -> UUID:
        """Raises `RuleBroken` (409 `not-placed`)."""
        if self.unit is None:
            raise RuleBroken(
                "not-placed",
                "you are in no unit yet; HR must place you before this can reach the right plant",
            )
        return self.unit


_HOLDS = "since <= :on AND (until IS NULL OR :on < until)"
_SPEAKER = text(f"""
    SELECT
        EXISTS (SELECT FROM jsonb_to_recordset(employed) AS spell (since date, until date)
                WHERE {_HOLDS}) AS employed,
        (SELECT unit.id FROM jsonb_to_recordset(stays)
            AS stay (since date, until date, unit uuid) JOIN unit ON unit.id = stay.unit
            WHERE {_HOLDS}) AS unit
    FROM person WHERE id = :person
""").bindparams(bindparam("on", type_=Date))  # noqa: S608


async def speaker(actor: Actor, session: Session, *, on: date) -> Speaker:
    """Who asks, if they work here. Raises `RuleBroken` (403) for everyone else."""
    person = actor.must_be_someone()
    row = (await session.execute(_SPEAKER, {"person": person, "on": on})).one_or_none()
    if row is None or not row.employed:
        raise forbidden("this is for people who are employed here")
    return Speaker(person, row.unit)


async def unit_path(session: Session, unit: UUID) -> str:
    path = await session.scalar(select(Unit.path).where(Unit.id == unit))
    assert path is not None, "a proposal's unit is in the copy, it was read from there"
    return path
