"""`tongxin rebuild` on a running site: the same rows, whatever was done to them, under load too."""

import asyncio
import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from deploy.local.dead import REBUILDING
from shared.messages import uuid7
from shared.testing import eventually
from tests.operator.conftest import Operated
from tests.running import TONGXIN


async def test_the_views_of_an_untouched_site_are_what_its_facts_amount_to(
    operated: Operated,
) -> None:
    await operated.quiet()
    before = await operated.views()
    for words in (["rebuild", "--check"], ["rebuild"]):
        told = await operated.told(*words)
        assert (told["differences"], told["differing"]) == ([], 0)
        assert told["facts"] > 1000
        assert told["rows"] == sum(map(len, before.values()))
    assert await operated.views() == before
    assert not await operated.admin.fetchval("SELECT to_regnamespace('views_new')")


async def test_a_unit_that_was_told_again_for_where_it_lies_is_rebuilt_as_it_is(
    operated: Operated,
) -> None:
    for said in ({"province": "CN-ZJ"}, {"province": "CN-SX", "on": "2026-06-01"}, {}):
        answer = await operated.clients["it"].post(
            "/api/v1/membership/set-province", json={"unit": "demo-qinghe"} | said
        )
        assert answer.status_code == 201, answer.text
    await operated.quiet()
    before = await operated.views()
    told = await operated.told("rebuild")
    assert (told["differences"], told["differing"]) == ([], 0)
    assert await operated.views() == before


async def test_planted_differences_are_named_and_then_mended(operated: Operated) -> None:
    await operated.quiet()
    before = await operated.views()
    admin = operated.admin
    changed = await admin.fetchval(
        "UPDATE views.proposal SET supports = supports + 7, title = 'not what was said'"
        " WHERE id = (SELECT id FROM views.proposal LIMIT 1) RETURNING id"
    )
    lost = await admin.fetchval(
        "DELETE FROM views.stay WHERE person = (SELECT person FROM views.stay LIMIT 1)"
        " RETURNING person"
    )
    surplus = uuid7()
    await admin.execute(
        "INSERT INTO views.post SELECT $1, person, role, unit, during FROM views.post LIMIT 1",
        surplus,
    )
    planted = await operated.views()

    told = await operated.told("rebuild", "--check", code=3)
    found = {each["table"]: each for each in told["differences"]}
    assert set(found) == {"proposal", "stay", "post"}
    assert (found["proposal"]["changed"], found["proposal"]["ids"]) == (1, [str(changed)])
    assert found["stay"]["missing"] >= 1
    assert all(id.startswith(str(lost)) for id in found["stay"]["ids"])
    assert (found["post"]["surplus"], found["post"]["ids"]) == (1, [str(surplus)])
    assert "not what was said" not in json.dumps(told), "ids only"
    assert await operated.views() == planted, "a check changes nothing"

    code, out, _ = await operated.run("rebuild")
    assert code == 0
    assert f"post: 0 missing, 1 too many, 0 changed: {surplus}" in out
    assert f"{told['differing']} rows mended" in out
    assert await operated.views() == before
    assert (await operated.told("rebuild", "--check"))["differing"] == 0
    assert "views mended" in (operated.home.logs / "operator.log").read_text()


async def test_views_that_lost_everything_even_their_positions_are_filled_again(
    operated: Operated,
) -> None:
    await operated.quiet()
    before = await operated.views()
    names = ", ".join(f"views.{name}" for name in before)
    await operated.admin.execute(f"TRUNCATE {names}")
    told = await operated.told("rebuild")
    assert told["differing"] == sum(map(len, before.values()))
    assert await operated.views() == before
    answer = await operated.clients["worker"].post(
        "/api/v1/democracy/submit-proposal",
        json={"title": "after", "body": "it goes on", "category": "production"},
    )
    assert answer.status_code == 201
    assert "view" not in answer.headers, "the view shows it at once"


async def test_under_load_nobody_meets_a_fault_and_everything_is_there_once(
    operated: Operated,
) -> None:
    accepted: Counter[str] = Counter()
    statuses: Counter[int] = Counter()
    async with _load(operated, accepted, statuses):
        for number in range(4):
            done = sum(accepted.values())
            if number % 2:
                await operated.admin.execute("UPDATE views.person SET member_since = NULL")
            told = await operated.told("rebuild")
            tables = {each["table"] for each in told["differences"]}
            assert tables == ({"person"} if number % 2 else set())
            assert told["paused"] < 5
            assert sum(accepted.values()) > done, "people went on meanwhile"
    assert set(statuses) <= {200, 201}, statuses
    await operated.quiet()
    rows = await operated.admin.fetch("SELECT title FROM views.proposal WHERE title LIKE 'load %'")
    assert Counter(row["title"] for row in rows) == accepted
    assert set(accepted.values()) == {1}
    assert (await operated.told("rebuild", "--check"))["differing"] == 0


@asynccontextmanager
async def _load(
    operated: Operated, accepted: Counter[str], statuses: Counter[int]
) -> AsyncIterator[None]:
    """Six who submit and support, and two who read, until the block ends."""
    stop = asyncio.Event()

    async def write(number: int) -> None:
        count = 0
        while not stop.is_set():
            count += 1
            title = f"load {number} {count}"
            body = {"title": title, "body": "said under load", "category": "production"}
            answer = await operated.clients["worker"].post(
                "/api/v1/democracy/submit-proposal", json=body
            )
            statuses[answer.status_code] += 1
            if answer.status_code == 201:
                accepted[title] += 1
                answer = await operated.clients["officer"].post(
                    "/api/v1/democracy/support-proposal", json={"proposal": answer.json()["id"]}
                )
                statuses[answer.status_code] += 1

    async def read(path: str) -> None:
        while not stop.is_set():
            answer = await operated.clients["officer"].get(path)
            statuses[answer.status_code] += 1
            assert answer.json(), path

    work = [asyncio.create_task(write(number)) for number in range(6)]
    work += [
        asyncio.create_task(read(path))
        for path in ("/api/v1/views/proposals?limit=100", "/api/v1/views/plant?unit=demo-qinghe")
    ]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*work)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
async def test_an_interrupted_rebuild_leaves_the_views_alone_and_the_next_one_works(
    operated: Operated, how: signal.Signals
) -> None:
    await operated.quiet()
    before = await operated.views()
    admin = operated.admin
    process = await asyncio.create_subprocess_exec(
        TONGXIN,
        "rebuild",
        env=os.environ
        | {"TONGXIN_HOME": str(operated.home.path), "TONGXIN_PORT": str(operated.home.port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )

    async def under_way() -> bool:
        return bool(await admin.fetchval("SELECT to_regclass('views_new.position') IS NOT NULL"))

    await eventually(under_way, seconds=30, every=0.005)
    process.send_signal(how)
    said, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode != 0, said
    assert await operated.views() == before
    left = await admin.fetchval("SELECT to_regnamespace('views_new') IS NOT NULL")
    assert left == (how is signal.SIGKILL), f"who was asked to stop tidies up: {said!r}"

    async def unlocked() -> bool:
        free = await admin.fetchval(f"SELECT pg_try_advisory_lock({REBUILDING})")
        if free:
            await admin.execute(f"SELECT pg_advisory_unlock({REBUILDING})")
        return bool(free)

    await eventually(unlocked)
    assert (await operated.told("rebuild"))["differing"] == 0
    assert await operated.views() == before
    assert not await under_way()


async def test_a_stream_that_lacks_facts_is_no_ground_to_rebuild_on(operated: Operated) -> None:
    await operated.quiet()
    lost = uuid7()
    await operated.admin.execute("INSERT INTO membership.aggregate VALUES ($1, 2)", lost)
    await operated.admin.execute("INSERT INTO views.position VALUES ($1, 2, 'membership')", lost)
    before = await operated.views()
    try:
        code, _, errors = await operated.run("rebuild")
        assert code == 1
        assert f"{lost} (not in the stream)" in errors
        assert await operated.views() == before
    finally:
        await operated.admin.execute("DELETE FROM membership.aggregate WHERE id = $1", lost)
    told = await operated.told("rebuild")
    assert [each["ids"] for each in told["differences"]] == [[f"{lost} membership"]]


async def test_two_rebuilds_do_not_meet(operated: Operated) -> None:
    await operated.admin.execute(f"SELECT pg_advisory_lock({REBUILDING})")
    try:
        code, _, errors = await operated.run("rebuild")
    finally:
        await operated.admin.execute(f"SELECT pg_advisory_unlock({REBUILDING})")
    assert code == 1
    assert errors.endswith(
        "tongxin: A rebuild is at work already, or a skip; wait until it is done.\n"
    )
