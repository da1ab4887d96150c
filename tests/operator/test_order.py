"""Facts of different things may reach the views in any order: no row is made by two of them."""

from collections import defaultdict
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from deploy.local.gateway import gateway_settings
from deploy.local.rebuild.difference import NEW, tables
from deploy.local.rebuild.scratch import scratch
from deploy.postgres.walls import SCHEMAS
from services.gateway.site import Site
from shared.facts import Heard
from tests.operator.conftest import Operated


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_views_come_out_the_same_in_whatever_order_things_are_heard_of(
    operated: Operated, seed: int
) -> None:
    await operated.quiet()
    site = Site(gateway_settings(operated.home))
    facts = await stated(operated, site)
    shuffled = mixed(facts, Random(seed))
    assert shuffled != facts
    assert await filled(operated, site, shuffled) == await filled(operated, site, facts)
    await site.engine.dispose()


async def filled(
    operated: Operated, site: Site, facts: list[Heard]
) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of views that heard these facts, in this order."""
    async with scratch(operated.home, operated.admin) as (connection, _):
        ear = replace(site.ear, react=site.views)  # what is kept beside the views is not there
        for start in range(0, len(facts), 200):
            await ear.hear(facts[start : start + 200], connection)
        rows = {}
        for table in await tables(operated.admin):
            found = await operated.admin.fetch(f"SELECT * FROM {NEW}.{table.name}")
            rows[table.name] = sorted((tuple(row) for row in found), key=repr)
    assert not rows["held"]
    assert len(rows["proposal"]) >= 40
    return rows


async def stated(operated: Operated, site: Site) -> list[Heard]:
    """Every fact that the services' outboxes hold for all."""
    facts = []
    for service, (schema, *_) in SCHEMAS.items():
        if service == "gateway":
            continue
        rows = await operated.admin.fetch(
            f"SELECT subject, payload FROM {schema}.outbox"
            " WHERE subject LIKE 'events.%' ORDER BY id"
        )
        facts += [site.ear.open.again(row["subject"], row["payload"], 0) for row in rows]
    assert len(facts) > 1000
    return facts


def mixed(facts: list[Heard], random: Random) -> list[Heard]:
    """The histories interleaved by chance, each in its own order."""
    histories: defaultdict[Any, list[Heard]] = defaultdict(list)
    for one in facts:
        histories[one.history].append(one)
    turns = [one.history for one in facts]
    random.shuffle(turns)
    following = {history: iter(each) for history, each in histories.items()}
    return [next(following[history]) for history in turns]
