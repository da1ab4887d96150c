"""The gateway as the operator's tools know it: its settings, accounts and sessions."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

from pydantic import ValidationError

from deploy.local.errors import SiteError
from deploy.local.home import Home
from services.gateway.pins import Key
from services.gateway.settings import CompanySettings, DoorSettings, GroupSettings
from shared import database
from shared.database import Session
from shared.settings import Settings

T = TypeVar("T")


def gateway_settings(home: Home) -> Settings:
    """What the gateway's process is told, as far as tools need it."""
    return Settings(
        site=home.site,
        nats_url=home.nats_url,
        database_url=home.database_url("gateway"),
        url=home.url,
        secrets=home.path / "secrets" / "gateway",
    )


def pin_key(home: Home) -> Key:
    """With which the gateway keeps PINs."""
    return Key.of(gateway_settings(home).seal_key.get_secret_value().encode()[:64])


def door_settings() -> DoorSettings:
    """Raises `SiteError` for a variable that cannot be."""
    with _named("TONGXIN_"):
        return DoorSettings()


def company_settings() -> CompanySettings | None:
    """The same for the company's identity provider; None without one."""
    with _named("TONGXIN_OIDC_"):
        GroupSettings()  # SCIM's groups are mapped without a provider too
        return CompanySettings.from_environment()


@contextmanager
def _named(prefix: str) -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        wrong = error.errors()[0]
        name = f"{prefix}{str(wrong['loc'][0]).upper()}"
        if wrong["type"] == "missing":
            raise SiteError(f"{name} is missing beside the others of its kind.") from None
        raise SiteError(f"{name} cannot be {wrong['input']!r}: {wrong['msg'].lower()}.") from None


@asynccontextmanager
async def gateway_session(home: Home) -> AsyncIterator[Session]:
    """A session of the gateway's role; the caller commits."""
    engine = database.engine(gateway_settings(home), pool_size=1)
    try:
        async with database.Sessions(engine)() as session:
            yield session
    finally:
        await engine.dispose()


def in_gateway(home: Home, work: Callable[[Session], Awaitable[T]]) -> T:
    """Does the work in such a session, commits it, and gives what came of it."""

    async def within() -> T:
        async with gateway_session(home) as session:
            done = await work(session)
            await session.commit()
        return done

    return asyncio.run(within())
