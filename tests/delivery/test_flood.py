"""Corporate HR floods a site: nobody else waits, nothing grows; and each check sees a violation."""

import pytest

from services.gateway import ask
from tests.delivery import checks_flood as flood
from tests.delivery.cell import Cell


async def test_nobody_waits_for_a_batch_that_stands_still(cell: Cell) -> None:
    assert await flood.nobody_waits_for_a_batch(cell) == []


async def test_a_lock_that_all_share_is_seen(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask, "PATIENCE", 2.0)
    async with cell.mutated(**dict.fromkeys(flood.WRITES, "lock_shared_by_all")):
        said = await flood.nobody_waits_for_a_batch(cell)
    for hearer in flood.WRITES:
        assert any(f"waited for {hearer}" in line for line in said), said


async def test_a_flood_of_hr_keeps_nobody_waiting_for_its_end(cell: Cell) -> None:
    assert await flood.others_go_on(cell) == []


async def test_a_flood_that_is_taken_before_all_others_is_seen(cell: Cell) -> None:
    async with cell.mutated(**dict.fromkeys(flood.WRITES, "lock_never_given_back")):
        said = await flood.others_go_on(cell)
    assert any("before the flood was over" in line for line in said), said


async def test_a_flood_of_hr_leaves_memory_flat(cell: Cell) -> None:
    assert await flood.memory_flat(cell) == []


async def test_a_memory_of_all_that_was_heard_is_seen(cell: Cell) -> None:
    async with cell.mutated(membership="heard_kept"):
        said = await flood.memory_flat(cell)
    assert any("membership grew" in line for line in said), said
