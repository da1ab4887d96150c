"""`tongxin up`: one whole site from nothing to ready, watched until it is stopped."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from shutil import disk_usage

import httpx

from deploy.local import demo, nats, postgres
from deploy.local.care import WATCH_SECONDS, Care
from deploy.local.errors import SiteError
from deploy.local.gateway import company_settings, door_settings
from deploy.local.home import SERVICES, Home
from deploy.local.leftovers import end_leftovers
from deploy.local.provision import provision
from deploy.local.supervise import Supervisor, supervised
from shared.telemetry import fault

Say = Callable[[str], None]
READY_SECONDS = 90
ROOM_TO_WRITE = 64 * 2**20
"""Bytes free before NATS is started again: a few blocks of its streams."""


async def up(home: Home, *, with_demo: bool, say: Say) -> None:
    """Starts everything in order, says so line by line, and returns when it was told to stop.

    Raises `SiteError` with one sentence when something is in the way.
    """
    if home.servers:
        raise SiteError(
            "TONGXIN_POSTGRES names a server that somebody else runs, and this starts one: "
            "unset it, or start the services yourself (tongxin provision, then tongxin keep)."
        )
    door_settings()
    company_settings()
    home.prepare()
    with home.held():
        work = asyncio.create_task(_run(home, with_demo=with_demo, say=say))
        loop = asyncio.get_running_loop()

        def stop() -> None:
            work.cancel()
            say("stopping …")
            for number in _SIGNALS:  # a second Ctrl-C must not break off the stopping
                loop.remove_signal_handler(number)
                signal.signal(number, signal.SIG_IGN)

        for number in _SIGNALS:
            loop.add_signal_handler(number, stop)
        with suppress(asyncio.CancelledError):
            await work
        say("stopped")


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def _run(home: Home, *, with_demo: bool, say: Say) -> None:
    await asyncio.to_thread(end_leftovers, home, say)
    home.check_port()
    first = not (home.postgres / "tongxin.made").exists()
    say(f"PostgreSQL: {'making' if first else 'finding'} the data in {home.postgres}")
    await asyncio.to_thread(postgres.make_cluster, home)
    ready = asyncio.Event()
    while True:
        try:
            nats.write_config(home)
            home.choose_ops_ports()
            async with supervised(home, demo=with_demo) as supervisor:
                try:
                    await _serve(home, supervisor, with_demo=with_demo, say=say, ready=ready)
                except OSError:
                    if supervisor.lives():
                        raise
            say("warning: the supervisor was killed; starting everything again")
        except Exception as error:
            # What was ready once comes back without a person, however long that takes.
            if not ready.is_set():
                raise
            said = str(error) if isinstance(error, SiteError) else fault(error)["error"]
            say(f"warning: the site is down ({said}); starting everything again")
            await asyncio.sleep(1)


async def _serve(
    home: Home, supervisor: Supervisor, *, with_demo: bool, say: Say, ready: asyncio.Event
) -> None:
    """Sets `ready` when all is up. Raises `OSError` when the supervisor has gone."""
    say("PostgreSQL and NATS: starting")
    await postgres.wait_until_up(home)
    await nats.wait_until_up(home)
    await provision(home, lambda line: say(f"provision: {line}"))
    say(f"services: starting {', '.join(SERVICES)}")
    for name in SERVICES:
        await asyncio.to_thread(supervisor.start, name)
    await _until_ready(home, supervisor)
    if with_demo:
        await demo.load(home, say)
    ready.set()
    say(_invitation(home, with_demo=with_demo))
    await _watch(home, supervisor, say)


def _invitation(home: Home, *, with_demo: bool) -> str:
    line = f"Tongxin 同心 is ready at {home.url}"
    if with_demo:
        accounts = " ".join(account.account for account in demo.ACCOUNTS)
        line += f" · demo accounts: {accounts} · password: {demo.PASSWORD}"
        line += f" · kiosk: {home.url}/kiosk · badge {demo.ACCOUNTS[0].employee} · PIN {demo.PIN}"
    return line + " · Ctrl-C stops it"


async def _until_ready(home: Home, supervisor: Supervisor) -> None:
    """Raises `SiteError` naming what is not ready and where its log is."""
    said = "nothing yet"
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        try:
            async with asyncio.timeout(READY_SECONDS):
                while True:
                    _must_live(supervisor)
                    with suppress(httpx.HTTPError, ValueError):
                        answer = await client.get(f"http://127.0.0.1:{home.port}/health")
                        if answer.status_code == 200:
                            return
                        said = answer.json()["status"]
                    await asyncio.sleep(0.1)
        except TimeoutError:
            pass
    states = {each.name: each.state for each in await asyncio.to_thread(supervisor.programs)}
    raise SiteError(
        f"The site was not ready in {READY_SECONDS} s ({said}; {states}); see {home.logs}."
    )


def _must_live(supervisor: Supervisor) -> None:
    if not supervisor.lives():
        raise ConnectionResetError("the supervisor has gone")


async def _watch(home: Home, supervisor: Supervisor, say: Say) -> None:
    """Looks after the site, and starts NATS again when it has stopped writing."""
    care = Care(home, say)
    while True:
        for _ in range(WATCH_SECONDS):
            await asyncio.sleep(1)
            _must_live(supervisor)
        await care.once(before=lambda: _thaw(home, supervisor, say))


async def _thaw(home: Home, supervisor: Supervisor, say: Say) -> None:
    """NATS does not write again by itself when a disk that was full has room."""
    if await nats.frozen(home) and disk_usage(home.path).free >= ROOM_TO_WRITE:
        say("NATS: starting again, it stopped writing when the disk was full")
        await asyncio.to_thread(supervisor.restart, "nats")
        await nats.wait_until_up(home)
