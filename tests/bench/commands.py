"""Accepted commands a second through HTTP, beside pgbench and beside a plain CRUD app."""

import json
from collections.abc import Callable
from statistics import median

from shared.messages import uuid7
from tests.bench.client import CLIENTS, hammer, post
from tests.bench.figures import Figure, alternately
from tests.bench.payloads import COMMAND
from tests.bench.pgbench import pgbench
from tests.bench.rig import Rig, app_beside, copies
from tests.bench.spent import Counted, Spent, postgres_pid

PATH = "/api/v1/democracy/submit-proposal"


def submitting(token: str, path: str = PATH) -> Callable[[], bytes]:
    """Makes the request of a new command each time."""
    body = json.dumps(COMMAND).encode()
    return lambda: post(path, body, token, str(uuid7()))


async def measure(rig: Rig) -> list[Figure]:
    """Every answer must be 201, from ours and from the other."""
    token, ours_spent, crud_spent = rig.tokens["worker"], [], []

    async def ours() -> float:
        spent, make = Spent.by_site(rig.home), Counted(submitting(token))
        rate = await hammer(rig.home.port, make, seconds=rig.seconds, expect=201)
        ours_spent.append(spent.said(make.made))
        return rate

    async def crud() -> float:
        async with (
            copies(rig.home, {"proposal": "democracy.proposal"}),
            app_beside(rig.home, "tests.bench.crud") as app,
        ):
            spent = Spent({"app": app.pid, "postgres": postgres_pid(rig.home)})
            make = Counted(submitting(token, "/proposals"))
            rate = await hammer(app.port, make, seconds=rig.seconds, expect=201)
            crud_spent.append(spent.said(make.made))
            return rate

    async def rows() -> float:
        return await pgbench(rig.home, rig.seconds)

    accepted, plain, written = await alternately(rig.rounds, ours, crud, rows)
    rig.commands_a_second = median(accepted)
    what = f"commands a second, {CLIENTS} clients"
    notes = [f"processor ms a command, ours: {said}" for said in ours_spent]
    notes += [f"processor ms a command, CRUD: {said}" for said in crud_spent]
    return [
        Figure(what, "pgbench, the same rows", "/s", accepted, written, least=0.15),
        Figure(what, "a plain CRUD app, one insert", "/s", accepted, plain, least=0.8, notes=notes),
    ]
