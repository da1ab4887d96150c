"""Corporate HR floods a site: nobody else waits, nothing grows; and each check sees a violation."""

from tests.delivery import checks_flood as flood
from tests.delivery.cell import Cell

HEARERS = ("membership", "democracy", "training")


async def test_a_flood_of_hr_does_not_slow_the_others(cell: Cell) -> None:
    assert await flood.others_go_on(cell) == []


async def test_a_lock_that_all_share_is_seen(cell: Cell) -> None:
    async with cell.mutated(**dict.fromkeys(HEARERS, "lock_shared_by_all")):
        said = await flood.others_go_on(cell)
    assert any("slowed down" in line for line in said), said


async def test_a_flood_of_hr_leaves_memory_flat(cell: Cell) -> None:
    assert await flood.memory_flat(cell) == []


async def test_a_memory_of_all_that_was_heard_is_seen(cell: Cell) -> None:
    async with cell.mutated(membership="heard_kept"):
        said = await flood.memory_flat(cell)
    assert any("membership grew" in line for line in said), said
