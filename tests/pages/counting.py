"""A gateway in the process of the test, so that what its pages say to the database is counted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from services.gateway.app import create_door
from services.gateway.site import Site
from shared.settings import Settings
from tests.pages.conftest import HTML, Plant


@asynccontextmanager
async def counted(
    plant: Plant, settings: Settings, who: str
) -> AsyncIterator[tuple[httpx.AsyncClient, Site]]:
    """A gateway in this process, and a browser of it that is signed in."""
    site = Site(settings)
    transport = httpx.ASGITransport(create_door(site))
    cookies = {"session": plant.tokens[who]}
    async with httpx.AsyncClient(
        transport=transport, base_url=plant.url, headers=HTML, cookies=cookies
    ) as browser:
        yield browser, site
    await site.readers.close()
    await site.engine.dispose()


@asynccontextmanager
async def asking(site: Site) -> AsyncIterator[None]:
    """The gateway can ask services meanwhile."""
    site.client = await site.broker.connect()
    yield
    site.stopping.set()
    await site.broker.stop()
