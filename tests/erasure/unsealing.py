"""Looking for somebody in what is encrypted: opened with the keys that the services have."""

import json
from collections.abc import AsyncIterator, Sequence

from sqlalchemy import text

from deploy.local.erasing import service_session
from deploy.local.home import Home
from services.gateway.inventory import INVENTORY as GATEWAY
from services.membership.inventory import INVENTORY as MEMBERSHIP
from services.welfare.inventory import INVENTORY as WELFARE
from shared.personal import Holding
from shared.sealing import decrypt

INVENTORIES = {"membership": MEMBERSHIP, "welfare": WELFARE, "gateway": GATEWAY}
SHEET = ("sheet", "asked", "account")


async def found_sealed(home: Home, words: Sequence[str]) -> list[str]:
    """Where any of the words stands, a line each."""
    return [
        f"sealed {place}"
        async for place, said in opened(home)
        if any(word in said for word in words)
    ]


async def opened(home: Home) -> AsyncIterator[tuple[str, str]]:
    """Table and column, and what stands there."""
    for service, inventory in INVENTORIES.items():
        async with service_session(home, service) as session:
            for holding in inventory:
                if not holding.opens:
                    continue
                for row in (await session.execute(text(_everybodys(holding)))).mappings():
                    held = dict(row)
                    for name, place in holding.opens.items():
                        if row[name]:
                            said = decrypt(session, row[name], *place(held))
                            yield f"{service}.{holding.table}.{name}", said
    async with service_session(home, "gateway") as session:
        for row in (await session.execute(text("SELECT * FROM sheet_in"))).mappings():
            for name in SHEET:
                if row[name]:
                    said = json.loads(decrypt(session, row[name], name_of(name), row["id"]))
                    yield f"gateway.sheet_in.{name}", json.dumps(said, ensure_ascii=False)


def name_of(column: str) -> str:
    """What its encryption is bound to (`services.gateway.sheets_in.kept`)."""
    return "sheet_in" if column == "sheet" else column


def _everybodys(holding: Holding) -> str:
    shown = ", ".join(f'{value} AS "{name}"' for name, value in holding.shows.items())
    return f"SELECT {shown} FROM {holding.table}"
