"""A fact that fails is held, tried again, and at last left to a person; the others go on."""

from typing import Any
from uuid import UUID

import pytest

from shared.messages import uuid7
from shared.testing import eventually
from tests.delivery import ledger
from tests.delivery.bench import Bench
from tests.delivery.checks_held import reading
from tests.delivery.reader import POISONED
from tests.delivery.test_facts import book


async def held(bench: Bench, account: UUID | str) -> list[Any]:
    return await bench.rows(
        "SELECT sequence, tries, error, dead_at FROM reader.held WHERE aggregate = $1"
        " ORDER BY sequence",
        str(account),
    )


async def test_a_kept_failure_names_its_kind_and_quotes_nothing(bench: Bench) -> None:
    sick = uuid7()
    await bench.mood(broken=True)
    async with bench.running(ledger.service), reading(bench, tries=1000):
        await book(bench, sick, POISONED, 1)

        async def tried() -> bool:
            return [bool(row["tries"]) for row in await held(bench, sick)] == [True, False]

        await eventually(tried)
        [failed, _] = await held(bench, sick)
        assert "RuntimeError" in failed["error"]
        assert "cannot note this" not in failed["error"], "an error's words may quote a row"
        await bench.mood(broken=False)
        await bench.noted(sick, [1, 2])


async def test_after_so_many_tries_it_is_dead_and_waits_for_a_person(bench: Bench) -> None:
    sick, well = uuid7(), uuid7()
    await bench.mood(broken=True)
    async with bench.running(ledger.service), reading(bench, tries=3):
        await book(bench, sick, POISONED, 1)

        async def dead() -> bool:
            return any(row["dead_at"] for row in await held(bench, sick))

        await eventually(dead)
        first, second = await held(bench, sick)
        assert first["tries"] == 3
        assert second["dead_at"] is None
        await bench.mood(broken=False)
        await book(bench, well, 1)
        await bench.noted(well, [1])
        assert await bench.notes(sick) == [], "nobody has looked at it yet"
    await bench.rows("DELETE FROM reader.held WHERE aggregate = $1", str(sick))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"no json", "not a fact"),
        (b"{}", "not a fact"),
        (
            b'{"specversion":"1.0","id":"01a2082a-5b86-745c-97fe-b943daac0914",'
            b'"source":"/hq/ledger","type":"tongxin.ledger.unheard-of.v1",'
            b'"subject":"01a2082a-5b86-745c-97fe-b943daac0914","time":"2026-11-23T00:00:00Z",'
            b'"sequence":"000000000001","data":{}}',
            "unknown type",
        ),
    ],
)
async def test_poison_dies_after_its_tries_and_stands_in_nobodys_way(
    bench: Bench, body: bytes, reason: str
) -> None:
    well = uuid7()
    async with bench.running(ledger.service), reading(bench, tries=3):
        ack = await bench.client.jetstream().publish("events.hq.ledger.booked", body)
        await book(bench, well, 1)
        await bench.noted(well, [1])

        async def dead() -> bool:
            return any(row["dead_at"] for row in await held(bench, f"unreadable {ack.seq}"))

        await eventually(dead)
        [row] = await held(bench, f"unreadable {ack.seq}")
    assert row["tries"] == 3
    assert reason in row["error"]
