"""How long a view takes in a company of a million, beside the same company with ten thousand."""

import time
from statistics import quantiles

import asyncpg

from deploy.local import postgres
from tests.bench.client import each_takes, get
from tests.bench.figures import Figure
from tests.bench.rig import Rig

FEW, MANY = 10_000, 1_000_000
IN_A_PLANT = 500
"""A company grows by plants, so a plant's page has as many people to count in either."""
EMPLOYEE = "D0046"
VIEWS = {
    "person": f"/api/v1/views/person?employee={EMPLOYEE}",
    "plant": "/api/v1/views/plant?unit=grown-0",
}

GROW = """
    WITH made AS (
        SELECT number, number / $3 AS plant, number / ($3 / 10) % 10 AS team, uuidv7() AS person
        FROM generate_series($1::int, $2::int - 1) AS number
    ), units AS (
        INSERT INTO views.unit (id, code, name, kind, parent, path, plant)
        SELECT uuidv7(), code, code, CASE WHEN team IS NULL THEN 'plant' ELSE 'team' END, NULL,
            'company/grown-' || plant || CASE WHEN team IS NULL THEN '' ELSE '/' || code END,
            'grown-' || plant
        FROM (SELECT plant, team, 'grown-' || plant || coalesce('-' || team, '') AS code
            FROM made GROUP BY GROUPING SETS ((plant), (plant, team))) AS named
        ON CONFLICT (code) DO UPDATE SET name = excluded.name RETURNING id, code, path
    ), placements AS (
        INSERT INTO views.unit_placement (unit, name, path, during)
        SELECT id, code, path, '(,)' FROM units ON CONFLICT DO NOTHING
    ), people AS (
        INSERT INTO views.person (id, employee, employed, member_since)
        SELECT person, 'grown' || number, '{[2020-01-01,)}', '2020-01-01' FROM made
    )
    INSERT INTO views.stay (person, unit, post, during)
    SELECT person, units.id, NULL, '[2020-01-01,)'
    FROM made JOIN units ON units.code = 'grown-' || plant || '-' || team
"""
"""The people numbered from `$1` to before `$2` in plants of `$3` people and ten teams, straight
into the views, which facts would fill with the same rows. Units that are there stay."""


async def measure(rig: Rig) -> list[Figure]:
    admin = await postgres.connect(rig.home)
    try:
        await grow(admin, 0, FEW)
        few = {
            view: [await _p99(rig, path) for _ in range(rig.rounds)] for view, path in VIEWS.items()
        }
        began = time.monotonic()
        for start in range(FEW, MANY, 90_000):
            await grow(admin, start, min(start + 90_000, MANY))
        await admin.execute(
            "VACUUM ANALYZE views.unit, views.unit_placement, views.person, views.stay"
        )
        note = f"{MANY - FEW} people were put into the views in {time.monotonic() - began:.0f} s"
        many = {
            view: [await _p99(rig, path) for _ in range(rig.rounds)] for view, path in VIEWS.items()
        }
    finally:
        await admin.close()
    return [
        Figure(
            f"view {view}, p99 with {MANY:,} members",
            f"itself with {FEW:,}",
            "ms",
            many[view],
            few[view],
            most=1.2,
            notes=[note] if view == "plant" else [],
        )
        for view in VIEWS
    ]


async def grow(admin: asyncpg.Connection, start: int, end: int) -> None:
    await admin.execute(GROW, start, end, IN_A_PLANT, timeout=300)
    await admin.execute("ANALYZE views.unit, views.unit_placement, views.person, views.stay")


async def _p99(rig: Rig, path: str) -> float:
    request = get(path, rig.tokens["officer"])
    taken = await each_takes(rig.home.port, request, seconds=rig.seconds)
    return quantiles(taken, n=100)[98]
