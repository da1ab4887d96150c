"""Messages that no consumer can take, planted at the start under the names of their services.

Each must end as a dead letter of every service that hears it, and stand in nobody's way.
"""

import json
from dataclasses import dataclass

from nats.js.errors import APIError

from deploy.local.home import Home
from deploy.nats.permissions import permissions
from shared.broker import connect, durables
from shared.messages import uuid7
from tests.faults.seen import Parked, digest, matches, schema_of


@dataclass(frozen=True)
class Poison:
    """What is published, by which user of NATS, into which stream."""

    stream: str
    user: str
    subject: str
    raw: bytes


def poison(site: str) -> list[Poison]:
    """Bad JSON and a type that nobody knows, wherever somebody hears something."""
    rights = permissions(site)
    found = []
    for stream, head in sorted({(each.stream, f) for each in durables(site) for f in each.filters}):
        user = next(user for user, may in rights.items() if head in may["publish"])
        subject = head.replace(">", "spoiled")
        found.append(Poison(stream, user, subject, f'{{"spoiled {subject}": '.encode()))
        found.append(Poison(stream, user, subject, _unknown(site, user)))
    return found


def _unknown(site: str, user: str) -> bytes:
    told = {
        "specversion": "1.0",
        "id": str(uuid7()),
        "source": f"/{site}/{user}",
        "type": f"tongxin.{user}.spoiled.v9",
        "subject": str(uuid7()),
        "time": "2026-01-01T00:00:00Z",
        "sequence": "000000000001",
        "data": {},
    }
    return json.dumps(told).encode()


async def plant(home: Home, planted: list[Poison]) -> None:
    """Returns when all of it is in its stream."""
    for each in planted:
        client = await connect(home.nats_url, each.user, home.secret(each.user, "nats_password"))
        try:
            reply = await client.request(each.subject, each.raw, timeout=5)
            answer = json.loads(reply.data)
            if "error" in answer:
                raise APIError.from_error(answer["error"])
        finally:
            await client.close()


def expected(site: str, planted: list[Poison]) -> set[Parked]:
    """The dead letters that must be there, and no others."""
    return {
        Parked(schema_of(durable.name), each.stream, each.subject, digest(each.raw), dead=True)
        for durable in durables(site)
        for each in planted
        if durable.stream == each.stream
        and any(matches(filter, each.subject) for filter in durable.filters)
    }
