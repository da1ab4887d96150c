"""NATS: the connection of a service, and the streams and durables of a site.

Streams and durables are declared here once. Only the provisioner's user may make them; it runs
at every start and every few seconds after that, and puts back what is gone or was changed.
"""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import nats
import structlog
from faststream.nats import NatsBroker
from faststream.security import SASLPlaintext
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import APIError, NotFoundError

from shared.settings import Settings

log = structlog.get_logger(__name__)

SERVICES = ("membership", "democracy", "training", "welfare")
ACK_WAIT = 30.0
BATCH = 1000
AT_ONCE: Mapping[str, int] = {"HR": 2000}
"""How many messages are taken together at most, of a stream that is not named here `BATCH`. Of HR's
flood many are about the same person, whose days are computed once a batch."""
CARE_DAYS = timedelta(days=30)
"""What is sensitive stays on the road no longer than its one reader may be away."""
BACK, BACK_DAYS = "HRBACK", timedelta(days=30)
"""What corporate HR is told back; the gateway fills it from a table of its own."""
STATED: Mapping[str, tuple[str, timedelta | None]] = {
    "FACTS": ("events", None),
    "CARE": ("care", CARE_DAYS),
}
"""The streams that outboxes fill: the first word of their subjects, and how long they keep."""

CONNECTION: dict[str, Any] = {
    # Never give up: a plant's server may be away for a day. `closed_cb` ends the process should
    # the client close all the same, and the supervisor starts a new one.
    "max_reconnect_attempts": -1,
    "reconnect_time_wait": 1,
    "connect_timeout": 5,
    "ping_interval": 10,
    "max_outstanding_pings": 2,
    # Nothing is kept while disconnected: a publish that was reported as failed must not be sent
    # after the caller went on.
    "pending_size": 0,
}


@dataclass(frozen=True)
class Durable:
    """A pull consumer, read in order by one holder, from the first message on."""

    stream: str
    name: str
    filters: tuple[str, ...]

    @property
    def at_once(self) -> int:
        return AT_ONCE.get(self.stream, BATCH)

    def config(self) -> ConsumerConfig:
        return ConsumerConfig(
            durable_name=self.name,
            filter_subjects=list(self.filters),
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT,
            max_deliver=-1,  # with a number the server would park a message without a word
            # Another batch is on its way while one is worked on.
            max_ack_pending=2 * self.at_once,
            deliver_policy=DeliverPolicy.ALL,
        )


def streams(site: str) -> list[StreamConfig]:
    """What a site keeps. FACTS has no age: it is the road that everything can be rebuilt along."""
    common: dict[str, Any] = {
        "retention": RetentionPolicy.LIMITS,
        "storage": StorageType.FILE,
        "discard": DiscardPolicy.NEW,
        "duplicate_window": timedelta(hours=2).total_seconds(),
        # Only the provisioner may ask for it, and does so when a person is erased.
        "deny_delete": False,
        "allow_atomic": True,
    }
    return [
        StreamConfig(
            name="FACTS",
            subjects=[f"events.{site}.{service}.>" for service in SERVICES],
            max_bytes=8 * 2**30,
            **common,
        ),
        StreamConfig(
            name="HR",
            subjects=[f"events.{site}.hr.>"],
            max_age=timedelta(days=30).total_seconds(),
            max_bytes=1 * 2**30,
            **common,
        ),
        StreamConfig(
            name="CARE",
            subjects=[f"care.{site}.>"],
            max_age=CARE_DAYS.total_seconds(),
            max_bytes=256 * 2**20,
            **common,
        ),
        StreamConfig(
            name=BACK,
            subjects=[f"back.{site}.hr.>"],
            max_age=BACK_DAYS.total_seconds(),
            max_bytes=256 * 2**20,
            **common,
        ),
    ]


def durables(site: str) -> list[Durable]:
    """Who hears what. A consumer takes whole services, so that it can see gaps in a history."""

    def of(*services: str) -> tuple[str, ...]:
        return tuple(f"events.{site}.{service}.>" for service in services)

    return [
        Durable("HR", "membership", (f"events.{site}.hr.>",)),
        Durable("CARE", "welfare", (f"care.{site}.>",)),
        Durable("FACTS", "membership", of("democracy", "training")),
        Durable("FACTS", "democracy", of("membership")),
        Durable("FACTS", "training", of("membership", "democracy")),
        Durable("FACTS", "welfare", of("membership")),
        Durable("FACTS", "gateway", of(*SERVICES)),
    ]


def durables_outside(site: str) -> list[Durable]:
    """Who reads from outside, in their own time: corporate HR."""
    return [Durable(BACK, "hr", (f"back.{site}.hr.>",))]


def service_broker(settings: Settings, user: str, stopping: asyncio.Event) -> NatsBroker:
    """FastStream's broker with our connection: own user, own inbox, no log line a message.

    A connection that closes for good while not `stopping` ends the process.
    """

    async def closed() -> None:
        if stopping.is_set():
            return
        log.error("connection to NATS closed for good; leaving so that the supervisor restarts")
        os._exit(70)

    return NatsBroker(
        settings.nats_url,
        name=user,
        security=SASLPlaintext(user, settings.nats_password.get_secret_value()),
        inbox_prefix=f"_INBOX_{user}",
        closed_cb=closed,
        apply_types=False,
        logger=None,
        graceful_timeout=10,
        **CONNECTION,
    )


async def connect(url: str, user: str, password: str) -> Client:
    """A bare connection for the tools of the operator. Raises when the server is not there."""
    return await nats.connect(
        url,
        name=user,
        user=user,
        password=password,
        inbox_prefix=f"_INBOX_{user}",
        error_cb=_say_nothing,
        **CONNECTION | {"max_reconnect_attempts": 3},
    )


async def _say_nothing(_: Exception) -> None:
    """The caller hears of it by what raises; the client's default prints a traceback as well."""


def is_cut(error: BaseException) -> bool:
    """True for errors of NATS that pass: no line, no answer in time, no room on its disk."""
    if isinstance(error, APIError):
        return (error.code or 0) >= 500
    return isinstance(error, NatsError)


async def reconcile(js: JetStreamContext, site: str) -> list[str]:
    """Makes, or puts back as declared, every stream and durable; says what it had to do."""
    done = []
    for wanted in streams(site):
        done += await _reconcile_stream(js, wanted)
    for durable in (*durables(site), *durables_outside(site)):
        try:
            info = await js.consumer_info(durable.stream, durable.name)
        except NotFoundError:
            done.append(f"durable {durable.stream}/{durable.name} made")
        else:
            name = f"durable {durable.stream}/{durable.name}"
            heard = info.config.filter_subjects or [info.config.filter_subject]
            if sorted(heard) != sorted(durable.filters):
                # A wider filter does not bring back what was skipped: read again from the first
                # fact, repeats are dropped by position.
                await js.delete_consumer(durable.stream, durable.name)
                done.append(f"{name} made anew, it heard other facts")
            elif info.config.max_ack_pending != durable.config().max_ack_pending:
                done.append(f"{name} takes other numbers")
            else:
                continue
        await js.add_consumer(durable.stream, durable.config())
    return done


async def _reconcile_stream(js: JetStreamContext, wanted: StreamConfig) -> list[str]:
    assert wanted.name
    try:
        have = (await js.stream_info(wanted.name)).config.as_dict()
    except NotFoundError:
        await js.add_stream(wanted)
        return [f"stream {wanted.name} made"]
    if have["deny_delete"] and not wanted.deny_delete:
        return await _remake(js, wanted)
    declared = {key: value for key, value in wanted.as_dict().items() if value is not None}
    differs = sorted(key for key, value in declared.items() if have.get(key) != value)
    if not differs:
        return []
    await js.update_stream(wanted)
    return [f"stream {wanted.name} put back: {', '.join(differs)}"]


async def _remake(js: JetStreamContext, wanted: StreamConfig) -> list[str]:
    """From before persons could be erased: what forbids deleting cannot be taken back. What is made
    anew is filled from the outboxes; what has none, such as HR's, is made anew once all of it was
    taken. It has no room before that is looked at: who says something then is refused, and says it
    again."""
    assert wanted.name
    if wanted.name not in STATED:
        older = replace(wanted, deny_delete=True)
        taken = await _all_taken(js, wanted.name)
        if taken:
            await js.update_stream(replace(older, max_bytes=1))
            taken = await _all_taken(js, wanted.name)
        if not taken:
            # Also when whoever took its room away did not come to give it back.
            await js.update_stream(older)
            return []
    await js.delete_stream(wanted.name)
    await js.add_stream(wanted)
    return [f"stream {wanted.name} made anew, nothing could be deleted from it"]


async def _all_taken(js: JetStreamContext, stream: str) -> bool:
    return not any(
        durable.num_pending or durable.num_ack_pending
        for durable in await js.consumers_info(stream)
    )


async def stream_created(js: JetStreamContext, name: str) -> str:
    """When this incarnation of the stream was made: a stream that lost its disk has another."""
    info = await js.stream_info(name)
    return str(info.created)


async def wait_for(client: Client, seconds: float = 30) -> None:
    """Until JetStream answers."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                await client.jetstream().account_info()
                return
            except Exception:
                await asyncio.sleep(0.1)
