"""The verb that takes in HR's list of who is where."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from deploy.cli.site import running, say
from deploy.local.errors import SiteError
from deploy.local.feed import Feed
from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from deploy.local.record import note
from services.gateway.ask import Asking
from services.gateway.problems import Problem
from services.gateway.sheets_in.columns import guessed, plain, unmapped
from services.gateway.sheets_in.kinds import Sheet, SheetUnfit
from services.gateway.sheets_in.reading import SheetReading
from services.gateway.snapshot.door import Asked, Compared, Door
from services.gateway.snapshot.listed import FIELDS
from services.gateway.views.codes import codes
from shared.broker import connect
from shared.contracts.hr import HrEvent
from shared.rights import Actor, Grant

hr = typer.Typer(help="What HR brings beside its events.", no_args_is_help=True)


@hr.command("snapshot")
def snapshot(
    file: Annotated[Path, typer.Argument(help="HR's list, .xlsx or .csv.")],
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day it is right for.")],
    unit: Annotated[str, typer.Option(help="The unit that it is of.")] = "company",
    complete: Annotated[bool, typer.Option(help="Everybody of the unit is on it.")] = False,
    dry_run: Annotated[
        bool, typer.Option(help="Compare and note the drift; the roll stays as it is.")
    ] = False,
    ends: Annotated[
        int, typer.Option(help="So many people are missing, and their days end.", min=0)
    ] = 0,
    map: Annotated[list[str] | None, typer.Option(help="HEADER=FIELD, again and again.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Row by row, for programs.")] = False,
) -> None:
    """Compare HR's list with the roll of its day, and say what differs as events of HR.

    Refused rows are named by their number; the exit code is then 1.
    """
    home = running(Home.from_environment())
    asked = Asked(on.date(), unit, complete)
    seen = asyncio.run(taken_in(home, file, asked, map or [], dry_run=dry_run, ends=ends))
    note(home, "hr snapshot", on=asked.on, unit=unit, rows=len(seen.lines), dry_run=dry_run)
    refused = [line for line in seen.lines if line.difference.becomes == "refused"]
    counts = Counter(line.difference.becomes for line in seen.lines)
    if as_json:
        rows = [
            {"row": line.row, "becomes": line.difference.becomes, "why": line.difference.why}
            for line in seen.lines
        ]
        say(json.dumps({"rows": rows, "missing": len(seen.missing), "drift": seen.drift()}))
    else:
        for line in refused:
            say(f"row {line.row}: {line.difference.why}")
        told = ", ".join(f"{count} {becomes}" for becomes, count in sorted(counts.items()))
        say(f"{told}; {len(seen.missing)} missing" + ("; nothing was changed" if dry_run else ""))
    if refused:
        raise typer.Exit(1)


async def taken_in(
    home: Home, file: Path, asked: Asked, chosen: Sequence[str], *, dry_run: bool, ends: int
) -> Compared:
    """What became, or would become, of each row. Raises `SiteError`."""
    sheet = await _read(file)
    columns = _columns(sheet, chosen)
    async with gateway_session(home) as session:
        units = frozenset(await codes(session))
    client = await connect(home.nats_url, "gateway", home.secret("gateway", "nats_password"))
    actor = Actor("operator", None, (Grant("hr", "company"),), home.site)
    with Progress(console=Console(stderr=True)) as progress:
        bar = progress.add_task("compared", total=len(sheet.rows))

        async def tell(rows: int) -> None:
            progress.update(bar, completed=rows)

        door = Door(Asking(client, home.site), actor, units, tell)
        try:
            seen = await door.compare(sheet, columns, asked)
            if ends and ends != len(seen.missing):
                raise SiteError(f"{len(seen.missing)} people are missing, not {ends}.")
            if not dry_run:
                seen, after = await door.take(
                    sheet, columns, asked, ends=ends > 0, publish=lambda some: _feed(home, some)
                )
                await door.note(after)
            else:
                await door.note(seen)
        except Problem as problem:
            raise SiteError(f"{problem.detail}.") from None
        finally:
            await client.close()
    return seen


async def _feed(home: Home, events: Sequence[HrEvent]) -> None:
    going = Feed(home)
    for start in range(0, len(events), 1000):
        await going.send(events[start : start + 1000])
    await going.settled()


async def _read(file: Path) -> Sheet:
    try:
        with file.open("rb") as given:
            return await SheetReading().read(given)
    except OSError as error:
        raise SiteError(f"{file} cannot be read: {error.strerror}.") from None
    except SheetUnfit as unfit:
        raise SiteError(f"{file} is not taken: {unfit.code}.") from None


def _columns(sheet: Sheet, chosen: Sequence[str]) -> dict[str, int]:
    columns = guessed(sheet.header, FIELDS)
    names = [plain(name) for name in sheet.header]
    for each in chosen:
        header, _, field = each.rpartition("=")
        if plain(header) not in names or field not in {one.name for one in FIELDS}:
            fields = ", ".join(one.name for one in FIELDS)
            raise SiteError(f"--map {each}: a header of the sheet = one of {fields}.")
        columns[field] = names.index(plain(header))
    if missing := unmapped(columns, FIELDS):
        names_of = ", ".join(field.name for field in missing)
        raise SiteError(f"No column is known as {names_of}; say it with --map HEADER=FIELD.")
    return columns


def add_to(app: typer.Typer) -> None:
    app.add_typer(hr, name="hr")
