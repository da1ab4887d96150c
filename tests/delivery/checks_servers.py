"""Checks of what servers do to the toys. Each returns what was violated, a sentence each."""

import asyncio
import shutil

from deploy.local import postgres
from shared.messages import Envelope, uuid7
from shared.settled import ask_health
from shared.testing import eventually
from tests.delivery import ledger, reader
from tests.delivery.bench import Bench
from tests.delivery.judging import against, booked, judged, provisioned, stated
from tests.delivery.toys import READER


async def broker_away(bench: Bench, *, seconds: float = 1.5) -> list[str]:
    """What was stated while NATS was away is sent afterwards, in order, once."""
    account = uuid7()
    async with bench.running(ledger.service), bench.running(reader.service):
        said = await booked(bench, account, 2)
        await bench.stop("nats")
        await stated(bench, account, 3, 4)
        await asyncio.sleep(seconds)
        bench.start("nats")
        await bench.connected()
        await stated(bench, account, 5)
        return said + await judged(bench, account, 5)


async def broker_away_at_the_start(bench: Bench, *, seconds: float = 5) -> list[str]:
    """Services that start before NATS work as soon as it is there."""
    account = uuid7()
    await bench.stop("nats")
    await stated(bench, account, 1, 2)
    reading, keeping = bench.running(reader.service), bench.running(ledger.service)
    starting = [asyncio.create_task(each.__aenter__()) for each in (reading, keeping)]
    early, _ = await asyncio.wait(starting, timeout=seconds)
    bench.start("nats")
    await bench.connected()
    said = []
    if any(task.exception() is None for task in early):
        said.append("a service was ready without NATS")
    _, waiting = await asyncio.wait(starting, timeout=15)
    if waiting or any(task.exception() for task in starting):
        said.append("a service did not start once NATS was there")
        for task in waiting:
            task.cancel()
        await asyncio.gather(*starting, return_exceptions=True)
    else:
        said += await judged(bench, account, 2)
    for each in (reading, keeping):
        await each.__aexit__()
    return said


async def stream_lost(bench: Bench) -> list[str]:
    """The provisioner notices a new stream; outboxes fill it; who reads anew has all in order."""
    account = uuid7()
    await provisioned(bench)
    async with bench.running(ledger.service), bench.running(reader.service):
        said = await booked(bench, account, 5)
        said += await judged(bench, account, 5)
        await bench.stop("nats")
        shutil.rmtree(bench.home.nats / "jetstream")
        bench.start("nats")
        await bench.connected()
        await stated(bench, account, 6)
        await provisioned(bench)
        await stated(bench, account, 7)
        said += await judged(bench, account, 7)
    js = bench.client.jetstream()
    last = (await js.stream_info("FACTS")).state.last_seq
    kept = []
    for sequence in range(1, last + 1):
        message = await js.get_msg("FACTS", sequence)
        envelope = Envelope.model_validate_json(message.data or b"")
        if envelope.subject == account:
            kept.append(envelope.sequence)
    return said + [f"the stream {each}" for each in against(sorted(set(kept)), 7)]


async def durable_lost(bench: Bench) -> list[str]:
    """Health says that it is gone; the provisioner puts it back; the reader goes on."""
    account = uuid7()
    said = []
    async with bench.running(ledger.service), bench.running(reader.service):
        said += await booked(bench, account, 3)
        said += await judged(bench, account, 3)
        await bench.client.jetstream().delete_consumer("FACTS", "reader")
        health = await ask_health(bench.client, "hq", "reader")
        if health is None or health.ready or health.durables[0].present:
            said.append("health did not notice that the durable is gone")
        await stated(bench, account, 4)
        if not any("FACTS/reader made" in line for line in await provisioned(bench)):
            said.append("the provisioner did not put it back")
        return said + await judged(bench, account, 4)


async def all_replayed(bench: Bench) -> list[str]:
    """Everything sent again past the window, and everything read again: no row changes."""
    account = uuid7()
    tables = ("reader.note", "reader.position", "ledger.account")

    async def now() -> list[object]:
        return [await bench.rows(f"SELECT * FROM {table} ORDER BY 1") for table in tables]

    async with bench.running(ledger.service), bench.running(reader.service):
        said = await booked(bench, account, 3)
        said += await judged(bench, account, 3)
        before = await now()
        js = bench.client.jetstream()
        first = (await js.stream_info("FACTS")).state.last_seq
        await bench.new_durable()
        # Under other message ids the stream's window lets them all in, as it would after it passed.
        await bench.rows("UPDATE ledger.outbox SET sent_at = NULL, fact = uuidv7()")
        said += await judged(bench, account, 3)
    if (await js.stream_info("FACTS")).state.last_seq < first + 3:
        said.append("nothing was sent again: the check itself is void")
    if await now() != before:
        said.append("hearing everything again changed a table")
    return said


async def sent_again_within_the_window(bench: Bench) -> list[str]:
    """Every outbox sends all it has again, soon after: the stream takes none of it twice, no row
    changes, and every place in the stream is marked as before."""
    account = uuid7()
    tables = ("reader.note", "reader.position", "ledger.account")
    places = "SELECT id, stream_sequence FROM ledger.outbox WHERE aggregate = $1 ORDER BY id"

    async def now() -> list[object]:
        return [await bench.rows(f"SELECT * FROM {table} ORDER BY 1") for table in tables]

    async with bench.running(ledger.service), bench.running(reader.service):
        said = await booked(bench, account, 3)
        said += await judged(bench, account, 3)
        before, placed = await now(), await bench.rows(places, account)
        js = bench.client.jetstream()
        last = (await js.stream_info("FACTS")).state.last_seq
        await bench.rows("UPDATE ledger.outbox SET sent_at = NULL WHERE aggregate = $1", account)
        said += await judged(bench, account, 3)
    if (await js.stream_info("FACTS")).state.last_seq != last:
        said.append("the stream took repeats")
    if await bench.rows(places, account) != placed:
        said.append("a place in the stream was marked otherwise")
    if await now() != before:
        said.append("sending everything again changed a table")
    return said


async def one_of_a_batch_seen(bench: Bench) -> list[str]:
    """A relay died before it marked one of a batch: the server refuses the next batch whole, for
    it has seen that one; all of it arrives all the same, in order, once."""
    account = uuid7()
    async with bench.running(ledger.service), bench.running(reader.service):
        said = await booked(bench, account, 3)
        said += await judged(bench, account, 3)
    await bench.rows(
        "UPDATE ledger.outbox SET sent_at = NULL WHERE aggregate = $1 AND sequence = 3", account
    )
    await stated(bench, account, *range(4, 61))
    js = bench.client.jetstream()
    last = (await js.stream_info("FACTS")).state.last_seq
    async with bench.running(ledger.service), bench.running(reader.service):
        said += await judged(bench, account, 60)
    if (await js.stream_info("FACTS")).state.last_seq > last + 57:
        said.append("the stream took repeats")
    return said


async def database_restarted(bench: Bench) -> list[str]:
    """PostgreSQL restarts under load: whoever asks again with the same key gets it done, once."""
    account = uuid7()
    async with bench.running(ledger.service), bench.running(reader.service):
        asking = [asyncio.create_task(booked(bench, account, 6)) for _ in range(4)]
        await bench.noted_any(account)
        await bench.stop("postgres")
        bench.start("postgres")
        await postgres.wait_until_up(bench.home)
        said = [line for lines in await asyncio.gather(*asking) for line in lines]
        # All of these may have been done before the restart; this one is not.
        said += await booked(bench, account, 1)
        return said + await judged(bench, account, 25)


async def connections_killed(bench: Bench) -> list[str]:
    """Every connection of the toys is terminated; nobody has to be restarted."""
    account = uuid7()
    async with bench.running(ledger.service), bench.running(reader.service):
        said = await booked(bench, account, 2)
        await bench.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename IN ('ledger', 'reader')"
        )
        said += await booked(bench, account, 2)
        return said + await judged(bench, account, 4)


async def long_transaction(bench: Bench) -> list[str]:
    """One transaction stays open with a fact of its own; other accounts' facts go on."""
    held_up, other = uuid7(), uuid7()
    slow = await postgres.connect(bench.home)
    transaction = slow.transaction()
    await transaction.start()
    try:
        await slow.execute("SET search_path TO ledger")
        await slow.execute("INSERT INTO aggregate (id, last) VALUES ($1, 1)", held_up)
        await slow.execute(
            "INSERT INTO outbox (fact, subject, aggregate, sequence, payload)"
            " VALUES ($1, 'events.hq.ledger.booked', $2, 1, '{}')",
            uuid7(),
            held_up,
        )
        async with bench.running(ledger.service), bench.running(reader.service):
            said = await booked(bench, other, 3)
            return said + await judged(bench, other, 3)
    finally:
        await transaction.rollback()
        await slow.close()


async def reader_settles(bench: Bench) -> None:
    """After a mutant: the true kernel takes what is left, so that the next test begins quiet."""
    async with bench.running(ledger.service), bench.running(reader.service):

        async def quiet() -> bool:
            rows = await bench.rows("SELECT count(*) FROM ledger.outbox WHERE sent_at IS NULL")
            info = await bench.client.jetstream().consumer_info("FACTS", READER.name)
            return not (rows[0]["count"] or info.num_pending or info.num_ack_pending)

        await eventually(quiet, seconds=30, every=0.1)
