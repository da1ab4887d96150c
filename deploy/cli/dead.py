"""The verbs for facts that a service could not take."""

import asyncio
import json
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from deploy.cli.site import Json, running, say
from deploy.local.dead import WAIT_SECONDS, Desk, HeldFact, Outcome, desk
from deploy.local.errors import SiteError
from deploy.local.home import Home
from deploy.local.record import note

Name = Annotated[str, typer.Argument(help="As `dead list` shows it; its beginning is enough.")]
Service = Annotated[str | None, typer.Option(help="Only those of this service.")]

dead = typer.Typer(
    help="See, replay or skip facts that a service gave up on.", no_args_is_help=True
)


@dead.command("list")
def list_dead(
    service: Service = None,
    held: Annotated[
        bool, typer.Option("--held", help="Also those that are tried again by themselves.")
    ] = False,
    as_json: Json = False,
) -> None:
    """The dead, oldest first: where, what, since when, why, and how many wait behind."""
    home = running(Home.from_environment())
    found = asyncio.run(desk(home).facts(service, held=held))
    if as_json:
        say(json.dumps([_told(fact) for fact in found], ensure_ascii=False))
        return
    for fact in found:
        say("\n".join(_lines(fact)))
    if not found:
        say("nothing is held" if held else "nothing is dead")


@dead.command("show")
def show_dead(
    name: Name,
    body: Annotated[
        bool, typer.Option("--body", help="Also what it says; that you saw it is put on record.")
    ] = False,
    as_json: Json = False,
) -> None:
    """All that is known of one. What it says is shown only when asked for."""
    home = running(Home.from_environment())
    fact, raw = asyncio.run(_show(desk(home), name, body=body))
    told = _told(fact)
    if raw is not None:
        told["body"] = raw.decode(errors="backslashreplace")
        note(home, "dead body shown", **_place(fact))
        typer.echo("on record in log/operator.log: the body was shown to you", err=True)
    if as_json:
        say(json.dumps(told, ensure_ascii=False))
    else:
        for key, value in told.items():
            say(f"{key:<10}{value}")


@dead.command("replay")
def replay_dead(
    name: Annotated[str | None, typer.Argument(help="As `dead list` shows it.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that are dead.")] = False,
    service: Service = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the outcome.")] = WAIT_SECONDS,
    as_json: Json = False,
) -> None:
    """Let the running service try again, and say what became of it.

    Exit code 1 unless all were taken.
    """
    if (name is None) == (not every) or (service and not every):
        raise SiteError("Say which one, or --all (with --service for those of one service).")
    home = running(Home.from_environment())
    outcomes = asyncio.run(_replay(desk(home), name, service, wait))
    for outcome in outcomes:
        note(home, "dead replayed", taken=outcome.taken, **_place(outcome.fact))
    if as_json:
        told = [_place(each.fact) | {"taken": each.taken, "error": each.error} for each in outcomes]
        say(json.dumps(told, ensure_ascii=False))
    else:
        for outcome in outcomes:
            say(_sentence(outcome, wait))
        say(f"{sum(each.taken for each in outcomes)} of {len(outcomes)} taken")
    if not all(outcome.taken for outcome in outcomes):
        raise typer.Exit(1)


@dead.command("skip")
def skip_dead(
    name: Name,
    reason: Annotated[str, typer.Option(help="Why; kept with your name for good.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take one away for good, so that what waits behind it goes on. It will never take effect."""
    if not reason.strip():
        raise SiteError("A reason is needed; it is kept for those who ask later.")
    home = running(Home.from_environment())
    at = desk(home)
    fact = asyncio.run(at.find_dead(name))
    if not yes:
        typer.echo("\n".join(_lines(fact)), err=True)
        if not typer.confirm(f"Skip it for good? {fact.service} will never know it", err=True):
            raise SiteError("Nothing was changed.")
    asyncio.run(at.skip(fact, reason.strip()))
    # The reason stands in `skipped`, from where it goes with who is erased.
    note(home, "dead skipped", **_place(fact))
    say(f"{fact.name} skipped; {fact.behind} that waited behind it go on")


async def _show(at: Desk, name: str, *, body: bool) -> tuple[HeldFact, bytes | None]:
    fact = await at.find(name)
    return fact, await at.body(fact) if body else None


async def _replay(at: Desk, name: str | None, service: str | None, wait: float) -> list[Outcome]:
    facts = [await at.find_dead(name)] if name else await at.facts(service)
    for fact in facts:
        await at.replay(fact)
    with Progress(console=Console(stderr=True), disable=not facts) as progress:
        bar = progress.add_task("replayed", total=len(facts))
        return await at.outcomes(
            facts, seconds=wait, progress=lambda known: progress.update(bar, completed=known)
        )


def _told(fact: HeldFact) -> dict[str, Any]:
    return {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in vars(fact).items()
    }


def _place(fact: HeldFact) -> dict[str, Any]:
    return {
        "name": fact.name,
        "service": fact.service,
        "stream": fact.stream,
        "aggregate": fact.aggregate,
        "owner": fact.owner,
        "sequence": fact.sequence,
    }


def _lines(fact: HeldFact) -> list[str]:
    since = fact.dead_at or fact.held_at
    return [
        f"{fact.name}  {fact.service}  {fact.stream}  {fact.subject}",
        f"          {fact.aggregate}  sequence {fact.sequence}",
        f"          {'dead' if fact.dead_at else 'held'} since {since:%Y-%m-%d %H:%M} UTC after "
        f"{fact.tries} tries; {fact.behind} wait behind it",
        f"          {fact.error}",
    ]


def _sentence(outcome: Outcome, wait: float) -> str:
    name = outcome.fact.name
    if outcome.taken:
        return f"{name} taken"
    if outcome.error is not None:
        return f"{name} failed again: {outcome.error}"
    return f"{name} not tried within {wait:g} s; is {outcome.fact.service} running? tongxin status"


def add_to(app: typer.Typer) -> None:
    app.add_typer(dead, name="dead")
