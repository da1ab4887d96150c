"""`tongxin hook`: what HR's system needs to speak to this site by itself."""

import base64
import json
import secrets

import typer

from deploy.cli.site import Json, say
from deploy.local.errors import SiteError
from deploy.local.home import Home
from deploy.local.record import note
from services.gateway.signatures import SECRETS, secrets_in

hook = typer.Typer(help="HR's system: secret, retire, off, nats.", no_args_is_help=True)


@hook.command()
def secret() -> None:
    """Make the secret with which HR's system signs what it sends to /hooks/hr (Standard Webhooks),
    and print it, this once. The one before goes on counting until `tongxin hook retire`."""
    home = Home.from_environment()
    home.prepare()
    before = secrets_in(home.path / "secrets" / "gateway")
    if len(before) > 1:
        raise SiteError(
            "Two secrets count already; end the older one first with `tongxin hook retire`."
        )
    made = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    home.keep_secret("gateway", SECRETS, "\n".join([made, *before]))
    note(home, "hook secret made", counting=len(before) + 1)
    say(made)
    typer.echo(
        "this is shown once; give it to HR's system"
        + (", then: tongxin hook retire" if before else ""),
        err=True,
    )


@hook.command()
def retire() -> None:
    """From now on the newest secret alone counts."""
    home = Home.from_environment()
    kept = secrets_in(home.path / "secrets" / "gateway")
    if len(kept) < 2:
        raise SiteError("There is no older secret to end.")
    home.keep_secret("gateway", SECRETS, kept[0])
    note(home, "hook secret retired")
    say("the older secret is worth nothing any more")


@hook.command()
def off() -> None:
    """No signature counts any more; HR's system comes with the token of `hr`."""
    home = Home.from_environment()
    kept = home.path / "secrets" / "gateway" / SECRETS
    if not kept.exists():
        raise SiteError("There is no secret.")
    kept.unlink()
    note(home, "hook secrets off")
    say("no signature counts any more")


@hook.command()
def nats(as_json: Json = False) -> None:
    """How HR's system reaches NATS: address, user, subjects, and the file with its password."""
    home = Home.from_environment()
    try:
        url = home.nats_url
    except (OSError, ValueError):
        raise SiteError(f"No site has run on {home.path}; start it with make run.") from None
    told = {
        "url": url,
        "user": "hr",
        "password_file": str(home.path / "secrets" / "hr" / "nats_password"),
        "inbox_prefix": "_INBOX_hr",
        "subjects": f"events.{home.site}.hr.<name of the event>",
    }
    if as_json:
        say(json.dumps(told, ensure_ascii=False))
    else:
        for name, value in told.items():
            say(f"{name.replace('_', ' '):<14}{value}")


def add_to(app: typer.Typer) -> None:
    app.add_typer(hook, name="hook")
