"""What could stop a site from working on this machine."""

import shutil
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass

import asyncpg
from nats.js.errors import NotFoundError

from deploy.local import nats, postgres
from deploy.local.errors import SiteError
from deploy.local.home import LEAST_FREE, Home
from deploy.local.supervise import Supervisor
from deploy.postgres import walls
from shared.broker import connect, durables, durables_outside, streams


@dataclass(frozen=True)
class Finding:
    """`detail` says what is, or what to do."""

    what: str
    ok: bool
    detail: str


async def examine(home: Home) -> list[Finding]:
    """The machine first, then the running site, if one runs on this home."""
    if home.servers:
        checks = (_python(), _disk(home), _secrets(home))
        return [*checks, await _walls(home), await _streams(home)]
    findings = [_python(), _disk(home), _programs(), _secrets(home)]
    try:
        states = {each.name: each.state for each in Supervisor(home).programs()}
    except OSError:
        findings.append(_port(home))
        return [*findings, Finding("site", True, "none runs on this home; make run starts it")]
    for name, state in states.items():
        ok = state == "RUNNING"
        findings.append(Finding(name, ok, state if ok else f"{state}; see {home.logs}/{name}.log"))
    return [*findings, await _walls(home), await _streams(home)]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", sys.version_info >= (3, 11), version)


def _disk(home: Home) -> Finding:
    place = next(each for each in (home.path, *home.path.parents) if each.exists())
    free = shutil.disk_usage(place).free
    return Finding("disk", free >= LEAST_FREE, f"{free // 2**20} MB free at {place}")


def _programs() -> Finding:
    try:
        postgres.as_nobody_special()
        return Finding("programs", True, f"{postgres.binary('postgres')}, {nats.binary()}")
    except SiteError as error:
        return Finding("programs", False, str(error))


def _secrets(home: Home) -> Finding:
    directory = home.path / "secrets"
    if not directory.exists():
        return Finding("secrets", True, "made at the first start")
    open_ones = [file for file in directory.rglob("*") if stat.S_IMODE(file.stat().st_mode) & 0o077]
    if open_ones:
        return Finding("secrets", False, f"others can read {open_ones[0]}; chmod go= it")
    return Finding("secrets", True, "readable for this user only")


def _port(home: Home) -> Finding:
    try:
        home.check_port()
        return Finding("port", True, f"{home.port} is free")
    except SiteError as error:
        return Finding("port", False, str(error))


async def _streams(home: Home) -> Finding:
    try:
        password = home.secret("provisioner", "nats_password")
        client = await connect(home.nats_url, "provisioner", password)
    except Exception:
        return Finding("streams", False, f"NATS does not answer; see {_log(home, 'nats')}")
    js = client.jetstream()
    missing = []
    try:
        for name in (stream.name or "" for stream in streams(home.site)):
            with suppress(NotFoundError):
                await js.stream_info(name)
                continue
            missing.append(f"stream {name}")
        for durable in (*durables(home.site), *durables_outside(home.site)):
            with suppress(NotFoundError):
                await js.consumer_info(durable.stream, durable.name)
                continue
            missing.append(f"durable {durable.stream}/{durable.name}")
    finally:
        await client.close()
    if missing:
        return Finding("streams", False, f"no {', '.join(missing)}; tongxin provision makes them")
    return Finding("streams", True, "all streams and durables are there")


def _log(home: Home, name: str) -> str:
    if not home.servers:
        return f"{home.logs}/{name}.log"
    return f"the log of {home.nats_url if name == 'nats' else home.servers.postgres}"


async def _walls(home: Home) -> Finding:
    try:
        admin = await postgres.connect(home)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return Finding("walls", False, f"PostgreSQL does not answer; see {_log(home, 'postgres')}")
    try:
        found = await walls.breaches(admin)
    finally:
        await admin.close()
    if found:
        return Finding("walls", False, f"{'; '.join(found)}; tongxin provision puts them back")
    return Finding("walls", True, "each role reaches its own schemas only")
