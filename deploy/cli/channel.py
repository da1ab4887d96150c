"""`tongxin channel`: the company's mail or chat, by which people are sent what is new for them."""

import asyncio
import sys
from typing import Annotated

import typer

from deploy.cli.site import say
from deploy.local.errors import SiteError
from deploy.local.home import Home
from deploy.local.record import note
from services.gateway.pages.message import check_words
from services.gateway.telling.channel import SECRET, Channel
from services.gateway.telling.sending import Message, Outcome, Sender

channel = typer.Typer(
    help="The channel for messages to people: set, check, off.", no_args_is_help=True
)
SAMPLES = ("D0046", "li.ming@company.example")
WHY: dict[Outcome, str] = {
    "refused": "The channel did not take the message: is its server there, and are its name, "
    "password and the address right?",
    "unknown": "apprise does not know such an address; `tongxin channel set` it anew.",
    "late": "The channel gave no answer in time.",
    "broken": "The process that sends ended; look whether there is memory left.",
}


@channel.command("set")
def set_up() -> None:
    """Keep the channel's address, one of apprise's (https://appriseit.com), such as
    mailtos://user:password@mail.company.example?from=tongxin@company.example&to={address}. It is
    asked for without echo, or read from a pipe; the next message uses it."""
    home = Home.from_environment()
    if sys.stdin.isatty():
        given: str = typer.prompt("address of the channel", hide_input=True)
    else:
        given = sys.stdin.readline()
    try:
        found = Channel.set_up(given.strip())
    except ValueError as error:
        raise SiteError(f"This is no address of a channel: {error}.") from None
    sample = next(each for each in SAMPLES if found.takes(each))
    if not asyncio.run(_known(found, sample)):
        raise SiteError("apprise does not know such an address, or something is missing in it.")
    home.prepare()
    home.keep_secret("gateway", SECRET, given.strip())
    note(home, "channel set")
    say("the channel is kept; try it with: tongxin channel check ADDRESS")


@channel.command()
def check(
    address: Annotated[str, typer.Argument(help="A person's: as they would type it, or a number.")],
) -> None:
    """Send one message there that says nothing but that it arrived."""
    home = Home.from_environment()
    found = Channel.of(home.path / "secrets" / "gateway")
    if found is None:
        raise SiteError("No channel is set up; `tongxin channel set` does it.")
    if not found.takes(address):
        raise SiteError(f"{address!r} cannot be an address on this channel.")
    url, words = home.url.rstrip("/"), check_words(home.url)
    message = Message(found.to(address) + found.stopping_at(url), *words)
    outcome = asyncio.run(_sent(message))
    if outcome != "sent":
        raise SiteError(WHY.get(outcome, outcome))
    say("the channel took the message")


@channel.command()
def off() -> None:
    """Forget the channel's address: nothing is sent any more. What people have chosen stays."""
    home = Home.from_environment()
    kept = home.path / "secrets" / "gateway" / SECRET
    if not kept.exists():
        raise SiteError("No channel is set up.")
    kept.unlink()
    note(home, "channel off")
    say("the channel is forgotten; nothing is sent any more")


async def _known(found: Channel, sample: str) -> bool:
    async with Sender() as sender:
        return await sender.knows(found.to(sample))


async def _sent(message: Message) -> Outcome:
    async with Sender() as sender:
        return await sender.send(message)


def add_to(app: typer.Typer) -> None:
    app.add_typer(channel, name="channel")
