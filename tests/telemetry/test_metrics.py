"""What each process counts, named as Prometheus wants it, and nothing personal in it."""

import json
import re
import sys
from asyncio import create_subprocess_exec
from subprocess import PIPE

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.home import SERVICES
from services.gateway.app import create_app
from services.gateway.site import Site
from shared.broker import durables
from shared.messages import uuid7
from shared.testing import eventually
from tests.conftest import settings_of
from tests.running import TONGXIN
from tests.telemetry.conftest import Watched
from tests.telemetry.promlint import problems

GOOD = {"title": "题目", "body": "数一数", "category": "safety"}
AN_ID = re.compile(r"[0-9a-f]{8}-|[0-9a-f]{16}|D\d{4}")
FLAWED = """\
# HELP tongxin_thing_ms A thing.
# TYPE tongxin_thing_ms gauge
tongxin_thing_ms 1
# TYPE tongxin_counter counter
tongxin_counter 1
# HELP tongxin_things_total Things.
# TYPE tongxin_things_total gauge
tongxin_things_total{quantile="1"} 1
"""


def values(exposition: str, name: str, /, **labels: str) -> list[float]:
    """Of the samples with this name and at least these labels."""
    return [
        sample.value
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]


def value(exposition: str, name: str, /, **labels: str) -> float:
    """Of the one sample; 0 when there is none."""
    found = values(exposition, name, **labels)
    assert len(found) < 2, found
    return found[0] if found else 0.0


@pytest.mark.parametrize("service", SERVICES)
async def test_names_and_types_are_as_prometheus_wants_them(watched: Watched, service: str) -> None:
    await watched.ask("worker", "democracy/submit-proposal", GOOD)
    assert problems(await watched.metrics(service)) == []


def test_the_check_of_names_finds_what_is_wrong() -> None:
    said = " ".join(problems(FLAWED))
    for flaw in ("abbreviated", "help", "repeats", "end in _total", "kept for histograms"):
        assert flaw in said


async def test_a_command_is_counted_where_it_passes(watched: Watched) -> None:
    async def counts() -> list[float]:
        gateway, democracy = await watched.metrics("gateway"), await watched.metrics("democracy")
        asked = {"service": "democracy", "name": "submit-proposal"}
        route = {"method": "POST", "route": "/api/v1/democracy/submit-proposal"}
        return [
            value(gateway, "tongxin_http_requests_total", **route, status="2xx"),
            value(gateway, "tongxin_http_request_duration_seconds_count", **route),
            value(democracy, "tongxin_commands_total", **asked, outcome="accepted"),
            value(democracy, "tongxin_command_duration_seconds_count", **asked),
            value(democracy, "tongxin_facts_relayed_total"),
            value(democracy, "tongxin_relay_batch_facts_sum"),
            value(gateway, "tongxin_facts_taken_total", stream="FACTS"),
        ]

    before = await counts()
    answer = await watched.ask("worker", "democracy/submit-proposal", GOOD)
    assert answer.status_code == 201
    expected = [count + 1 for count in before]

    async def counted() -> bool:
        now = await counts()
        assert now[:4] == expected[:4], (before, now)
        # Other facts may have passed meanwhile.
        assert all(n >= e for n, e in zip(now[4:], expected[4:], strict=True)), (before, now)
        return True

    await eventually(counted)


async def test_refusals_and_queries_are_counted_by_their_outcome(watched: Watched) -> None:
    body = {"proposal": "01a2082a-5b86-745c-97fe-b943daac0914"}
    asked = {"service": "democracy", "name": "support-proposal", "outcome": "refused"}
    before = value(await watched.metrics("democracy"), "tongxin_commands_total", **asked)
    await watched.ask("officer", "democracy/support-proposal", body)
    assert value(await watched.metrics("democracy"), "tongxin_commands_total", **asked) == (
        before + 1
    )

    told = {"service": "membership", "name": "heads", "outcome": "told"}
    before = value(await watched.metrics("membership"), "tongxin_queries_total", **told)
    answer = await watched.client.get(
        f"{watched.home.url}/api/v1/membership/heads?on=2024-06-01",
        headers={"Authorization": f"Bearer {watched.tokens['officer']}"},
    )
    assert answer.status_code == 200
    assert value(await watched.metrics("membership"), "tongxin_queries_total", **told) == before + 1


async def test_what_waits_at_the_desk_is_counted_by_reason_and_names_nobody(
    watched: Watched,
) -> None:
    told = {"employee": "T-left-first", "on": "2024-05-01"}
    event = {
        "specversion": "1.0",
        "id": "left-first",
        "source": "/hr/telemetry",
        "type": "hr.employee-left",
        "data": told,
    }
    waiting = {"service": "membership", "reason": "not-employed"}
    before = value(await watched.metrics("membership"), "tongxin_unfit_events", **waiting)
    headers = {"Authorization": f"Bearer {watched.tokens['hr']}"}
    headers["Content-Type"] = "application/cloudevents+json"
    url = f"{watched.home.url}/hooks/hr"
    answer = await watched.client.post(url, content=json.dumps(event), headers=headers)
    assert answer.status_code < 300, answer.text

    async def seen() -> bool:
        said = await watched.metrics("membership")
        assert "left-first" not in said
        return value(said, "tongxin_unfit_events", **waiting) == before + 1

    await eventually(seen)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_process_tells_how_it_is(watched: Watched, service: str) -> None:
    def calm(said: str) -> bool:
        return value(said, "tongxin_ready") == 1 and not any(
            number
            for name in (
                "tongxin_held_facts",
                "tongxin_dead_facts",
                "tongxin_durable_pending_messages",
                "tongxin_outbox_unsent_facts",
            )
            for number in values(said, name)
        )

    async def quiet() -> bool:
        said = await watched.metrics(service)
        assert calm(said), said
        return True

    await eventually(quiet)
    said = await watched.metrics(service)
    heard = [durable.stream for durable in durables(watched.home.site) if durable.name == service]
    for stream in heard:
        assert value(said, "tongxin_durable_listening", stream=stream) == 1
    assert len(values(said, "tongxin_durable_pending_messages")) == len(heard)
    assert value(said, "tongxin_database_connections_limit") > value(
        said, "tongxin_database_connections_in_use"
    )
    if sys.platform == "linux":
        assert value(said, "process_resident_memory_bytes") > 2**20
    for path in ("/livez", "/readyz"):
        assert (await watched.ops(service, path)).status_code == 200
    assert (await watched.ops(service, "/other")).status_code == 404


async def test_no_label_holds_an_id_a_path_or_a_person(watched: Watched) -> None:
    id = (await watched.ask("worker", "democracy/submit-proposal", GOOD)).json()["id"]
    for path in (f"/no/such/{id}", f"/proposals?q={id}", "/api/v1/views/person?employee=D0046"):
        await watched.client.get(watched.home.url + path)
    await watched.client.request("BREW", watched.home.url + "/")
    for service in SERVICES:
        for family in text_string_to_metric_families(await watched.metrics(service)):
            for sample in family.samples:
                told = {k: v for k, v in sample.labels.items() if not AN_ID.search(v)}
                assert told == sample.labels
                assert sample.labels.get("service", service) == service


async def test_the_gateway_tells_its_metrics_at_its_own_port_on_loopback_only(
    watched: Watched,
) -> None:
    answer = await watched.client.get(f"{watched.home.url}/metrics")
    assert answer.status_code == 200
    assert problems(answer.text) == []
    assert value(answer.text, "tongxin_ready") == 1

    settings = settings_of(watched.home, "gateway")
    behind_a_front = settings.model_copy(update={"url": "https://tongxin.example"})
    app = create_app(Site(behind_a_front))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://tongxin.example"
    ) as client:
        assert (await client.get("/metrics")).status_code == 404


async def test_status_says_where_the_metrics_are(watched: Watched) -> None:
    process = await create_subprocess_exec(
        TONGXIN,
        "status",
        "--json",
        env={"TONGXIN_HOME": str(watched.home.path), "TONGXIN_PORT": str(watched.home.port)},
        stdout=PIPE,
    )
    said = json.loads((await process.communicate())[0])
    assert set(said["ops"]) == set(SERVICES)
    for address in said["ops"].values():
        assert (await watched.client.get(f"{address}/metrics")).status_code == 200


async def test_what_hrs_list_and_the_roll_differ_in_is_a_gauge_of_plant_and_kind(
    watched: Watched,
) -> None:
    line = {"kind": "unknown-to-us", "employee": "T-on-the-list", "name": "某"}
    said = {"comparison": str(uuid7()), "on": "2024-05-01", "lines": [line], "last": True}
    headers = {"Authorization": f"Bearer {watched.tokens['hr']}"}
    url = f"{watched.home.url}/api/v1/membership/note-drift"
    answer = await watched.client.post(url, json=said, headers=headers)
    assert answer.status_code == 201, answer.text

    async def seen() -> bool:
        told = await watched.metrics("membership")
        assert "T-on-the-list" not in told
        of = {"service": "membership", "plant": "company"}
        return (
            value(told, "tongxin_drift_open", **of, kind="unknown-to-us") == 1
            and value(told, "tongxin_drift_open", **of, kind="moved") == 0
        )

    await eventually(seen)
