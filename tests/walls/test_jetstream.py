"""JetStream: a service reads its own durable, the provisioner has the rest."""

from collections.abc import AsyncIterator, Iterator
from itertools import product

import pytest
from nats.js.errors import APIError

from deploy.local.home import NATS_USERS, Home
from shared.broker import durables, durables_outside, streams
from tests.walls.broker import PUBLISH, all_tried, nats_alone, plain, user_of
from tests.walls.subjects import OTHER_SITE
from tests.walls.tries import Judged, Try, judged

HEARS = {
    "membership": {"HR", "FACTS"},
    "democracy": {"FACTS"},
    "training": {"FACTS"},
    "welfare": {"FACTS", "CARE"},
    "gateway": {"FACTS"},
    "hr": {"HRBACK"},
}
"""Each by a durable of its own name."""
ACKS = (
    "$JS.ACK.{stream}.{durable}.1.1.1.1.0",
    "$JS.ACK.{domain}.hash.{stream}.{durable}.1.1.1.1.0",
    "$JS.ACK.{domain}.hash.{stream}.{durable}.1.1.1.1.0.random",
)
ITS_OWN = (
    "$JS.API.CONSUMER.INFO.{stream}.{durable}",
    "$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}",
    *ACKS,
)
SITE = "hq"

# nats-server 2.15, jetstream_api.go; the domain's form of each begins with `$JS.<domain>.API`.
OF_THE_SERVER = (
    "INFO",
    "STREAM.NAMES",
    "STREAM.LIST",
    "META.LEADER.STEPDOWN",
    "META.RESCUE",
    "SERVER.REMOVE",
    "SERVER.EVACUATE",
    "ACCOUNT.PURGE.SITE",
    "ACCOUNT.STREAM.MOVE.SITE.{stream}",
    "ACCOUNT.STREAM.CANCEL_MOVE.SITE.{stream}",
)
OF_A_STREAM = (
    "STREAM.CREATE.{stream}",
    "STREAM.UPDATE.{stream}",
    "STREAM.INFO.{stream}",
    "STREAM.DELETE.{stream}",
    "STREAM.PURGE.{stream}",
    "STREAM.SNAPSHOT.{stream}",
    "STREAM.RESTORE.{stream}",
    "STREAM.MSG.GET.{stream}",
    "STREAM.MSG.DELETE.{stream}",
    "STREAM.PEER.REMOVE.{stream}",
    "STREAM.PEER.EVACUATE.{stream}",
    "STREAM.LEADER.STEPDOWN.{stream}",
    "STREAM.CANCEL_MOVE.{stream}",
    "DIRECT.GET.{stream}",
    "DIRECT.GET.{stream}.events.hq.membership.person-placed",
    "CONSUMER.CREATE.{stream}",
    "CONSUMER.NAMES.{stream}",
    "CONSUMER.LIST.{stream}",
)
OF_A_DURABLE = (
    "CONSUMER.CREATE.{stream}.{durable}",
    "CONSUMER.CREATE.{stream}.{durable}.events.hq.membership.person-placed",
    "CONSUMER.DURABLE.CREATE.{stream}.{durable}",
    "CONSUMER.INFO.{stream}.{durable}",
    "CONSUMER.DELETE.{stream}.{durable}",
    "CONSUMER.PAUSE.{stream}.{durable}",
    "CONSUMER.RESET.{stream}.{durable}",
    "CONSUMER.UNPIN.{stream}.{durable}",
    "CONSUMER.LEADER.STEPDOWN.{stream}.{durable}",
    "CONSUMER.PEER.REMOVE.{stream}.{durable}",
    "CONSUMER.PEER.EVACUATE.{stream}.{durable}",
    "CONSUMER.MSG.NEXT.{stream}.{durable}",
)


def api(site: str) -> Iterator[str]:
    """Every subject of the API, for every stream and durable, in every domain's form."""
    names = sorted({str(stream.name) for stream in streams(site)} | {"CARE", "INTRUDER"})
    readers = sorted({*NATS_USERS, *HEARS, "intruder"})
    for root in ("$JS.API", f"$JS.{site}.API", f"$JS.{OTHER_SITE}.API"):
        for form in (*OF_THE_SERVER, *OF_A_STREAM, *OF_A_DURABLE):
            for stream, durable in product(names, readers):
                yield f"{root}.{form}".format(stream=stream, durable=durable)
    for form in (*ACKS, "$JS.FC.{stream}.{durable}.intruder"):
        for stream, durable, domain in product(names, readers, (site, OTHER_SITE)):
            yield form.format(stream=stream, durable=durable, domain=domain)


def lawful(each: Try) -> bool:
    what = plain(each.what, SITE)
    if each.who == "provisioner":
        return what.startswith("$JS.API.")
    return what in {
        form.format(stream=stream, durable=each.who, domain=SITE)
        for stream in HEARS.get(each.who, ())
        for form in ITS_OWN
    }


async def _judged(home: Home) -> Judged:
    return judged(await all_tried(home, ((PUBLISH, subject) for subject in api(home.site))), lawful)


@pytest.fixture(scope="module")
async def alone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    async with nats_alone(tmp_path_factory.mktemp("jetstream") / "home") as home:
        yield home


async def test_a_user_has_of_the_api_what_its_own_durable_needs(alone: Home) -> None:
    (await _judged(alone)).must_be_lawful("JetStream, user by API subject")


async def test_a_durable_is_read_and_acknowledged_by_its_own_service(alone: Home) -> None:
    for durable in (*durables(alone.site), *durables_outside(alone.site)):
        subject = durable.filters[0].replace(">", "tried")
        others = {"HR": "gateway", "HRBACK": "gateway", "CARE": "membership"}
        teller = others.get(durable.stream) or subject.split(".")[2]
        async with user_of(alone, teller) as client:
            await client.jetstream().publish(subject, durable.name.encode())
        async with user_of(alone, durable.name) as client:
            js = client.jetstream()
            pull = await js.pull_subscribe_bind(durable.name, durable.stream)
            for message in await pull.fetch(100, timeout=5):
                await message.ack_sync(timeout=5)
            info = await js.consumer_info(durable.stream, durable.name)
            assert message.data == durable.name.encode()
            assert (info.num_pending, info.num_ack_pending) == (0, 0)


async def test_hr_tells_its_stream_and_is_told_that_it_was_kept(alone: Home) -> None:
    async with user_of(alone, "hr") as hr:
        kept = await hr.jetstream().publish(f"events.{alone.site}.hr.employee-hired", b"{}")
        assert (kept.stream, kept.seq > 0) == ("HR", True)


async def test_no_header_gives_a_writer_power_over_the_stream(alone: Home) -> None:
    """What JetStream would do for a header if the stream were told to allow it."""
    async with user_of(alone, "provisioner") as provisioner:
        before = (await provisioner.jetstream().stream_info("FACTS")).state.last_seq
        async with user_of(alone, "membership") as writer:
            for headers in (
                {"Nats-Rollup": "all"},
                {"Nats-Rollup": "sub"},
                {"Nats-TTL": "1s"},
                {"Nats-Incr": "+1"},
                {
                    "Nats-Schedule": "@every 1s",
                    "Nats-Schedule-Target": "events.hq.democracy.proposal-submitted",
                },
            ):
                with pytest.raises(APIError):
                    await writer.jetstream().publish(
                        "events.hq.membership.member-joined", b"{}", headers=headers
                    )
        state = (await provisioner.jetstream().stream_info("FACTS")).state
    assert state.last_seq == before


async def test_what_was_widened_is_seen_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    def widen(permissions: dict[str, dict[str, dict[str, list[str]]]]) -> None:
        permissions["democracy"]["publish"]["allow"] += [
            "$JS.API.STREAM.MSG.GET.FACTS",
            "$JS.ACK.FACTS.gateway.>",
        ]

    async with nats_alone(tmp_path_factory.mktemp("widened") / "home", widen) as home:
        seen = await _judged(home)
    assert seen.allows == {
        Try("democracy", PUBLISH, "$JS.API.STREAM.MSG.GET.FACTS"),
        Try("democracy", PUBLISH, "$JS.hq.API.STREAM.MSG.GET.FACTS"),
        Try("democracy", PUBLISH, "$JS.ACK.FACTS.gateway.1.1.1.1.0"),
    }
    assert not seen.refusals
