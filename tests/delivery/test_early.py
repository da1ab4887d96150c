"""What an answer brings takes effect ahead of the stream, once and in order, or is left to it."""

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import UUID

import pytest

from shared import publishing
from shared.facts import FactOpener, Heard
from shared.messages import Accepted, Stated, uuid7
from shared.outbox import Closing, close_commands
from shared.service import Running
from shared.testing import eventually
from tests.delivery import ledger, reader
from tests.delivery.bench import Bench
from tests.delivery.cell import Cell
from tests.delivery.ledger import Booked
from tests.delivery.mutants import MUTANTS
from tests.delivery.reader import POISONED

OPEN = FactOpener([Booked])


def opened(stated: Sequence[Stated]) -> list[Heard]:
    return [OPEN.again(one.subject, one.fact.encode(), 0) for one in stated]


def early(account: UUID, nth: int, *, amount: int = 1) -> Heard:
    """A fact as an answer would bring it."""
    fact = Booked(account=account, amount=amount, nth=nth)
    payload = fact.envelope(id=uuid7(), site="hq", sequence=nth, traceparent=None)
    return OPEN.again(fact.address("hq"), payload, 0)


async def booked(bench: Bench, account: UUID, amount: int = 1) -> list[Heard]:
    answer = await bench.ask(account, amount)
    assert isinstance(answer, Accepted)
    return opened(answer.stated)


async def listening(running: Running) -> None:
    async def is_so() -> bool:
        return running.ears[0].listening

    await eventually(is_so)


async def all_acknowledged(bench: Bench) -> None:
    async def nothing_owed() -> bool:
        info = await bench.client.jetstream().consumer_info("FACTS", "reader")
        return bool(info.num_ack_pending == 0 and info.num_pending == 0)

    await eventually(nothing_owed)


async def held(bench: Bench, account: UUID) -> list[int]:
    found = await bench.rows(
        "SELECT sequence FROM reader.held WHERE aggregate = $1 ORDER BY 1", str(account)
    )
    return [row["sequence"] for row in found]


async def test_an_answer_brings_what_the_outbox_holds_to_the_letter(bench: Bench) -> None:
    account, key = uuid7(), str(uuid7())
    async with bench.running(ledger.service):
        first = await bench.ask(account, 1, key)
        again = await bench.ask(account, 1, key)
    [row] = await bench.rows(
        "SELECT subject, payload FROM ledger.outbox WHERE aggregate = $1", account
    )
    assert isinstance(first, Accepted)
    assert first.stated == [Stated(subject=row["subject"], fact=row["payload"].decode())]
    assert isinstance(again, Accepted)
    assert again == first.model_copy(update={"stated": []}), "a copy is answered as it was stored"


async def test_it_takes_effect_while_the_stream_stands_still_and_once_for_all(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, go_on = uuid7(), asyncio.Event()
    publish = publishing.Publisher.publish

    async def waiting(publisher: Any, messages: Any) -> list[int]:
        await go_on.wait()
        return await publish(publisher, messages)

    monkeypatch.setattr(publishing.Publisher, "publish", waiting)
    async with bench.running(reader.service) as hearer, bench.running(ledger.service):
        await listening(hearer)
        for nth in (1, 2):
            hearer.ears[0].bring(await booked(bench, account))
            await bench.noted(account, list(range(1, nth + 1)))
        go_on.set()
        await all_acknowledged(bench)
        await booked(bench, account)
        await bench.noted(account, [1, 2, 3])
    assert await held(bench, account) == []


async def test_what_came_too_early_is_left_to_the_stream(bench: Bench) -> None:
    account = uuid7()
    async with bench.running(reader.service) as hearer:
        await listening(hearer)
        hearer.ears[0].bring([early(account, 2)])
        for nth in (1, 2):
            await bench.publish(account, nth)
        await bench.noted(account, [1, 2])
    assert await held(bench, account) == []


async def test_what_fails_is_left_to_the_stream_and_blocks_its_own_there(bench: Bench) -> None:
    account = uuid7()
    await bench.mood(broken=True)
    async with bench.running(reader.service) as hearer:
        await listening(hearer)
        hearer.ears[0].bring([early(account, 1, amount=POISONED)])
        await bench.publish(account, 1, amount=POISONED)

        async def is_held() -> bool:
            return await held(bench, account) == [1]

        await eventually(is_held)
        hearer.ears[0].bring([early(account, 2)])
        await bench.publish(account, 2)
        await bench.mood(broken=False)
        await bench.noted(account, [1, 2])


async def both_ways(bench: Bench, seed: int) -> list[str]:
    """Many bookings that come by answer and by stream, in whatever order; what went wrong."""
    random, accounts = Random(seed), [uuid7() for _ in range(5)]
    async with bench.running(ledger.service), bench.running(reader.service) as hearer:
        await listening(hearer)

        async def one(account: UUID) -> None:
            for _ in range(20):
                facts = await booked(bench, account)
                await asyncio.sleep(random.choice([0, 0, 0.01, 0.03]))
                hearer.ears[0].bring(facts)

        await asyncio.gather(*map(one, accounts))
        await all_acknowledged(bench)

        async def all_there() -> bool:
            return all([len(await bench.notes(account)) >= 20 for account in accounts])

        await eventually(all_there)
    wanted = list(range(1, 21))
    noted = [await bench.notes(account) for account in accounts]
    return [f"noted {each}" for each in noted if each != wanted]


@pytest.mark.parametrize("seed", range(3))
async def test_whichever_way_is_quicker_each_takes_effect_once_and_in_order(
    bench: Bench, seed: int
) -> None:
    assert await both_ways(bench, seed) == []


async def test_taking_it_without_looking_at_its_place_is_seen(bench: Bench) -> None:
    with pytest.MonkeyPatch.context() as patch:
        MUTANTS["places_not_looked_at"](patch)
        assert await both_ways(bench, 1) != []


async def test_facts_with_a_road_of_their_own_are_in_no_answer(bench: Bench) -> None:
    class Whispered(Booked):
        road = "whispers.{site}.{service}.{fact}"

    fact = Whispered(account=uuid7(), amount=1, nth=1)
    running = bench.running(ledger.service)
    async with running.sessions() as session:
        closing = Closing(b"whispered", b"", Accepted(id=fact.account), [fact])
        answers = await close_commands(session, "hq", [closing])
        await session.rollback()
    await running.engine.dispose()
    answer = Accepted.model_validate_json(answers[b"whispered"])
    assert (len(answer.facts), answer.stated) == (1, [])


async def shown_at_once(cell: Cell, key: str) -> bool:
    """Whether a proposal is in the view as soon as it was accepted."""
    said = await cell.submit(key)
    assert said.status == 201, said
    row = await cell.rows("SELECT count(*) FROM views.proposal WHERE title = $1", key)
    return bool(row[0]["count"])


async def test_whoever_asked_sees_it_though_no_fact_leaves(cell: Cell) -> None:
    async with cell.mutated(democracy="nothing_leaves"):
        assert await shown_at_once(cell, "seen-at-once")
        async with cell.mutated(gateway="answers_bring_nothing"):
            assert not await shown_at_once(cell, "unseen-at-once")

    async def both() -> bool:
        row = await cell.rows("SELECT count(*) FROM views.proposal WHERE title LIKE '%at-once'")
        return bool(row[0]["count"] == 2)

    await eventually(both)
