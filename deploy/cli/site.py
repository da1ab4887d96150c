"""The verbs that start a site and look at it."""

import asyncio
import json
import os
import sys
from contextlib import suppress
from typing import Annotated, Any

import httpx
import typer

from deploy.cli.doctor import examine
from deploy.local import nats, postgres
from deploy.local.care import keep as keep_running
from deploy.local.errors import SiteError
from deploy.local.home import SERVICES, Home
from deploy.local.provision import build_walls, migrate_all, reconcile_streams
from deploy.local.provision import provision as provision_all
from deploy.local.supervise import Supervisor
from deploy.local.up import up as bring_up

Json = Annotated[bool, typer.Option("--json", help="For scripts.")]


def say(line: str) -> None:
    try:
        typer.echo(line)
    except OSError:
        # The terminal was closed: that must not keep a site from stopping in its order.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def up(
    demo: Annotated[bool, typer.Option(help="The invented company and its accounts.")] = True,
) -> None:
    """Start a whole site and stay with it; Ctrl-C stops all of it."""
    asyncio.run(bring_up(Home.from_environment(), with_demo=demo, say=say))


def provision() -> None:
    """Put walls, streams and durables back as they are declared. For servers that somebody else
    runs (TONGXIN_POSTGRES, TONGXIN_NATS_URL) that is the whole way from nothing: run it before the
    services start, and at each upgrade."""
    home = running(Home.from_environment())
    asyncio.run(_from_nothing(home) if home.servers else _put_back(home))


async def _put_back(home: Home) -> None:
    await build_walls(home)
    done = await reconcile_streams(home)
    for line in done or ["nothing was missing"]:
        say(line)


async def _from_nothing(home: Home) -> None:
    await postgres.wait_until_up(home)
    await nats.wait_until_up(home)
    await provision_all(home, say)


def keep() -> None:
    """Stay beside a site whose servers somebody else runs, and look after it: streams that are gone
    come back, who was erased stays erased."""
    home = Home.from_environment()
    if not home.servers:
        raise SiteError(
            "tongxin up looks after a site with servers of its own; this is for others."
        )
    with suppress(KeyboardInterrupt):
        asyncio.run(keep_running(home, say))


def migrate() -> None:
    """Bring every service's schema to its newest revision."""
    asyncio.run(migrate_all(running(Home.from_environment()), say))


def status(as_json: Json = False) -> None:
    """Programs and health of the running site. Exit code 1 when something is away."""
    home = running(Home.from_environment())
    programs = [vars(each) for each in ([] if home.servers else Supervisor(home).programs())]
    health = _health(home)
    ops = {name: f"http://127.0.0.1:{port}" for name in SERVICES if (port := home.ops_port(name))}
    if as_json:
        said = {"programs": programs, "health": health, "ops": ops}
        say(json.dumps(said, ensure_ascii=False))
    else:
        for program in programs:
            say(
                f"{program['name']:<12}{program['state']:<10}pid {program['pid']:<8}"
                f"{program['seconds']} s"
                + (f"  {ops[program['name']]}/metrics" if program["name"] in ops else "")
            )
        say(f"health: {health['status']}")
        for durable in health.get("durables", []):
            say(f"  {durable['service']:<12}{durable['stream']:<7}behind {durable['pending']}")
        for name in ("oldest_unsent_seconds", "held", "dead"):
            if name in health:
                say(f"  {name.replace('_', ' ')}: {health[name]}")
    if health["status"] != "ok":
        raise typer.Exit(1)


def _health(home: Home) -> dict[str, Any]:
    try:
        answer = httpx.get(f"{home.gateway}/health", timeout=10, trust_env=False)
        found: dict[str, Any] = answer.json()
        return found
    except (httpx.HTTPError, ValueError):
        return {"status": f"no answer at {home.gateway}"}


def doctor(as_json: Json = False) -> None:
    """Look for what would stop a site from working here; each line says what to do."""
    findings = asyncio.run(examine(Home.from_environment()))
    if as_json:
        say(json.dumps([vars(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            say(f"{'ok  ' if finding.ok else 'LOOK'} {finding.what}: {finding.detail}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def running(home: Home) -> Home:
    """The home, when a site runs on it. Raises `SiteError` otherwise. Of servers that somebody else
    runs it shows when they are needed."""
    if home.servers:
        return home
    try:
        Supervisor(home).programs()
    except OSError:
        raise SiteError(f"No site runs on {home.path}; start it with make run.") from None
    return home


def add_to(app: typer.Typer) -> None:
    for verb in (up, status, doctor, provision, migrate, keep):
        app.command()(verb)
