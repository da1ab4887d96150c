"""The verb that lets programs in."""

import asyncio
from typing import Annotated

import typer

from deploy.cli.site import running, say
from deploy.local.errors import SiteError
from deploy.local.gateway import door_settings, gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session
from services.gateway.problems import Problem


def token(account: Annotated[str, typer.Argument(help="Such as officer.")]) -> None:
    """Print a bearer token for an account; it lasts TONGXIN_SESSION_HOURS, 12 unless told."""
    say(asyncio.run(_token(running(Home.from_environment()), account)))


async def _token(home: Home, account: str) -> str:
    length = door_settings().session_length
    async with gateway_session(home) as session:
        try:
            found, _ = await begin_session(session, account, length=length)
        except Problem:
            raise SiteError(f"There is no account {account!r} on this site.") from None
        await session.commit()
    return found


def add_to(app: typer.Typer) -> None:
    app.command()(token)
