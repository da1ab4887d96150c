"""All that is held of a person, asked of each service at once; whole, or not at all."""

import asyncio
from typing import Any

from services.gateway.own_data import OwnDataAsked, gateways_own_data
from services.gateway.readings import ReadingsAsked, ReadingSeen, readings
from services.gateway.site import Site
from shared.contracts import democracy, membership, training, welfare
from shared.contracts.own_data import OwnDataOf, OwnTable
from shared.messages import Query
from shared.rights import Actor

MOST_READINGS = 10_000
OWNERS: tuple[type[Query], ...] = (
    membership.OwnData,
    welfare.OwnData,
    training.OwnData,
    democracy.OwnData,
)


async def all_held(employee: str, actor: Actor, site: Site) -> dict[str, list[OwnTable]]:
    """Service → its tables in which something stands. Each puts the reading on record before it
    tells. Raises `Problem` (503) when one of them is away: half a copy would be taken for all."""

    async def of(kind: type[Query]) -> tuple[str, OwnDataOf]:
        asked: Any = kind.model_validate({"employee": employee})
        return kind.owner(), OwnDataOf.model_validate(await site.asking.query(asked, actor))

    async def ours() -> tuple[str, OwnDataOf]:
        asked = OwnDataAsked(employee=employee)
        return "gateway", await gateways_own_data(asked, actor, site)

    told = await asyncio.gather(*(of(kind) for kind in OWNERS), ours())
    return {owner: [table for table in data.tables if table.rows] for owner, data in told}


async def all_readings(actor: Actor, site: Site) -> list[ReadingSeen]:
    """By others, of what is about the person alone, newest first."""
    found: list[ReadingSeen] = []
    asked = ReadingsAsked(limit=200)
    while True:
        piece = await readings(asked, actor, site)
        found += piece.items
        if piece.cursor is None or len(found) >= MOST_READINGS:
            return found
        asked = asked.model_copy(update={"cursor": piece.cursor})
