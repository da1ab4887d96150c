"""The verbs that bring data in."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.console import Console
from rich.progress import Progress

from deploy.cli.site import running, say
from deploy.local.errors import SiteError
from deploy.local.feed import Feed
from deploy.local.home import Home
from shared.contracts.hr import HrEvent, HrEventInvalid, parse_lines

BATCH = 1000
feed = typer.Typer(help="Bring data in from files.", no_args_is_help=True)


@feed.command("hr")
def feed_hr(
    file: Annotated[Path, typer.Argument(help="One CloudEvent a line (JSON lines), UTF-8.")],
) -> None:
    """Give HR's events to the site: any order, any repeats. Returns when every service has heard.

    A line that is no event of HR is reported with its reason and the rest goes on; the exit code
    is then 1.
    """
    home = running(Home.from_environment())
    if asyncio.run(_feed(home, file)):
        raise typer.Exit(1)


async def _feed(home: Home, file: Path) -> int:
    """Returns how many lines were refused."""
    refused: Counter[str] = Counter()
    sent = 0
    going = Feed(home)
    with _opened(file) as lines, Progress(console=Console(stderr=True)) as progress:
        reading = progress.add_task("sent", total=os.fstat(lines.fileno()).st_size)
        batch: list[HrEvent] = []
        for number, found in parse_lines(_counted(lines, lambda n: progress.advance(reading, n))):
            if isinstance(found, HrEventInvalid):
                refused[str(found)] += 1
                progress.console.print(f"line {number}: {found}", markup=False, highlight=False)
                continue
            batch.append(found)
            if len(batch) == BATCH:
                await going.send(batch)
                sent += len(batch)
                batch = []
        await going.send(batch)
        sent += len(batch)
        hearing = progress.add_task("heard", total=sent)
        await going.settled(lambda ahead: progress.update(hearing, completed=max(0, sent - ahead)))
        progress.update(hearing, completed=sent)
    say(f"{sent} events sent and heard by every service, {refused.total()} lines refused")
    return refused.total()


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise SiteError(f"{file} cannot be read: {error.strerror}.") from None


def _counted(lines: Iterable[bytes], advance: Callable[[int], None]) -> Iterator[bytes]:
    for line in lines:
        advance(len(line))
        yield line


def add_to(app: typer.Typer) -> None:
    app.add_typer(feed, name="feed")
