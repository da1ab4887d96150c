"""Accepted commands a second through HTTP, beside pgbench and beside a plain CRUD app."""

import json
from collections.abc import Callable

from shared.messages import uuid7
from tests.bench.client import CLIENTS, hammer, post
from tests.bench.figures import Figure, alternately
from tests.bench.payloads import COMMAND
from tests.bench.pgbench import pgbench
from tests.bench.rig import Rig, app_beside, copies

PATH = "/api/v1/democracy/submit-proposal"


def submitting(token: str, path: str = PATH) -> Callable[[], bytes]:
    """Makes the request of a new command each time."""
    body = json.dumps(COMMAND).encode()
    return lambda: post(path, body, token, str(uuid7()))


async def measure(rig: Rig) -> list[Figure]:
    """Every answer must be 201, from ours and from the other."""
    token = rig.tokens["worker"]

    async def ours() -> float:
        return await hammer(rig.home.port, submitting(token), seconds=rig.seconds, expect=201)

    async def crud() -> float:
        async with (
            copies(rig.home, {"proposal": "democracy.proposal"}),
            app_beside(rig.home, "tests.bench.crud") as port,
        ):
            make = submitting(token, "/proposals")
            return await hammer(port, make, seconds=rig.seconds, expect=201)

    async def rows() -> float:
        return await pgbench(rig.home, rig.seconds)

    accepted, plain, written = await alternately(rig.rounds, ours, crud, rows)
    rig.commands_a_second = sorted(accepted)[len(accepted) // 2]
    what = f"commands a second, {CLIENTS} clients"
    return [
        Figure(what, "pgbench, the same rows", "/s", accepted, written, least=0.15),
        Figure(what, "a plain CRUD app, one insert", "/s", accepted, plain, least=0.8),
    ]
