"""The verbs that let people in."""

import asyncio
import re
import sys
from typing import Annotated

import typer

from deploy.cli.site import running, say
from deploy.local.errors import SiteError
from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, keep_account
from services.gateway.problems import Problem

ACCOUNT_ROLES = ("hr", "auditor", "it")
SHORTEST_PASSWORD = 10


def token(account: Annotated[str, typer.Argument(help="Such as officer.")]) -> None:
    """Print a bearer token for an account; it lasts 12 hours."""
    say(asyncio.run(_token(running(Home.from_environment()), account)))


async def _token(home: Home, account: str) -> str:
    async with gateway_session(home) as session:
        try:
            found, _ = await begin_session(session, account)
        except Problem:
            raise SiteError(f"There is no account {account!r} on this site.") from None
        await session.commit()
    return found


def account(
    name: Annotated[str, typer.Argument(help="Small letters, digits, dots and hyphens.")],
    employee: Annotated[str | None, typer.Option(help="The employee number behind it.")] = None,
    role: Annotated[
        list[str] | None, typer.Option(help="hr, auditor or it; other roles follow from posts.")
    ] = None,
) -> None:
    """Make an account, or set it anew. The password is asked for, or read from a pipe."""
    home = running(Home.from_environment())
    roles = role or []
    if not re.fullmatch(r"[a-z][a-z0-9.-]{0,63}", name):
        raise SiteError(f"{name!r} is no name for an account: small letters, digits, . and -.")
    if unknown := set(roles) - set(ACCOUNT_ROLES):
        raise SiteError(
            f"{min(unknown)!r} is no role of accounts ({', '.join(ACCOUNT_ROLES)}); "
            "leader, officer, chair, manager and director follow from posts: appoint-post."
        )
    if employee is not None and not re.fullmatch(r"[^\s/\x00-\x1f]{1,32}", employee):
        raise SiteError("An employee number is 1 to 32 characters without spaces and slashes.")
    asyncio.run(_keep(home, name, employee, roles, _password()))
    say(f"account {name} is ready")


def _password() -> str:
    """From the terminal without echo, twice; or one line of standard input."""
    if sys.stdin.isatty():
        password: str = typer.prompt("password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    if len(password) < SHORTEST_PASSWORD:
        raise SiteError(f"A password has at least {SHORTEST_PASSWORD} characters.")
    return password


async def _keep(
    home: Home, name: str, employee: str | None, roles: list[str], password: str
) -> None:
    async with gateway_session(home) as session:
        await keep_account(session, name, employee=employee, roles=roles, password=password)
        await session.commit()


def add_to(app: typer.Typer) -> None:
    for verb in (token, account):
        app.command()(verb)
