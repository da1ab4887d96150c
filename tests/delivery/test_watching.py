"""What is seen from outside of services at work: spans, metrics and log lines, on the toys."""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from deploy.local.home import free_port
from shared.exporting import Sender
from shared.messages import Accepted, Failed, uuid7
from shared.service import Running, Service
from shared.testing import eventually
from shared.tracing import ENDPOINT, span, trace_id, traceparent, tracing
from tests.conftest import ROOT
from tests.delivery import ledger, reader
from tests.delivery.bench import Bench
from tests.delivery.ledger import FAULTY
from tests.delivery.reader import POISONED
from tests.telemetry.receiver import Seen, endpoint

WORDS = b"a fault of the service"


async def seen_at(port: int, name: str) -> float:
    """The sum of the samples of this name that a process tells."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://127.0.0.1:{port}/metrics", timeout=10)
    return sum(
        sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.name == name
    )


def watched(bench: Bench, toy: Service, port: int) -> Running:
    return Running(toy, bench.settings(toy.name).model_copy(update={"ops_port": port}))


async def test_two_services_in_one_process_count_apart(bench: Bench) -> None:
    ports = free_port(), free_port()
    account = uuid7()
    async with (
        watched(bench, ledger.service, ports[0]),
        watched(bench, reader.service, ports[1]),
    ):
        assert isinstance(await bench.ask(account, 5), Accepted)
        await bench.noted(account, [1])
        assert await seen_at(ports[0], "tongxin_commands_total") == 1
        await eventually(lambda: seen_at(ports[1], "tongxin_facts_taken_total"))
        assert await seen_at(ports[1], "tongxin_commands_total") == 0


async def test_a_port_that_is_taken_keeps_nobody_from_work(bench: Bench) -> None:
    port = free_port()
    async with watched(bench, ledger.service, port):
        with capture_logs() as said:
            async with watched(bench, ledger.service, port):
                assert isinstance(await bench.ask(uuid7(), 5), Accepted)
    assert [line["port"] for line in said if line["event"] == "no ops port"] == [port]


async def test_a_service_whose_database_is_away_lives_and_is_not_ready(
    bench: Bench, tmp_path: Path
) -> None:
    port = free_port()
    away = f"postgresql+asyncpg://reader@/tongxin?host={tmp_path}"
    settings = bench.settings("reader").model_copy(update={"ops_port": port, "database_url": away})
    running = Running(reader.service, settings)
    # It may wait for its database before it begins to work, or later.
    coming = asyncio.create_task(running.__aenter__())
    try:
        async with httpx.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{port}") as http:

            async def lives() -> bool:
                return (await http.get("/livez")).status_code == 200

            await eventually(lives)
            assert (await http.get("/readyz", timeout=10)).status_code == 503
            said = (await http.get("/metrics", timeout=10)).text
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
        await running.__aexit__()
    assert 'tongxin_ready{service="reader"} 0.0' in said
    assert "tongxin_dead_facts{" not in said


async def test_held_and_dead_facts_are_told(bench: Bench) -> None:
    port, account = free_port(), uuid7()
    # Other tests may have left some of theirs.
    [left] = await bench.rows("SELECT count(*) AS held FROM reader.held WHERE dead_at IS NULL")
    await bench.mood(broken=True)
    async with (
        watched(bench, ledger.service, 0),
        watched(bench, reader.service, port),
    ):
        await bench.ask(account, POISONED)

        async def one_more() -> bool:
            return bool(await seen_at(port, "tongxin_held_facts") == left["held"] + 1)

        await eventually(one_more)
        await bench.mood(broken=False)
        await bench.noted(account, [1])

        async def none_left() -> bool:
            return bool(await seen_at(port, "tongxin_held_facts") == left["held"])

        await eventually(none_left)


@pytest.mark.parametrize(
    "parent", [None, "", "nonsense", "00-" + "0" * 32 + "-1234567890abcdef-01"]
)
def test_without_an_endpoint_a_span_has_ids_and_begins_its_own_trace(parent: str | None) -> None:
    with span("one", parent=parent), span("within") as inner:
        here = traceparent()
        assert here is not None
        version, trace, id, flags = here.split("-")
        assert (version, flags) == ("00", "00")
        assert trace == trace_id() != "0" * 32
        assert int(id, 16) == inner.get_span_context().span_id != 0
        assert not inner.is_recording()
    assert trace_id() is None


def test_a_span_goes_on_with_the_trace_that_it_is_given() -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    with span("one", parent=f"00-{trace}-00f067aa0ba902b7-01"):
        assert (traceparent() or "").startswith(f"00-{trace}-")
        assert "00f067aa0ba902b7" not in (traceparent() or "")


def test_who_sends_no_spans_does_not_load_what_sends_them() -> None:
    look = (
        "import sys, services.gateway.app, services.democracy.app;"
        "sys.exit(any(name.startswith('opentelemetry.sdk') for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", look], check=True, cwd=ROOT)


async def test_a_fault_is_a_failed_span_without_its_words(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with endpoint() as (address, received):
        monkeypatch.setenv(ENDPOINT, address)
        with tracing("toys", "hq"):
            async with bench.running(ledger.service):
                assert isinstance(await bench.ask(uuid7(), FAULTY), Failed)
        (failed,) = [each for each in received.spans if each.name == "ledger.book"]
    assert failed.failed
    assert failed.attributes == {"tongxin.outcome": "failed", "error.type": "RuntimeError"}
    assert WORDS not in received.raw


async def test_a_fact_that_is_held_is_seen_in_the_trace_of_its_command(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = uuid7()
    await bench.mood(broken=True)
    with endpoint() as (address, received):
        monkeypatch.setenv(ENDPOINT, address)
        with tracing("toys", "hq"):
            async with bench.running(ledger.service), bench.running(reader.service):
                await bench.ask(account, POISONED)
                named: dict[str, Seen] = {}

                def held() -> bool:
                    named.update({each.name: each for each in received.spans})
                    return "hold ledger.booked" in named

                await eventually(held)
                await bench.mood(broken=False)
                await bench.noted(account, [1])
    assert named["hold ledger.booked"].trace == named["ledger.book"].trace
    first = next(each for each in received.spans if each.kind == "consumer")
    assert first.attributes == {"error.type": "RuntimeError"}


async def test_an_endpoint_that_is_away_is_warned_of_once_and_costs_nobody_time(
    bench: Bench, tmp_path: Path
) -> None:
    told = {
        "TONGXIN_NATS_URL": bench.home.nats_url,
        "TONGXIN_DATABASE_URL": bench.settings("ledger").database_url,
        "TONGXIN_SECRETS": str(bench.home.path / "toys" / "ledger"),
        "PYTHONPATH": str(ROOT),
        ENDPOINT: f"http://127.0.0.1:{free_port()}",
    }
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from tests.delivery.ledger import service; service.run()",
            env=told,
            stdout=out,
            stderr=out,
        )
    try:
        await eventually(lambda: '"ready"' in log.read_text(), seconds=30)
        begun = time.monotonic()
        for amount in (5, 6, FAULTY):
            await bench.ask(uuid7(), amount)
        assert time.monotonic() - begun < 2
        await eventually(lambda: "spans not taken" in log.read_text(), seconds=30)
        await bench.ask(uuid7(), 7)
    finally:
        begun = time.monotonic()
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 20) == 0
    assert time.monotonic() - begun < 8
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["event"] for line in lines if line["level"] == "warning"] == ["spans not taken"]
    _a_failed_handler_is_logged_by_kind_and_place(lines)


def _a_failed_handler_is_logged_by_kind_and_place(lines: list[dict[str, str]]) -> None:
    (fault,) = [line for line in lines if line["event"] == "handler failed"]
    assert fault["error"] == "RuntimeError"
    assert "ledger.py:" in fault["where"]
    answered = [line["trace_id"] for line in lines if line["event"] == "answered"]
    assert answered.count(fault["trace_id"]) == 1
    assert len(set(answered)) == len(answered)
    assert WORDS.decode() not in json.dumps(lines)


def test_a_sender_that_fails_says_so_once_a_minute() -> None:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    nobody = OTLPSpanExporter(endpoint=f"http://127.0.0.1:{free_port()}", timeout=0.01)
    sender = Sender(nobody)
    with capture_logs() as said:
        for _ in range(3):
            sender.export([])
    assert [line["event"] for line in said] == ["spans not taken"]
