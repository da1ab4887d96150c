"""How long a page takes in a company of ten thousand, beside the same company with a hundred."""

from statistics import median

import asyncpg

from deploy.local import postgres
from tests.bench.client import each_takes, get
from tests.bench.figures import Figure
from tests.bench.members import grow
from tests.bench.rig import Rig

FEW, MANY = 100, 10_000
PAGES = {
    "home": "/",
    "plant": "/plants/demo-qinghe",
    "visits": "/visits",
    "proposals": "/proposals",
    "person": "/people/D0046",
}
"""As an officer of the whole company sees them. Each composes what several services have said."""
TO_VISIT = """
    INSERT INTO views.visit (id, person, state, since, due_on, overdue)
    SELECT uuidv7(), id, 'due', '2026-01-05', '2026-01-08', true FROM views.person
    WHERE (employee ~ '^grown[0-9]{1,2}$' OR employee LIKE 'grown%7')
        AND id NOT IN (SELECT person FROM views.visit)
"""
SAID = """
    INSERT INTO views.proposal (id, unit, author, category, title, body, state, supports, overdue,
        submitted_on, due_on, stated_at)
    SELECT uuidv7(), stay.unit, stay.person, 'safety', 'grown', 'said to be timed',
        CASE WHEN employee LIKE 'grown%1' THEN 'open' ELSE 'adopted' END, 0, false,
        '2026-01-05', '2026-02-05', now()
    FROM views.stay JOIN views.person ON person.id = stay.person
    WHERE employee ~ '^grown.*[1-5]$' AND stay.person NOT IN
        (SELECT author FROM views.proposal WHERE author IS NOT NULL)
"""
"""The first hundred and one in ten of the others are to be visited, so that a list is full either
way; every other one has said something, a fifth of it unanswered."""
GONE = (
    "DELETE FROM views.visit USING views.person WHERE person.id = visit.person",
    "DELETE FROM views.proposal USING views.person WHERE person.id = proposal.author",
    "DELETE FROM views.stay USING views.person WHERE person.id = stay.person",
    "DELETE FROM views.person WHERE true",
)


async def measure(rig: Rig) -> list[Figure]:
    admin = await postgres.connect(rig.home)
    try:
        await _company(admin, 0, FEW)
        few = await _taken(rig)
        await _company(admin, FEW, MANY)
        many = await _taken(rig)
        for gone in GONE:
            await admin.execute(f"{gone} AND person.employee LIKE 'grown%'")
        await admin.execute("""
            DELETE FROM views.unit_placement USING views.unit
            WHERE unit.id = unit_placement.unit AND code LIKE 'grown-%'
        """)
        await admin.execute("DELETE FROM views.unit WHERE code LIKE 'grown-%'")
    finally:
        await admin.close()
    return [
        Figure(
            f"page {name}, median with {MANY:,} members",
            f"itself with {FEW:,}",
            "ms",
            many[name],
            few[name],
            most=1.2,
        )
        for name in PAGES
    ]


async def _company(admin: asyncpg.Connection, start: int, end: int) -> None:
    await grow(admin, start, end)
    await admin.execute(TO_VISIT)
    await admin.execute(SAID)
    await admin.execute(
        "VACUUM ANALYZE views.unit, views.person, views.stay, views.visit, views.proposal"
    )


async def _taken(rig: Rig) -> dict[str, list[float]]:
    """Milliseconds, page → one median a round."""
    cookie = rig.tokens["officer"]
    found: dict[str, list[float]] = {name: [] for name in PAGES}
    for _ in range(rig.rounds):
        for name, path in PAGES.items():
            request = get(path, cookie=cookie)
            taken = await each_takes(rig.home.port, request, seconds=rig.seconds)
            found[name].append(median(taken))
    return found
