"""The little that pages read beside the views: names of units, one's own number."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from shared.database import ReadSession


@dataclass(frozen=True)
class Place:
    """A unit as a link: HR's code, its name, its path of codes."""

    code: str
    name: str
    path: str


async def plants(session: ReadSession) -> list[Place]:
    """The company and its plants, as they stand in the tree."""
    rows = await session.execute(
        text("SELECT code, name, path FROM unit WHERE kind IN ('company', 'plant') ORDER BY path")
    )
    return [Place(row.code, row.name, row.path) for row in rows]


async def names(codes: Collection[str], session: ReadSession) -> Mapping[str, str]:
    """Unit code → name."""
    rows = await session.execute(
        text("SELECT code, name FROM unit WHERE code = ANY(:codes)"), {"codes": list(codes)}
    )
    return {row.code: row.name for row in rows}


async def employee_of(person: UUID | None, session: ReadSession) -> str | None:
    """The employee number of a person; None for an account that is nobody's."""
    number: str | None = await session.scalar(
        text("SELECT employee FROM person WHERE id = :person"), {"person": person}
    )
    return number
