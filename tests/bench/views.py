"""Composed views, requests a second, beside a bare endpoint that serves the same rows."""

import json
from typing import Any

from tests.bench.bare_views import PLANT
from tests.bench.client import CLIENTS, connections, get, hammer
from tests.bench.figures import Figure, alternately
from tests.bench.rig import Rig, app_beside

VIEWS = {
    "proposals": ("officer", "/api/v1/views/proposals"),
    "plant": ("officer", f"/api/v1/views/plant?unit={PLANT}"),
}


async def measure(rig: Rig) -> list[Figure]:
    figures = []
    async with app_beside(rig.home, "tests.bench.bare_views") as port:
        for view, (account, path) in VIEWS.items():
            asking = get(path, rig.tokens[account])
            bare = get(f"/{view}")
            await _must_be_equal(view, rig.home.port, asking, port, bare)

            async def ours(asking: bytes = asking) -> float:
                return await _rate(rig, rig.home.port, asking)

            async def limit(bare: bytes = bare) -> float:
                return await _rate(rig, port, bare)

            served, most = await alternately(rig.rounds, ours, limit)
            figures.append(
                Figure(
                    f"view {view}, requests a second, {CLIENTS} clients",
                    "bare endpoint, one SELECT of the same rows",
                    "/s",
                    served,
                    most,
                    least=0.5,
                )
            )
    return figures


async def _rate(rig: Rig, port: int, request: bytes) -> float:
    return await hammer(port, lambda: request, seconds=rig.seconds, expect=200)


async def _must_be_equal(
    view: str, our_port: int, asking: bytes, bare_port: int, bare: bytes
) -> None:
    """Beside each other only if they tell the same."""
    async with connections(our_port, 1) as (ours,), connections(bare_port, 1) as (other,):
        told = json.loads((await ours.ask(asking)).body)
        rows = json.loads((await other.ask(bare)).body)
    if SAME[view](told) != rows or not rows:
        raise RuntimeError(f"the bare endpoint serves other rows than the view {view}")


def _items(told: dict[str, Any]) -> Any:
    return told["items"]


def _heads_and_states(told: dict[str, Any]) -> Any:
    heads = told["heads"]["by_unit"]
    return [{"code": code, "heads": heads[code]} | told["proposals"] for code in heads]


SAME = {"proposals": _items, "plant": _heads_and_states}
