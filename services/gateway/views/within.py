"""What lies within the reach of posts, so that a page costs what it shows and not what the company
is. Who reaches the whole company walks what waits in its order and stops when the page is full;
all others go unit by unit."""

from collections.abc import Collection

from shared.for_whom import COMPANY


def everything(reach: Collection[str]) -> bool:
    """The whole company, also who is in no unit of it."""
    return COMPANY in reach


def narrowed(reach: Collection[str], path: str) -> list[str]:
    """The part of a reach that lies at the path or below it."""
    if any(path == above or path.startswith(f"{above}/") for above in reach):
        return [path]
    return [below for below in reach if below.startswith(f"{path}/")]


def units(name: str) -> str:
    """For a WITH: the units at the paths `:name` and below them, each once. The first two
    conditions narrow it by the index; 0 comes after / in ASCII."""
    return f"""
        {name} AS MATERIALIZED (
            SELECT DISTINCT unit.id, unit.code, unit.name, unit.path
            FROM unnest(CAST(:{name} AS text[])) AS above (path) JOIN unit
                ON unit.path ~>=~ above.path AND unit.path ~<~ (above.path || '0')
                AND (unit.path = above.path OR starts_with(unit.path, above.path || '/'))
        )
    """
