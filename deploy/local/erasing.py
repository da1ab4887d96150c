"""What is left to do about an erased person outside the services: the ledger, the streams, the log
of operators. And before any service starts: who was erased does not come back with a backup.

The ledger is a file of the home, one JSON line a person: the id, the day, and a keyed digest of the
number, by which a number that HR repeats is recognised. It names nobody.
"""

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Self
from uuid import UUID

import asyncpg
from pydantic import SecretStr
from sqlalchemy import text

from deploy.local import postgres, record
from deploy.local.gateway import gateway_settings
from deploy.local.home import SERVICES, Home
from deploy.local.streams import clean_streams
from services.democracy import erasing as democracy
from services.gateway import erasing as gateway
from services.gateway.views import erasing as views
from services.membership.erasure import doing as membership
from services.training import erasing as training
from services.welfare import erasing as welfare
from shared import database
from shared.contracts.membership import PersonErased
from shared.database import Session
from shared.outbox import keep_stated
from shared.personal import GONE
from shared.sealing import key_for

FILE = "erased.jsonl"

_KNOWN = "SELECT encode(number, 'hex') AS number, person, erased_on FROM membership.erased_number"
_COMES_BACK = """
    SELECT id FROM {schema}.person
    WHERE id = ANY($1::uuid[]) AND employee <> replace(id::text, '-', '')
"""
_REMEMBER = text("""
    INSERT INTO erased_number (number, person, erased_on)
    VALUES (decode(:number, 'hex'), :person, :on)
    ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True)
class Erased:
    """A line of the ledger. `number`: the digest, in hex."""

    person: UUID
    on: date
    number: str

    @classmethod
    def read(cls, line: str) -> Self:
        told = json.loads(line)
        return cls(UUID(told["person"]), date.fromisoformat(told["on"]), told["number"])

    def line(self) -> str:
        return json.dumps({"person": str(self.person), "on": str(self.on), "number": self.number})


def ledger(home: Home) -> list[Erased]:
    """In the order in which they were erased."""
    try:
        lines = (home.path / FILE).read_text().splitlines()
    except FileNotFoundError:
        return []
    return [Erased.read(line) for line in lines if line.strip()]


def _add(home: Home, news: list[Erased]) -> None:
    handle = os.open(home.path / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "w") as file:
        file.writelines(f"{each.line()}\n" for each in news)
        file.flush()
        os.fsync(file.fileno())


async def keep_erased(home: Home) -> list[str]:
    """One round, while the site runs: who was erased is in the ledger, and what is left of them in
    streams and in the log of operators goes. Says what it did."""
    admin = await postgres.connect(home)
    try:
        known = {
            Erased(r["person"], r["erased_on"], r["number"]) for r in await admin.fetch(_KNOWN)
        }
        news = sorted(known - set(ledger(home)), key=lambda each: (each.on, each.person))
        done = []
        if news:
            _add(home, news)
            done.append(f"ledger of erasures: {len(news)} more")
        done += await clean_streams(home, admin, {each.number: each.on for each in known}, news)
        if news and (changed := await _clean_log(home, admin, known)):
            done.append(f"operator.log: {changed} lines without a name")
    finally:
        await admin.close()
    return done + await apply_ledger(home)


async def apply_ledger(home: Home) -> list[str]:
    """Erases in every service whoever is in the ledger and there with a number all the same: from
    a backup that is older than the erasure, or because a service could not take the fact."""
    erased = {each.person: each for each in ledger(home)}
    if not erased:
        return []
    done = []
    for service, (schema, erase) in ERASERS.items():
        admin = await postgres.connect(home)
        try:
            rows = await admin.fetch(_COMES_BACK.format(schema=schema), list(erased))
        finally:
            await admin.close()
        for row in rows:
            async with service_session(home, service) as session:
                await erase(home, erased[row["id"]], session)
                await keep_stated(session, home.site)
                await session.commit()
        if rows:
            done.append(f"{service}: erased again {len(rows)} of the ledger")
    async with service_session(home, "membership") as session:
        for each in ledger(home):
            given = {"number": each.number, "person": each.person, "on": each.on}
            await session.execute(_REMEMBER, given)
        await session.commit()
    return done


@asynccontextmanager
async def service_session(home: Home, service: str) -> AsyncIterator[Session]:
    """A session of that service's role, with its key; the caller commits."""
    settings = gateway_settings(home).model_copy(
        update={
            "database_url": home.database_url(service),
            "postgres_password": SecretStr(home.secret(service, "postgres_password")),
        }
    )
    engine = database.engine(settings, pool_size=1)
    try:
        async with database.Sessions(engine, seal_key(home, service))() as session:
            yield session
    finally:
        await engine.dispose()


def seal_key(home: Home, service: str) -> bytes:
    return home.secret(service, "seal_key").encode()[:64]


async def _membership(_: Home, one: Erased, session: Session) -> None:
    await membership.erase(one.person, one.on, session)


async def _democracy(_: Home, one: Erased, session: Session) -> None:
    await democracy.erase(one.person, session)


async def _training(_: Home, one: Erased, session: Session) -> None:
    await training.erase(one.person, session)


async def _welfare(_: Home, one: Erased, session: Session) -> None:
    await welfare.erase(one.person, session)


async def _gateway(home: Home, one: Erased, session: Session) -> None:
    """The record; then the views, by their own reaction."""
    following = key_for("following", seal_key(home, "gateway"))
    await gateway.erase_record(one.person, following, session)
    await views.empty_name(PersonErased(person=one.person, on=one.on), session)


Eraser = Callable[[Home, Erased, Session], Awaitable[None]]
ERASERS: Mapping[str, tuple[str, Eraser]] = {
    "membership": ("membership", _membership),
    "democracy": ("democracy", _democracy),
    "training": ("training", _training),
    "welfare": ("welfare", _welfare),
    "gateway": ("views", _gateway),
}
"""Service → where it keeps people, and what erasing one of them means there."""
assert ERASERS.keys() == set(SERVICES)


async def _clean_log(home: Home, admin: asyncpg.Connection, known: set[Erased]) -> int:
    """Accounts that are there no more, and numbers of who was erased, stand in it no longer."""
    rows = await admin.fetch("SELECT name FROM gateway.account")
    accounts = {row["name"] for row in rows}
    numbers = {each.number for each in known}
    key = seal_key(home, "membership")

    def told(line: dict[str, Any]) -> dict[str, Any]:
        clean = dict(line)
        if "account" in line and line["account"] not in accounts:
            clean["account"] = GONE
        about = str(line.get("aggregate", ""))
        if about.startswith("hr ") and membership.sealed_with(key, about[3:]).hex() in numbers:
            clean["aggregate"] = f"hr {GONE}"
        clean.pop("reason", None)
        return clean

    return record.rewrite(home, told)
