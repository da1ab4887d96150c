"""`tongxin rebuild`."""

import asyncio
import json
import sys
from dataclasses import asdict
from typing import Annotated, Any

import structlog
import typer
import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from deploy.cli.site import Json, running, say
from deploy.local.home import Home
from deploy.local.rebuild import Rebuilt
from deploy.local.rebuild import rebuild as build_anew
from deploy.local.record import note
from shared.service import spare_the_collector

DIFFERENT = 3
SHOWN = 5


def rebuild(
    check: Annotated[
        bool, typer.Option("--check", help="Only compare; change nothing. 3 when rows differ.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fill the views anew from the first fact and mend what differs, while the site runs.

    With --check nothing is changed and the exit code is 3 when rows differ.
    """
    home = running(Home.from_environment())
    spare_the_collector()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # tidies up after Ctrl-C
        done = runner.run(_rebuild(home, check=check))
    if done.mended and done.differing:
        told = {each.table: each.rows for each in done.differences}
        note(home, "views mended", facts=done.facts, rows=told)
    say(json.dumps(_told(done), ensure_ascii=False) if as_json else "\n".join(_lines(done)))
    if check and done.differing:
        raise typer.Exit(DIFFERENT)


async def _rebuild(home: Home, *, check: bool) -> Rebuilt:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("facts", total=None)
        return await build_anew(
            home,
            check=check,
            progress=lambda done, total: progress.update(bar, completed=done, total=total),
        )


def _told(done: Rebuilt) -> dict[str, Any]:
    return asdict(done) | {
        "differing": done.differing,
        "facts_per_second": round(done.facts / done.seconds, 1),
    }


def _lines(done: Rebuilt) -> list[str]:
    lines = [
        f"{done.facts} facts in {done.seconds:.1f} s ({done.facts / done.seconds:.0f}/s) "
        f"became {done.rows} rows; the live views waited {done.paused * 1000:.0f} ms"
    ]
    for each in done.differences:
        lines.append(
            f"{each.table}: {each.missing} missing, {each.surplus} too many, "
            f"{each.changed} changed: {', '.join(each.ids[:SHOWN])}{' …' * (each.rows > SHOWN)}"
        )
    if not done.differing:
        lines.append("0 rows differ")
    else:
        lines.append(f"{done.differing} rows {'mended' if done.mended else 'differ'}")
    return lines


def add_to(app: typer.Typer) -> None:
    app.command()(rebuild)
