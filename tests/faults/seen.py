"""What is there after the storm: databases and streams, read past the services."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

import asyncpg
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from deploy.local import postgres
from deploy.local.home import Home
from deploy.postgres.walls import SCHEMAS
from shared.broker import connect, durables, streams
from tests.faults.acts import ACTS

FETCH = 500


class Stated(NamedTuple):
    """A fact as an outbox or a stream has it."""

    id: str
    subject: str
    aggregate: str
    sequence: int
    digest: str


class Parked(NamedTuple):
    """A message that a consumer could not take."""

    schema: str
    stream: str
    subject: str
    digest: str
    dead: bool


class Copy(NamedTuple):
    """Rows that two schemas must have alike: SQL for each, the key first."""

    name: str
    owner: str
    copy: str


COPIES = (
    *(
        Copy(
            name,
            f"SELECT {columns} FROM {owner}",
            f"SELECT {columns} FROM {copy}",
        )
        for name, columns, owner, copy in (
            (
                "proposal",
                "id, unit, author, category, title, body, state, supports, overdue, submitted_on, "
                "due_on, reasons, answered_on",
                "democracy.proposal",
                "views.proposal",
            ),
            ("unit", "id, code, name, kind, parent, path, plant", "membership.unit", "views.unit"),
            ("unit in democracy", "id, code, path, plant", "membership.unit", "democracy.unit"),
            ("person", "id, employee", "membership.person", "views.person"),
            ("person in democracy", "id, employee", "membership.person", "democracy.person"),
            ("unit in training", "id, code, path, plant", "membership.unit", "training.unit"),
            ("unit in welfare", "id, code, path, plant", "membership.unit", "welfare.unit"),
            ("person in training", "id, employee", "membership.person", "training.person"),
            ("person in welfare", "id, employee", "membership.person", "welfare.person"),
            (
                "course",
                "id, unit, title, starts_on, seats, open_to, enrolled",
                "training.course",
                "views.course",
            ),
            (
                "enrolment",
                "(course, person)::text, result, completed_on",
                "training.enrolment",
                "views.enrolment",
            ),
            ("stay", "(person, during)::text, unit, post", "membership.stay", "views.stay"),
            ("post", "id, person, role, unit, during", "membership.post", "views.post"),
        )
    ),
    Copy(
        "visit",
        "SELECT id, person, replace(state, 'logged', 'made'), since, due_on, overdue, visited_on "
        "FROM welfare.visit WHERE state <> 'dropped'",
        "SELECT id, person, state, since, due_on, overdue, visited_on FROM views.visit",
    ),
    Copy(
        "leave in welfare",
        # One that was long over when it was heard of owes no visit.
        "SELECT id, person FROM membership.leave WHERE until IS NULL",
        """
        SELECT leave, visit.person
        FROM welfare.visit JOIN membership.leave ON leave.id = visit.leave
        WHERE until IS NULL
        """,
    ),
)


@dataclass
class Seen:
    """Everything the checker judges by."""

    owner: dict[str, Counter[str]] = field(default_factory=dict)
    """Act → how often each mark is with its owner."""
    view: dict[str, Counter[str]] = field(default_factory=dict)
    stated: dict[str, Counter[str]] = field(default_factory=dict)
    """Act → how often a fact with each mark is in the outbox."""
    copies: dict[str, tuple[dict[str, str], dict[str, str]]] = field(default_factory=dict)
    """Name → rows of the owner and of the copy, by key."""
    outbox: list[Stated] = field(default_factory=list)
    unsent: int = 0
    counters: dict[str, int] = field(default_factory=dict)
    """Aggregate → how many facts it has stated, by its own counter."""
    stream: list[Stated] = field(default_factory=list)
    """The streams that outboxes feed, in order, repeats and all, without what was planted."""
    positions: dict[str, dict[str, int]] = field(default_factory=dict)
    """Schema → aggregate → the last fact applied."""
    hears: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Schema → the filters of its durables."""
    parked: list[Parked] = field(default_factory=list)
    pending: dict[str, int] = field(default_factory=dict)
    """Durable → what is ahead or unacknowledged."""


def digest(raw: bytes) -> str:
    return blake2b(raw, digest_size=12).hexdigest()


def schema_of(service: str) -> str:
    """Where a consumer keeps its positions: the gateway has them beside its views."""
    return SCHEMAS[service][-1]


async def look(home: Home, planted: Collection[str] = ()) -> Seen:
    """Reads everything; the site is quiet. `planted` are digests of poison."""
    seen = Seen()
    admin = await postgres.connect(home)
    try:
        await _read_acts(admin, seen)
        await _read_copies(admin, seen)
        for schema in [each for schemas in SCHEMAS.values() for each in schemas]:
            await _read_schema(admin, schema, seen)
    finally:
        await admin.close()
    client = await connect(
        home.nats_url, "provisioner", home.secret("provisioner", "nats_password")
    )
    try:
        await _read_streams(client.jetstream(), home.site, seen, planted)
    finally:
        await client.close()
    return seen


async def _read_acts(admin: asyncpg.Connection, seen: Seen) -> None:
    for name, act in ACTS.items():
        seen.owner[name] = Counter([row[0] for row in await admin.fetch(act.owner)])
        if act.view:
            seen.view[name] = Counter([row[0] for row in await admin.fetch(act.view)])


async def _read_copies(admin: asyncpg.Connection, seen: Seen) -> None:
    for each in COPIES:
        owner = await admin.fetch(each.owner)
        copy = await admin.fetch(each.copy)
        seen.copies[each.name] = (_by_key(owner), _by_key(copy))


def _by_key(rows: list[Any]) -> dict[str, str]:
    return {str(row[0]): repr(tuple(row)) for row in rows}


async def _read_schema(admin: asyncpg.Connection, schema: str, seen: Seen) -> None:
    async def rows(table: str, columns: str, more: str = "") -> list[Any]:
        if not await admin.fetchval("SELECT to_regclass($1)", f"{schema}.{table}"):
            return []
        found: list[Any] = await admin.fetch(f"SELECT {columns} FROM {schema}.{table} {more}")
        return found

    marks = {act.fact[0]: (name, act.fact[1]) for name, act in ACTS.items() if act.fact}
    for row in await rows(
        "outbox", "fact, subject, aggregate, sequence, payload, sent_at", "ORDER BY id"
    ):
        seen.outbox.append(
            Stated(
                str(row["fact"]),
                row["subject"],
                str(row["aggregate"]),
                row["sequence"],
                digest(row["payload"]),
            )
        )
        seen.unsent += row["sent_at"] is None
        told = json.loads(row["payload"])
        if told["type"] in marks:
            name, at = marks[told["type"]]
            seen.stated.setdefault(name, Counter())[str(told["data"][at])] += 1
    for row in await rows("aggregate", "id, last"):
        seen.counters[str(row["id"])] = row["last"]
    found = await rows("position", "aggregate, last")
    if found:
        seen.positions[schema] = {str(row["aggregate"]): row["last"] for row in found}
    for row in await rows("held", "stream, subject, raw, dead_at IS NOT NULL AS dead"):
        seen.parked.append(
            Parked(schema, row["stream"], row["subject"], digest(row["raw"]), row["dead"])
        )


async def _read_streams(
    js: JetStreamContext, site: str, seen: Seen, planted: Collection[str]
) -> None:
    stated = {each.subject for each in seen.outbox}
    fed = []
    for stream in streams(site):
        assert stream.name
        if any(matches(each, subject) for each in stream.subjects or () for subject in stated):
            fed.append(stream.name)
            await _read_stream(js, stream.name, seen, planted)
    for durable in durables(site):
        info = await js.consumer_info(durable.stream, durable.name)
        seen.pending[f"{durable.stream}/{durable.name}"] = (info.num_pending or 0) + (
            info.num_ack_pending or 0
        )
        if durable.stream in fed:
            schema = schema_of(durable.name)
            seen.hears[schema] = seen.hears.get(schema, ()) + durable.filters


async def _read_stream(
    js: JetStreamContext, name: str, seen: Seen, planted: Collection[str]
) -> None:
    """In order, by a consumer of its own that leaves no trace."""
    left = (await js.stream_info(name)).state.messages
    config = ConsumerConfig(ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.ALL)
    reader = await js.pull_subscribe("", stream=name, config=config)
    while left:
        try:
            messages = await reader.fetch(min(left, FETCH), timeout=10)
        except NatsTimeoutError:
            raise AssertionError(f"{left} messages of {name} cannot be read") from None
        left -= len(messages)
        seen.stream += [
            _stated(message) for message in messages if digest(message.data) not in planted
        ]
    await reader.unsubscribe()


def _stated(message: Msg) -> Stated:
    """What cannot be read gets a name that no outbox knows."""
    known = digest(message.data)
    try:
        told = json.loads(message.data)
        return Stated(told["id"], message.subject, told["subject"], int(told["sequence"]), known)
    except (ValueError, KeyError, TypeError):
        return Stated(f"unreadable {known}", message.subject, known, 1, known)


def matches(filter: str, subject: str) -> bool:
    """NATS's filters as the house uses them: exact, or all below (`events.hq.democracy.>`)."""
    head, below, _ = filter.partition(">")
    return subject.startswith(head) if below else subject == filter


def by_aggregate(facts: list[Stated]) -> dict[str, list[Stated]]:
    """In the order in which they came, each once: repeats in a stream are allowed."""
    found: dict[str, dict[str, Stated]] = defaultdict(dict)
    for fact in facts:
        found[fact.aggregate].setdefault(fact.id, fact)
    return {aggregate: list(each.values()) for aggregate, each in found.items()}
