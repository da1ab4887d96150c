"""The little that pages read beside the views: names of units, one's own number."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from services.gateway.views.rows import Reader, rows

_PLANTS = "SELECT code, name, path FROM unit WHERE kind IN ('company', 'plant') ORDER BY path"
_NAMES = "SELECT code, name FROM unit WHERE code = ANY(:codes)"
_EMPLOYEE = "SELECT employee FROM person WHERE id = :person"


@dataclass(frozen=True)
class Place:
    """A unit as a link: HR's code, its name, its path of codes."""

    code: str
    name: str
    path: str


async def plants(reader: Reader) -> list[Place]:
    """The company and its plants, as they stand in the tree."""
    found = await rows(reader, _PLANTS, {})
    return [Place(**row) for row in found]


async def names(codes: Collection[str], reader: Reader) -> Mapping[str, str]:
    """Unit code → name."""
    found = await rows(reader, _NAMES, {"codes": list(codes)})
    return {row["code"]: row["name"] for row in found}


async def employee_of(person: UUID | None, reader: Reader) -> str | None:
    """The employee number of a person; None for an account that is nobody's."""
    found = await rows(reader, _EMPLOYEE, {"person": person})
    return found[0]["employee"] if found else None
