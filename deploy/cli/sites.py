"""The verb that prepares a site whose servers run elsewhere: in containers, or a company's own."""

import os
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from deploy.cli.site import say
from deploy.local import nats
from deploy.local.errors import SiteError
from deploy.local.given import Servers
from deploy.local.home import Home

sites = typer.Typer(help="Sites of the company.", no_args_is_help=True)

NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
CLIENTS, MONITOR, STORE = 4222, 8222, "/data"
"""Of the NATS server of such a site, inside its container."""


@sites.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Such as hq or nanjing; it stands in all subjects.")],
    url: Annotated[str, typer.Option(help="The https address at which people reach it.")],
    into: Annotated[Path, typer.Option(help="An empty directory, or one of this site.")] = Path(
        "site"
    ),
    stream_gib: Annotated[
        int, typer.Option(min=1, help="Room for the streams, at most 70 % of NATS's disk.")
    ] = 16,
) -> None:
    """Make what a site's containers are given: secrets, one file each, NATS's configuration, and
    the variables of the compose file. Done again it keeps the secrets and writes the rest anew."""
    if not NAME.fullmatch(name):
        raise SiteError(f"A site's name is lower-case letters, digits and hyphens, not {name!r}.")
    if urlsplit(url).scheme != "https" or not urlsplit(url).hostname:
        raise SiteError(f"--url must be an https address, not {url!r}.")
    room = stream_gib * 2**30
    if room < nats.reserved(name):
        least = -(-nats.reserved(name) // 2**30)
        raise SiteError(f"--stream-gib must be at least {least}: so much the streams are promised.")
    told = into / "compose.env"
    if told.exists() and f"TONGXIN_SITE={name}\n" not in told.read_text():
        raise SiteError(f"{into} is another site's; name another directory with --into.")
    home = Home(into.absolute(), site=name, servers=Servers("postgres", 5432, "nats://nats:4222"))
    home.make_secrets()
    place = nats.Place(f"0.0.0.0:{CLIENTS}", f"127.0.0.1:{MONITOR}", STORE, room)
    nats.write(home, place, home.path / "nats.json")
    told.write_text(
        f"TONGXIN_SITE={name}\nTONGXIN_URL={url}\n"
        f"TONGXIN_HOST={urlsplit(url).hostname}\nTONGXIN_FILES={home.path}\n"
        f"TONGXIN_USER={os.getuid()}:{os.getgid()}\n"
    )
    say(f"{name}: secrets and nats.json are in {home.path}; keep a copy of the secrets elsewhere")
    say(f"next: docker compose --env-file {told} up --detach")


def add_to(app: typer.Typer) -> None:
    app.add_typer(sites, name="site")
