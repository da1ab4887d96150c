"""The rows of two views by one prepared SELECT each, on the gateway's HTTP server and loop.

Plain ASGI and asyncpg: no framework, no signing in, no checks. As little as serves the rows.
"""

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import uvicorn
import uvloop

from deploy.local.home import Home
from services.gateway.views.plant import PAGE
from services.gateway.views.rows import spelled
from shared.calendar import today

PLANT = "demo-qinghe"
"""The unit whose page is measured: a plant of the demo."""

PROPOSALS = """
    SELECT proposal.id, unit.code AS unit, unit.name AS unit_name, person.employee AS author,
        category, title, body, state, supports, overdue, submitted_on, due_on, reasons, answered_on
    FROM proposal
    JOIN unit ON unit.id = proposal.unit
    LEFT JOIN person ON person.id = proposal.author
    ORDER BY proposal.id DESC LIMIT 50
"""
PLANT_PAGE, _names = spelled(PAGE)
_GIVEN = {"unit": PLANT, "on": today(), "reach": ["company"]}
STATEMENTS: dict[str, tuple[Any, ...]] = {
    "/proposals": (PROPOSALS,),
    "/plant": (PLANT_PAGE, *(_GIVEN[name] for name in _names)),
}


async def app(pool: Any, scope: Any, receive: Any, send: Any) -> None:
    statement, *given = STATEMENTS[scope["path"]]
    async with pool.acquire() as connection:
        rows = await connection.fetch(statement, *given)
    body = json.dumps([dict(row) for row in rows], default=str, ensure_ascii=False).encode()
    head = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def _no_reset(_: Any) -> None:
    """A bare connection: nothing to be put back between two uses."""


async def main(home: Home, port: int) -> None:
    async with asyncpg.create_pool(
        host=str(home.sockets),
        user="gateway",
        password=home.secret("gateway", "postgres_password"),
        database="tongxin",
        min_size=16,
        max_size=16,
        reset=_no_reset,
    ) as pool:
        config = uvicorn.Config(
            partial(app, pool),
            host="127.0.0.1",
            port=port,
            interface="asgi3",
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
        )
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    uvloop.run(main(Home(Path(sys.argv[1])), int(sys.argv[2])))
