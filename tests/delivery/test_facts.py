"""Facts leave once they are committed, and take effect once and in order."""

import asyncio
from random import Random
from uuid import UUID

import pytest

from shared import database
from shared.messages import Accepted, Envelope, uuid7
from shared.outbox import keep_stated, state
from shared.testing import eventually
from tests.delivery import ledger, reader
from tests.delivery.bench import Bench
from tests.delivery.ledger import FAULTY, Booked


async def book(bench: Bench, account: UUID, *amounts: int) -> None:
    for amount in amounts:
        assert isinstance(await bench.ask(account, amount), Accepted)


async def in_stream(bench: Bench, account: UUID) -> list[int]:
    js = bench.client.jetstream()
    last = (await js.stream_info("FACTS")).state.last_seq
    found = []
    for sequence in range(1, last + 1):
        message = await js.get_msg("FACTS", sequence)
        try:
            envelope = Envelope.model_validate_json(message.data or b"")
        except ValueError:
            continue
        if envelope.subject == account:
            found.append(envelope.sequence)
    return found


async def test_a_crash_between_commit_and_acknowledgement_repeats_nothing(bench: Bench) -> None:
    account = uuid7()
    async with bench.running(ledger.service):
        await book(bench, account, 1)
        dying = asyncio.create_task(bench.dying("before-acknowledging", "reader"))
        await bench.noted(account, [1])
        assert await dying == -9, "it died by its own hand, after the commit"
        async with bench.running(reader.service):
            await book(bench, account, 1)
            await bench.noted(account, [1, 2])

            async def all_acknowledged() -> bool:
                info = await bench.client.jetstream().consumer_info("FACTS", "reader")
                return bool(info.num_ack_pending == 0 and info.num_pending == 0)

            await eventually(all_acknowledged)
    assert await bench.notes(account) == [1, 2]


async def test_a_fact_published_twice_takes_effect_once(bench: Bench) -> None:
    account = uuid7()
    async with bench.running(reader.service):
        for nth in (1, 2, 2, 1, 3):
            await bench.publish(account, nth)
        await bench.noted(account, [1, 2, 3])
    assert sorted(await in_stream(bench, account)) == [1, 1, 2, 2, 3]


async def test_hearing_everything_again_changes_nothing(bench: Bench) -> None:
    account, other = uuid7(), uuid7()
    async with bench.running(ledger.service):
        async with bench.running(reader.service):
            await book(bench, account, 1, 1, 1)
            await bench.noted(account, [1, 2, 3])
        before = await bench.rows("SELECT count(*) FROM reader.note")
        await bench.new_durable()
        async with bench.running(reader.service):
            await book(bench, other, 1)
            await bench.noted(other, [1])
    after = await bench.rows("SELECT count(*) FROM reader.note")
    assert after[0]["count"] == before[0]["count"] + 1


async def test_a_fact_that_comes_early_waits_for_the_one_before_it(bench: Bench) -> None:
    early, other = uuid7(), uuid7()
    async with bench.running(reader.service):
        await bench.publish(early, 3)
        await bench.publish(early, 2)
        await bench.publish(other, 1)
        await bench.noted(other, [1])
        assert await bench.notes(early) == []
        await bench.publish(early, 1)
        await bench.noted(early, [1, 2, 3])
    assert await bench.rows("SELECT FROM reader.held WHERE aggregate = $1", str(early)) == []


async def test_sixteen_writers_keep_each_account_in_order(bench: Bench) -> None:
    accounts = [uuid7() for _ in range(4)]

    async def writer(number: int) -> None:
        chance = Random(number)
        for _ in range(12):
            await book(bench, chance.choice(accounts), 1)

    async with (
        bench.running(ledger.service),
        bench.running(ledger.service),
        bench.running(reader.service),
        bench.running(reader.service),
    ):
        await asyncio.gather(*(writer(number) for number in range(16)))
        total = 0
        for account in accounts:
            rows = await bench.rows("SELECT bookings FROM ledger.account WHERE id = $1", account)
            await bench.noted(account, list(range(1, rows[0]["bookings"] + 1)))
            total += rows[0]["bookings"]
    assert total == 16 * 12
    for account in accounts:
        sequences = await in_stream(bench, account)
        assert sequences == list(range(1, len(sequences) + 1))


async def backlog(bench: Bench, account: UUID, count: int) -> None:
    """Facts that are stated and committed while no relay runs."""
    engine = database.engine(bench.settings("ledger"), pool_size=1)
    async with database.Sessions(engine)() as session:
        state(session, *(Booked(account=account, amount=1, nth=n + 1) for n in range(count)))
        await keep_stated(session, "hq")
        await session.commit()
    await engine.dispose()


@pytest.mark.parametrize("moment", ["mid-batch", "before-marking"])
async def test_a_relay_that_dies_loses_and_doubles_nothing(bench: Bench, moment: str) -> None:
    account = uuid7()
    await backlog(bench, account, 700)
    assert await bench.dying(moment, "ledger") == -9
    unsent = await bench.rows(
        "SELECT count(*) FROM ledger.outbox WHERE aggregate = $1 AND sent_at IS NULL", account
    )
    assert unsent[0]["count"] == 700, "nothing was marked before it died"
    async with bench.running(ledger.service), bench.running(reader.service):
        await bench.noted(account, list(range(1, 701)))
    assert list(dict.fromkeys(await in_stream(bench, account))) == list(range(1, 701))


async def test_what_is_rolled_back_is_never_stated(bench: Bench) -> None:
    account = uuid7()
    async with bench.running(ledger.service), bench.running(reader.service):
        await bench.ask(account, FAULTY)
        await book(bench, account, 1)
        await bench.noted(account, [1])
    assert await in_stream(bench, account) == [1]
