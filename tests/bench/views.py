"""Composed views, requests a second, beside a bare endpoint that serves the same rows."""

import json
from typing import Any

from tests.bench.bare_views import PLANT
from tests.bench.client import CLIENTS, connections, get, hammer
from tests.bench.figures import Figure, alternately
from tests.bench.rig import Beside, Rig, app_beside
from tests.bench.spent import Counted, Spent, postgres_pid

VIEWS = {
    "proposals": ("officer", "/api/v1/views/proposals"),
    "plant": ("officer", f"/api/v1/views/plant?unit={PLANT}"),
}


async def measure(rig: Rig) -> list[Figure]:
    async with app_beside(rig.home, "tests.bench.bare_views") as bare:
        return [await _beside(rig, view, bare) for view in VIEWS]


async def _beside(rig: Rig, view: str, bare: Beside) -> Figure:
    account, path = VIEWS[view]
    asking, plain = get(path, rig.tokens[account]), get(f"/{view}")
    await _must_tell_the_same(view, rig.home.port, asking, bare.port, plain)
    notes: list[str] = []

    async def rate(whose: str, port: int, request: bytes, spent: Spent) -> float:
        make = Counted(lambda: request)
        found = await hammer(port, make, seconds=rig.seconds, expect=200)
        notes.append(f"processor ms a request, {whose}: {spent.said(make.made)}")
        return found

    async def ours() -> float:
        return await rate("ours", rig.home.port, asking, Spent.by_site(rig.home))

    async def limit() -> float:
        spent = Spent({"app": bare.pid, "postgres": postgres_pid(rig.home)})
        return await rate("bare", bare.port, plain, spent)

    served, most = await alternately(rig.rounds, ours, limit)
    return Figure(
        f"view {view}, requests a second, {CLIENTS} clients",
        "bare endpoint, one SELECT of the same rows",
        "/s",
        served,
        most,
        least=0.5,
        notes=notes,
    )


async def _must_tell_the_same(
    view: str, our_port: int, asking: bytes, bare_port: int, bare: bytes
) -> None:
    """Beside each other only if all that the bare endpoint tells stands in the view too."""
    async with connections(our_port, 1) as (ours,), connections(bare_port, 1) as (other,):
        told = ROWS[view](json.loads((await ours.ask(asking)).body))
        rows = [
            {name: _read(value) for name, value in row.items()}
            for row in json.loads((await other.ask(bare)).body)
        ]
    same = [{key: row.get(key) for key in rows[0]} for row in told]
    if same != rows:
        raise RuntimeError(f"the bare endpoint serves other rows than the view {view}")


def _items(told: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = told["items"]
    return items


def _plant_page(told: dict[str, Any]) -> list[dict[str, Any]]:
    """The path, by which the right is judged, is told to nobody."""
    parts = {
        name: told[name] for name in ("unit", "name", "kind", "proposals", "courses", "visits")
    }
    return [{"heads": told["heads"]["by_unit"], "path": f"company/{PLANT}"} | parts]


def _read(value: Any) -> Any:
    """A column of JSON comes as its text."""
    return json.loads(value) if isinstance(value, str) and value.startswith("{") else value


ROWS = {"proposals": _items, "plant": _plant_page}
