"""`tongxin board`: displays on a wall, each paired with one unit. A code is typed, never sent."""

import json
from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from deploy.cli.site import Json, running, say
from deploy.local.errors import SiteError
from deploy.local.gateway import in_gateway
from deploy.local.home import Home
from deploy.local.record import note
from services.gateway.boards import BoardSeen, Code, add_board, boards, remove_board

board = typer.Typer(help="Displays on a wall: add, list, remove.", no_args_is_help=True)


@board.command()
def add(unit: Annotated[str, typer.Argument(help="HR's code of the unit that it shows.")]) -> None:
    """Make a code that pairs one display: type it there at /board within 15 minutes."""
    home = running(Home.from_environment())
    code: Code | None = in_gateway(home, lambda session: add_board(unit, session))
    if code is None:
        raise SiteError(f"There is no unit with the code {unit!r} on this site.")
    note(home, "board added", unit=unit)
    say(f"open {home.url}/board on the display and type {code} within 15 minutes; it works once")


@board.command("list")
def list_all(as_json: Json = False) -> None:
    """The displays that are paired, and the codes that wait to be typed."""
    found = in_gateway(running(Home.from_environment()), boards)
    if as_json:
        say(json.dumps([each._asdict() for each in found], ensure_ascii=False, default=str))
        return
    for each in found:
        say(_line(each))
    if not found:
        say("no board is paired")


@board.command()
def remove(
    name: Annotated[str, typer.Argument(help="The id as `board list` shows it.")],
) -> None:
    """A display shows nothing any more: at the latest after five seconds, when it asks anew."""
    home = running(Home.from_environment())
    try:
        id = UUID(name)
    except ValueError:
        raise SiteError(f"{name!r} is no id of a board; tongxin board list shows them.") from None
    if not in_gateway(home, lambda session: remove_board(id, session)):
        raise SiteError(f"There is no board {name} on this site.")
    note(home, "board removed", board=name)
    say(f"board {name} opens nothing any more")


def _line(one: BoardSeen) -> str:
    state = f"seen {_day(one.seen_at)}" if one.seen_at else "waits for its code"
    return f"{one.id}  {one.unit:<20} {one.name}  {state}"


def _day(at: datetime) -> str:
    return at.date().isoformat()


def add_to(app: typer.Typer) -> None:
    app.add_typer(board, name="board")
