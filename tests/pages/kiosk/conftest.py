"""A kiosk in the small plant of the pages: whoever has a PIN stands before it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from deploy.local.gateway import gateway_session, pin_key
from deploy.local.home import Home
from services.gateway.pins import set_pin, take_pin
from tests.pages.conftest import (
    HTML,
    OFFICER,
    WORKER,
    Plant,
    form_token_in,
    said_to_record,
)

PIN, OTHER_PIN = "580264", "947318"
PEOPLE = {"pages-worker": WORKER, "pages-officer": OFFICER}


@pytest.fixture
async def pins(plant: Plant, site: Home) -> AsyncIterator[None]:
    """The worker and the officer have one, of their own. Their tries are nobody's after it."""
    await give_pin(site, *PEOPLE)
    yield
    async with gateway_session(site) as session:
        for name in PEOPLE:
            await take_pin(session, name)
        await session.commit()
    await said_to_record(site, "DELETE FROM sign_in_try")


async def give_pin(site: Home, *accounts: str, pin: str = PIN, given: bool = False) -> None:
    """`given`: as IT gives one."""
    async with gateway_session(site) as session:
        hashed = await pin_key(site).hashed(pin)
        for name in accounts:
            assert await set_pin(session, name, hashed, given=given)
        await session.commit()


@pytest.fixture
async def terminal(plant: Plant, pins: None) -> AsyncIterator[httpx.AsyncClient]:
    """A kiosk before which nobody stands."""
    async with httpx.AsyncClient(base_url=plant.url, timeout=30, headers=HTML) as browser:
        yield browser


async def stand_at(
    terminal: httpx.AsyncClient, badge: str = WORKER, pin: str = PIN, **more: str
) -> httpx.Response:
    """Opens the form and sends it."""
    form = {"badge": badge, "pin": pin, "form-token": form_token_in(await terminal.get("/kiosk"))}
    return await terminal.post("/kiosk", data=form | more)


@asynccontextmanager
async def kiosk_of(plant: Plant, badge: str = WORKER) -> AsyncIterator[httpx.AsyncClient]:
    """A kiosk at which the owner of that badge has signed in."""
    async with httpx.AsyncClient(base_url=plant.url, timeout=30, headers=HTML) as browser:
        answer = await stand_at(browser, badge)
        assert (answer.status_code, answer.headers["location"]) == (303, "/kiosk/home")
        yield browser


@pytest.fixture
async def kiosk(plant: Plant, pins: None) -> AsyncIterator[httpx.AsyncClient]:
    """The worker stands there."""
    async with kiosk_of(plant) as browser:
        yield browser
