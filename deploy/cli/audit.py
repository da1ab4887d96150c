"""`tongxin audit`: what was refused and read, and whether the log is as it was sealed."""

import asyncio
import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import text

from deploy.cli.site import running, say
from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.audit import signing_key
from services.gateway.seals import Verified, verified
from shared.database import raw

BROKEN = 3
SHOWN = 50

audit = typer.Typer(help="The audit log: list, verify.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="For programs.")]

_LISTED = text("""
    SELECT at, account, what, subject, about, code, trace_id FROM audit
    WHERE (CAST(:account AS text) IS NULL OR account = :account)
        AND (CAST(:about AS text) IS NULL OR about = :about)
    ORDER BY at DESC, id DESC LIMIT :limit
""")


def site_key(home: Home) -> Ed25519PublicKey:
    seal_key = home.secret("gateway", "seal_key").encode()[:64]
    return signing_key(seal_key).public_key()


@audit.command()
def verify(as_json: Json = False) -> None:
    """Compare every sealed entry with its seal. Exit code 3 when one was changed, added or taken
    away. The key printed here lets others check the signatures."""
    home = running(Home.from_environment())
    key = site_key(home)

    async def look() -> Verified:
        async with gateway_session(home) as session:
            return await verified(raw(session), key)

    found = asyncio.run(look())
    public = key.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    if as_json:
        say(json.dumps(asdict(found) | {"key": public}))
    elif found.broken:
        say(
            f"the entries {found.broken} are not as they were sealed; {found.entries} before them "
            "are. Compare with a backup, and with `audit sealed` in copies of log/gateway.log."
        )
    else:
        say(
            f"{found.entries} entries in {found.seals} seals are as they were sealed, "
            f"{found.unsealed} are not sealed yet · key {public}"
        )
    if found.broken:
        raise typer.Exit(BROKEN)


@audit.command("list")
def list_entries(
    account: Annotated[str | None, typer.Option(help="What this account did.")] = None,
    about: Annotated[
        str | None, typer.Option(help="Who read this: an employee number or the id of a visit.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = SHOWN,
    as_json: Json = False,
) -> None:
    """The newest entries first: when (UTC), who, what, about whom."""
    home = running(Home.from_environment())

    async def look() -> list[dict[str, Any]]:
        async with gateway_session(home) as session:
            given = {"account": account, "about": about, "limit": limit}
            return [dict(row) for row in (await session.execute(_LISTED, given)).mappings()]

    found = asyncio.run(look())
    for entry in found:
        entry["at"] = entry["at"].isoformat(timespec="seconds")
    if as_json:
        say(json.dumps(found, ensure_ascii=False))
        return
    for entry in found:
        told = [entry["at"], entry["account"] or "-", entry["what"], entry["subject"]]
        told += [each for each in (entry["about"], entry["code"]) if each]
        say("  ".join(told))
    if not found:
        say("nothing is on record")


def add_to(app: typer.Typer) -> None:
    app.add_typer(audit, name="audit")
