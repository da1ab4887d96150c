"""Trying NATS from inside: a server with the site's own configuration and no service behind it,
so that a try that goes through disturbs nobody."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats as client_of_nats
from nats.aio.client import Client

from deploy.local import nats
from deploy.local.home import NATS_USERS, Home, free_port
from deploy.local.servers import nats_running
from shared.broker import connect, reconcile, wait_for
from tests.walls.tries import Try

PUBLISH, SUBSCRIBE = "publish", "subscribe"
AT_ONCE = 200
NO_REQUEST = b"{"
"""No API of JetStream takes this for a request, so a try that goes through changes nothing."""

Widen = Callable[[dict[str, dict[str, Any]]], None]


@asynccontextmanager
async def nats_alone(path: Path, widen: Widen = lambda _: None) -> AsyncIterator[Home]:
    """NATS of a new site, provisioned. `widen` may change the permissions: user → `publish` and
    `subscribe`, each with its list `allow`."""
    home = Home(path, port=free_port())
    home.prepare()
    file = nats.write_config(home)
    config = json.loads(file.read_text())
    widen({each["user"]: each["permissions"] for each in config["accounts"]["SITE"]["users"]})
    file.write_text(json.dumps(config))
    try:
        with nats_running(home):
            await nats.wait_until_up(home)
            async with user_of(home, "provisioner") as provisioner:
                await wait_for(provisioner)
                await reconcile(provisioner.jetstream(), home.site)
            yield home
    finally:
        home.sockets.rmdir()


@asynccontextmanager
async def user_of(home: Home, user: str) -> AsyncIterator[Client]:
    client = await connect(home.nats_url, user, home.secret(user, "nats_password"))
    try:
        yield client
    finally:
        await client.close()


async def all_tried(home: Home, what: Iterable[tuple[str, str]]) -> dict[Try, bool]:
    """`what`: pairs of verb and subject. Every user tries each: did the server let it through?"""
    pairs = list(dict.fromkeys(what))
    parts = await asyncio.gather(*(tried_by(home, user, pairs) for user in NATS_USERS))
    return {each: allowed for part in parts for each, allowed in part.items()}


async def tried_by(home: Home, user: str, pairs: list[tuple[str, str]]) -> dict[Try, bool]:
    """The server says what it refuses and answers a ping, in the order in which it was asked; so
    after the answer every outcome is known."""
    refused: set[str] = set()

    async def note(error: Exception) -> None:
        refused.add(str(error))

    client = await client_of_nats.connect(
        home.nats_url,
        user=user,
        password=home.secret(user, "nats_password"),
        inbox_prefix=f"_INBOX_{user}",
        error_cb=note,
    )
    outcomes: dict[Try, bool] = {}
    try:
        for part in _parts(pairs, home.site):
            refused.clear()
            for verb, subject in part.values():
                if verb == PUBLISH:
                    await client.publish(subject, NO_REQUEST)
                else:
                    await client.subscribe(subject)
            await client.publish("walls.end")
            # nats-py may send the ping of a flush ahead of what waits to be sent; not the second.
            await client.flush()
            await client.flush()
            assert _complaint(PUBLISH, "walls.end") in refused, f"{user} may publish anything"
            outcomes |= {
                Try(user, *pair): complaint not in refused for complaint, pair in part.items()
            }
    finally:
        await client.close()
    return outcomes


def _parts(pairs: list[tuple[str, str]], site: str) -> Iterator[dict[str, tuple[str, str]]]:
    """Complaint → try, so many at once that no two of them would be complained of alike."""
    part: dict[str, tuple[str, str]] = {}
    for verb, subject in pairs:
        complaint = _complaint(verb, plain(subject, site))
        if complaint in part or len(part) == AT_ONCE:
            yield part
            part = {}
        part[complaint] = (verb, subject)
    yield part


def plain(subject: str, site: str) -> str:
    """The server takes the form of its own domain for the plain one, before it looks at rights."""
    return subject.replace(f"$JS.{site}.API.", "$JS.API.", 1)


def _complaint(verb: str, subject: str) -> str:
    """As nats-py hands on what the server says: in small letters."""
    act = "publish" if verb == PUBLISH else "subscription"
    return f'nats: permissions violation for {act} to "{subject.lower()}"'
