"""The tree of units: company → plant → workshop → team, from HR's events."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from services.membership import timeline
from services.membership.tables import Table
from services.membership.timeline import Unfit
from shared.contracts.hr import ROOT, HrEvent
from shared.contracts.membership import UnitPlaced
from shared.database import Session
from shared.messages import uuid7
from shared.outbox import state

Tree = Mapping[str, timeline.Unit]


class Unit(Table):
    """A unit that HR has told of. `path` are the codes from the root, `plant` the path of its
    plant. One that is not `known` any more keeps its id for the day when it is again."""

    __tablename__ = "unit"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    parent: Mapped[UUID | None]
    path: Mapped[str]
    plant: Mapped[str]
    known: Mapped[bool]


def tree(events: Iterable[HrEvent]) -> tuple[Tree, list[Unfit]]:
    """All unit events → the tree, parents first, and what does not fit."""
    return timeline.units(events)


def plant_of(code: str, tree: Tree) -> str:
    """The path of the nearest plant at or above the unit; the root's where there is none."""
    unit = tree[code]
    while unit.kind != "plant" and unit.parent is not None:
        unit = tree[unit.parent]
    return unit.path


async def open_root(session: Session) -> None:
    """Every site has the root unit from its first start on."""
    await keep(timeline.units(())[0], session, keep_unnamed=True)


async def keep(tree: Tree, session: Session, *, keep_unnamed: bool = False) -> set[str]:
    """Stores the tree and states what changed; returns the codes whose being known changed."""
    rows = await session.execute(
        text("SELECT id, code, name, kind, parent, path, plant, known FROM unit FOR UPDATE")
    )
    have = {row.code: row for row in rows}
    if keep_unnamed and ROOT in have:
        return set()
    ids = {code: have[code].id if code in have else uuid7() for code in tree}
    turned = {code for code, row in have.items() if row.known != (code in tree)}
    turned |= {code for code in tree if code not in have}
    for code, unit in tree.items():
        wanted = UnitPlaced(
            unit=ids[code],
            code=code,
            name=unit.name,
            kind=unit.kind,
            parent=ids[unit.parent] if unit.parent else None,
            path=unit.path,
            plant=plant_of(code, tree),
        )
        row = have.get(code)
        said = row and {
            key: getattr(row, key) for key in ("name", "kind", "parent", "path", "plant")
        }
        if said == wanted.model_dump(include={"name", "kind", "parent", "path", "plant"}):
            continue
        await session.execute(
            text("""
                INSERT INTO unit (id, code, name, kind, parent, path, plant, known)
                VALUES (:unit, :code, :name, :kind, :parent, :path, :plant, true)
                ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind,
                    parent = excluded.parent, path = excluded.path, plant = excluded.plant
            """),
            wanted.model_dump(),
        )
        state(session, wanted)
    await session.execute(
        text("UPDATE unit SET known = (code = ANY(:codes)) WHERE known <> (code = ANY(:codes))"),
        {"codes": list(tree)},
    )
    return turned


async def known(session: Session) -> dict[str, UUID]:
    """The codes that people can be placed in, with their ids."""
    rows = await session.execute(text("SELECT code, id FROM unit WHERE known"))
    return {row.code: row.id for row in rows}
