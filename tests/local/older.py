"""A site that stands still gets the streams that an older version would have made for it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from nats.js import JetStreamContext

from deploy.local import nats, postgres
from deploy.local.home import SERVICES, Home
from deploy.local.servers import nats_running
from shared.broker import streams, wait_for
from shared.testing import eventually
from tests.walls.broker import user_of

NUMBER = "T-older"
"""Of whom HR told that version, which did not come to hear it."""


@asynccontextmanager
async def jetstream(home: Home) -> AsyncIterator[JetStreamContext]:
    async with user_of(home, "provisioner") as provisioner:
        await wait_for(provisioner)
        yield provisioner.jetstream()


async def make_older(home: Home) -> None:
    """The messages stay; the streams forbid deleting, which is not taken back. HR speaks last."""
    nats.write_config(home)
    with nats_running(home):
        await nats.wait_until_up(home)
        async with jetstream(home) as js, user_of(home, "hr") as hr:
            for stream in streams(home.site):
                await js.update_stream(replace(stream, deny_delete=True))
            hired = {"employee": NUMBER, "name": "早先", "on": "2024-01-01"}
            event = {"specversion": "1.0", "id": NUMBER, "source": "/older", "data": hired}
            said = json.dumps(event | {"type": "hr.employee-hired"}).encode()
            await hr.jetstream().publish(f"events.{home.site}.hr.employee-hired", said)


async def assert_nothing_was_lost(home: Home) -> None:
    """Whoever was told of is known, all that was ever stated is on its road again, and each stream
    may be cleaned."""
    admin = await postgres.connect(home)
    stated = " UNION ALL ".join(
        f"SELECT subject, sent_at FROM {service}.outbox"
        for service in SERVICES
        if service != "gateway"
    )

    async def there() -> bool:
        async with jetstream(home) as js:
            held = {each.name: await js.stream_info(str(each.name)) for each in streams(home.site)}
        facts = await admin.fetchrow(
            "SELECT count(*) AS stated, count(sent_at) AS sent"
            f" FROM ({stated}) AS told WHERE starts_with(subject, 'events.')"
        )
        assert facts
        person = "SELECT count(*) FROM membership.person WHERE employee = $1"
        return (
            not any(info.config.deny_delete for info in held.values())
            and await admin.fetchval(person, NUMBER) == 1
            and facts["stated"] == facts["sent"] == held["FACTS"].state.messages
        )

    try:
        await eventually(there, seconds=60, every=0.5)
    finally:
        await admin.close()
