"""`tongxin oidc`: the company's identity provider, as the site uses it to sign people in."""

import asyncio
import sys

import typer

from deploy.cli.site import say
from deploy.local.errors import SiteError
from deploy.local.gateway import company_settings
from deploy.local.home import Home
from deploy.local.record import note
from services.gateway.problems import Problem
from services.gateway.provider import SECRET, Provider

oidc = typer.Typer(help="The company's identity provider: secret, check.", no_args_is_help=True)


@oidc.command()
def secret() -> None:
    """Keep the secret that the provider has given to this site as its client. It is asked for
    without echo, or read from a pipe; the next sign-in uses it."""
    home = Home.from_environment()
    if sys.stdin.isatty():
        given: str = typer.prompt("client secret", hide_input=True)
    else:
        given = sys.stdin.readline()
    if not given.strip():
        raise SiteError("No secret was given.")
    home.prepare()
    home.keep_secret("gateway", SECRET, given.strip())
    note(home, "client secret given")
    say("the client secret is kept")


@oidc.command()
def check() -> None:
    """Ask the provider for its discovery document, and say what it must know of this site."""
    home = Home.from_environment()
    told = company_settings()
    if told is None:
        raise SiteError("TONGXIN_OIDC_ISSUER names no provider; people sign in by local accounts.")
    kept = home.path / "secrets" / "gateway" / SECRET
    provider = Provider(told, home.url, kept)
    try:
        way_out = asyncio.run(provider.way_out())
    except Problem:
        raise SiteError(
            f"{told.issuer} did not answer as an OpenID provider; the line before says why."
        ) from None
    say(f"{told.issuer} answers")
    say(f"client {told.client}, {'with a' if kept.exists() else 'without'} secret")
    say(f"redirect URI: {provider.back}")
    if way_out:
        say(f"after signing out there: {provider.home}")


def add_to(app: typer.Typer) -> None:
    app.add_typer(oidc, name="oidc")
