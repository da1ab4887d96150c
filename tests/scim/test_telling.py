"""Between the resource and HR's stream nothing is lost, whenever the gateway dies."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta

import httpx
import pytest
from nats.errors import ConnectionClosedError
from sqlalchemy import text

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.app import create_door
from services.gateway.scim import telling
from services.gateway.scim.saying import Standing
from services.gateway.scim.telling import Telling
from services.gateway.site import Site
from shared.publishing import Outgoing
from shared.settings import Settings
from shared.testing import eventually
from tests.journeys.conftest import Company
from tests.scim.conftest import NORTH, Directory, number, user


@pytest.fixture
async def cut_off(
    directory: Directory, settings: Callable[[str], Settings], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Directory]:
    """A gateway that has lost NATS, beside the running one; as one that is killed after its commit,
    it leaves what is not published yet."""
    site = Site(settings("gateway"))

    async def publish(messages: Sequence[Outgoing]) -> list[int]:
        raise ConnectionClosedError

    monkeypatch.setattr(site, "directory", Telling(site.sessions, publish, site.settings.site))
    transport = httpx.ASGITransport(create_door(site))
    async with httpx.AsyncClient(transport=transport, base_url=site.settings.url) as client:
        yield Directory(client, Company(client, directory.company.tokens))
    await site.readers.close()
    await site.engine.dispose()


async def test_what_was_kept_and_not_published_is_published_by_the_sweep(
    directory: Directory, cut_off: Directory
) -> None:
    who = number()
    await cut_off.made(user(who, department=NORTH))
    assert await directory.on_roll(who) is None
    # The sweep of the running gateway takes it once it is no longer anybody's.
    await directory.becomes(who, unit=NORTH)


async def test_twice_published_says_the_same_once(
    directory: Directory, settings: Callable[[str], Settings], site: Home
) -> None:
    """As after a kill between publishing and noting it."""
    who = number()
    gateway = Site(settings("gateway"))
    sent: list[Outgoing] = []

    async def dies(messages: Sequence[Outgoing]) -> list[int]:
        sent.extend(messages)
        raise ConnectionClosedError

    told = Telling(gateway.sessions, dies, gateway.settings.site)
    async with gateway.sessions() as session:
        places = await telling.say(
            who, "某人", Standing(employed=True, unit=NORTH), f"{who}.1", session
        )
        await session.commit()
    await told.tell(places)
    first = [(each.id, each.payload) for each in sent]
    await told.tell(places)
    assert [(each.id, each.payload) for each in sent] == first * 2
    await directory.becomes(who, unit=NORTH)

    async def gone() -> bool:
        async with gateway_session(site) as session:
            left = await session.scalar(
                text("SELECT count(*) FROM scim_event WHERE raw->'data'->>'employee' = :who"),
                {"who": who},
            )
        return bool(left == 0)

    await eventually(gone, seconds=10)
    await gateway.readers.close()
    await gateway.engine.dispose()


async def test_a_young_event_is_left_to_who_wrote_it(
    settings: Callable[[str], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = Site(settings("gateway"))
    monkeypatch.setattr(telling, "YOUNG", timedelta(hours=1))
    published: list[Outgoing] = []

    async def publish(messages: Sequence[Outgoing]) -> list[int]:
        published.extend(messages)
        return [0] * len(messages)

    async with gateway.sessions() as session:
        await telling.say(number(), "某人", Standing(employed=True), f"{number()}.1", session)
        await session.commit()
    assert await Telling(gateway.sessions, publish, "hq").sweep() == 0
    assert published == []
    await gateway.readers.close()
    await gateway.engine.dispose()
