"""The tree of units: company → plant → workshop → team, day by day, from HR's events."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple, NoReturn
from uuid import UUID

from sqlalchemy import text

from services.membership import timeline
from services.membership.timeline import End, Placement
from services.membership.units_told import earlier, tell
from shared.calendar import midnight, today
from shared.contracts.hr_units import ROOT
from shared.database import ReadSession, Session
from shared.for_whom import COMPANY
from shared.messages import Query, uuid7
from shared.rights import Actor, RuleBroken
from shared.ticker import fall_due

Tree = Mapping[str, timeline.Unit]
NEXT_DAY = "tree-changes"
"""What falls due on the next day on which a unit is to move, end or change its name."""


class Places(NamedTuple):
    """The codes that people can be placed in with their ids, and when and how units ended."""

    ids: dict[str, UUID]
    ends: dict[str, End]


# ---------------------------------------------------------------------------------- rules


def plant_of(path: str, tree: Tree) -> str:
    """The path of the nearest plant at or above the unit; the root's where there is none."""
    above = path
    while above != ROOT and tree[above.rpartition("/")[2]].kind != "plant":
        above = above.rpartition("/")[0]
    return above


def turned(before: Mapping[str, End | None], now: Mapping[str, End | None]) -> set[str]:
    """The units for whose people a change of the tree matters: code → how it ended, of those known
    before and now. That is those which became known or no longer are, or ended otherwise, and all
    that are joined to such by merges: their people are in one another's units."""
    changed = set(before.keys() ^ now.keys())
    changed |= {code for code in before.keys() & now.keys() if before[code] != now[code]}
    joined: dict[str, set[str]] = {}
    for code, end in [*before.items(), *now.items()]:
        if end and end.into:
            joined.setdefault(code, set()).add(end.into)
            joined.setdefault(end.into, set()).add(code)
    reached = list(changed)
    for code in reached:
        reached += joined.get(code, set()) - changed
        changed |= joined.get(code, set())
    return changed


def next_change(tree: Tree, after: date) -> date | None:
    """The first day after that one on which something in the tree changes."""
    days = [place.since for unit in tree.values() for place in unit.placements if place.since]
    days += [unit.end.on for unit in tree.values() if unit.end]
    return min((day for day in days if day > after), default=None)


# ---------------------------------------------------------------------------------- keeping

_LOCK = text("SELECT FROM unit WHERE code = :root FOR UPDATE")
# `unit` has the units that HR has told of, as of today; `unit_placement` says where each stood on
# other days. `path` are the codes from the root, `plant` the path of its plant. One that is not
# `known` any more keeps its id for the day when it is again. From `ended_on`, a past day or a day
# to come, nobody is in it; `merged_into` is where they are then.
_HAVE = text("""
    SELECT unit.*, heir.code AS into FROM unit LEFT JOIN unit AS heir ON heir.id = unit.merged_into
""")
_KNOWN = text("SELECT code, id FROM unit WHERE known")
_ENDS = text("""
    SELECT unit.code, unit.ended_on, heir.code AS into
    FROM unit LEFT JOIN unit AS heir ON heir.id = unit.merged_into
    WHERE unit.known AND unit.ended_on IS NOT NULL
""")
_KEEP = text("""
    INSERT INTO unit (id, code, name, kind, parent, path, plant, ended_on, merged_into, known)
    SELECT *, true FROM unnest(CAST(:id AS uuid[]), CAST(:code AS text[]), CAST(:name AS text[]),
        CAST(:kind AS text[]), CAST(:parent AS uuid[]), CAST(:path AS text[]),
        CAST(:plant AS text[]), CAST(:ended_on AS date[]), CAST(:merged_into AS uuid[]))
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind,
        parent = excluded.parent, path = excluded.path, plant = excluded.plant,
        ended_on = excluded.ended_on, merged_into = excluded.merged_into, known = true
""")
_FORGET = text("UPDATE unit SET known = false WHERE known AND code <> ALL(:codes)")
_PLACEMENTS = text("""
    SELECT unit, name, parent, path, plant, lower(during) AS since, upper(during) AS until
    FROM unit_placement
""")
_NO_LONGER = text("""
    DELETE FROM unit_placement
    USING unnest(CAST(:unit AS uuid[]), CAST(:since AS date[])) AS gone (unit, since)
    WHERE unit_placement.unit = gone.unit AND lower(during) IS NOT DISTINCT FROM since
""")
_PLACE = text("""
    INSERT INTO unit_placement (unit, name, parent, path, plant, during)
    SELECT unit, name, parent, path, plant, daterange(since, until)
    FROM unnest(CAST(:unit AS uuid[]), CAST(:name AS text[]), CAST(:parent AS uuid[]),
        CAST(:path AS text[]), CAST(:plant AS text[]), CAST(:since AS date[]),
        CAST(:until AS date[])) AS placed (unit, name, parent, path, plant, since, until)
""")


async def open_root(session: Session) -> None:
    """Every site has the root unit from its first start on."""
    if await session.scalar(text("SELECT true FROM unit WHERE code = :root"), {"root": ROOT}):
        return
    await keep(timeline.units(())[0], session)


async def lock(session: Session) -> None:
    """Before the events are read: the tree has one writer at a time."""
    await session.execute(_LOCK, {"root": ROOT})


async def keep(tree: Tree, session: Session) -> set[str]:
    """Stores the tree and states what of today has changed; returns the codes of the units whose
    people have to be placed anew."""
    on = today()
    have = {row.code: row for row in await session.execute(_HAVE)}
    ids = {code: have[code].id if code in have else uuid7() for code in tree}
    stood = {tuple(row) for row in await session.execute(_PLACEMENTS)}
    stands = {
        (ids[code], *_placed(here, ids, tree).values(), here.since, here.until)
        for code, unit in tree.items()
        for here in unit.placements
    }
    before, now = earlier(stood, on), earlier(stands, on)
    changed: list[dict[str, Any]] = []
    telling: list[dict[str, Any]] = []
    for code, unit in tree.items():
        row = _row(code, unit, on, ids, tree)
        said = code in have and have[code].known and have[code]._asdict()
        differs = not said or any(said[name] != value for name, value in row.items())
        if differs:
            changed.append(row)
        if differs or now.get(row["id"]) != before.get(row["id"]):
            telling.append(row)
    await tell(telling, now, session)
    if changed:
        await session.execute(_KEEP, _columns(changed))
    await session.execute(_FORGET, {"codes": list(tree)})
    await _keep_placements(stood - stands, stands - stood, session)
    if day := next_change(tree, on):
        fall_due(session, NEXT_DAY, key=ROOT, at=midnight(day))
    ends = {code: _end(row) for code, row in have.items() if row.known}
    return turned(ends, {code: unit.end for code, unit in tree.items()})


def _row(
    code: str, unit: timeline.Unit, on: date, ids: Mapping[str, UUID], tree: Tree
) -> dict[str, Any]:
    here, end = unit.at(on), unit.end
    return {
        "id": ids[code],
        "code": code,
        "kind": unit.kind,
        "ended_on": end and end.on,
        "merged_into": ids[end.into] if end and end.into else None,
    } | _placed(here, ids, tree)


def _placed(here: Placement, ids: Mapping[str, UUID], tree: Tree) -> dict[str, Any]:
    return {
        "name": here.name,
        "parent": ids[here.parent] if here.parent else None,
        "path": here.path,
        "plant": plant_of(here.path, tree),
    }


def _end(row: Any) -> End | None:
    return End(row.ended_on, row.into) if row.ended_on else None


async def _keep_placements(
    gone: Collection[tuple[Any, ...]], come: Collection[tuple[Any, ...]], session: Session
) -> None:
    """Only the days that changed are written anew."""
    names = ("unit", "name", "parent", "path", "plant", "since", "until")
    if gone:
        rows = [dict(zip(names, row, strict=True)) for row in gone]
        given = _columns(rows)
        await session.execute(_NO_LONGER, {"unit": given["unit"], "since": given["since"]})
    if come:
        rows = [dict(zip(names, row, strict=True)) for row in come]
        await session.execute(_PLACE, _columns(rows))


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


async def places(session: Session) -> Places:
    """Where people can be placed, and what became of those places."""
    ids = {row.code: row.id for row in await session.execute(_KNOWN)}
    return Places(
        ids, {row.code: End(row.ended_on, row.into) for row in await session.execute(_ENDS)}
    )


# ---------------------------------------------------------------------------------- looking up

_BY_CODE = text("""
    SELECT id, code, name, kind, path, ended_on FROM unit WHERE code = :code AND known
""")


async def known_unit(
    code: str, session: Session | ReadSession, *, status: Literal[404, 409] = 409
) -> Any:
    """Its row as of today. Raises `RuleBroken` (`unknown-unit`)."""
    row = (await session.execute(_BY_CODE, {"code": code})).one_or_none()
    return row or _unknown(code, status)


async def unit_asked_about(code: str, query: Query, actor: Actor, session: ReadSession) -> Any:
    """Its row, for who may ask there. Whoever asks about what does not exist must reach the whole
    company. Raises `RuleBroken` (403, then 404)."""
    row = (await session.execute(_BY_CODE, {"code": code})).one_or_none()
    query.for_whom.must_include(actor, at=row.path if row else COMPANY)
    return row or _unknown(code, 404)


def _unknown(code: str, status: Literal[404, 409]) -> NoReturn:
    raise RuleBroken(
        "unknown-unit", f"there is no unit with the code {code}", field="unit", status=status
    )
