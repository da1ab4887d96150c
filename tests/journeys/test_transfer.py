"""会籍接转: the membership goes along with the job, also from one plant into another."""

from datetime import date, timedelta
from typing import Any

from deploy.local import postgres
from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, keep_account
from services.gateway.pages import reading
from shared.calendar import today
from shared.testing import eventually
from tests.journeys.conftest import Company, event

MOVER, ONE, TWO = "T-mover", "t-one", "t-two"
TEAMS = {ONE: "t-one-a", TWO: "t-two-a"}
UNITS = [
    each
    for plant, team in TEAMS.items()
    for each in (
        event("unit-created", unit=plant, name=plant, kind="plant", parent="company"),
        event("unit-created", unit=team, name=team, kind="team", parent=plant),
    )
]


async def stated(site: Home, number: str) -> list[str]:
    """What membership has stated of the person, in order."""
    admin = await postgres.connect(site)
    try:
        rows = await admin.fetch(
            """
            SELECT subject FROM membership.outbox WHERE aggregate =
                (SELECT id FROM membership.person WHERE employee = $1) ORDER BY id
            """,
            number,
        )
    finally:
        await admin.close()
    return [row["subject"].rpartition(".")[2] for row in rows]


async def memberships(site: Home, number: str) -> list[Any]:
    admin = await postgres.connect(site)
    try:
        return list(
            await admin.fetch(
                """
                SELECT lower(during) AS since, upper(during) AS until FROM membership.member
                JOIN membership.person ON person.id = member.person WHERE employee = $1
                """,
                number,
            )
        )
    finally:
        await admin.close()


async def roll_of(company: Company, plant: str, on: date) -> dict[str, tuple[str, str | None]]:
    told = await company.get(
        "officer", "membership/roll", unit=plant, on=on.isoformat(), state="member"
    )
    assert told.status_code == 200, told.text
    return {each["employee"]: (each["unit"], each["member_since"]) for each in told.json()["items"]}


async def test_who_moves_to_another_plant_stays_a_member_without_a_gap_or_a_second_consent(
    company: Company, site: Home
) -> None:
    hired, moves = today() - timedelta(days=40), today() + timedelta(days=30)
    placed = {"employee": MOVER, "on": hired.isoformat()}
    told = await company.feed(
        *UNITS,
        event("employee-hired", name="接转", **placed),
        event("employee-assigned", unit=TEAMS[ONE], post="操作工", **placed),
    )
    assert told.json()["heard"], told.text
    async with gateway_session(site) as session:
        await keep_account(session, "j-mover", employee=MOVER, roles=[])
        company.tokens["mover"], _ = await begin_session(session, "j-mover")
        await session.commit()
    joined = await company.ask("mover", "membership/join-union", {"consent": True})
    assert joined.status_code == 201, joined.text
    since = today().isoformat()
    before = await stated(site, MOVER)
    moved = event(
        "employee-transferred",
        employee=MOVER,
        from_unit=TEAMS[ONE],
        unit=TEAMS[TWO],
        on=moves.isoformat(),
    )
    for _ in range(2):
        assert (await company.feed(moved)).json()["heard"]

    assert [tuple(row) for row in await memberships(site, MOVER)] == [(today(), None)]
    assert before.count("member-joined") == 1
    assert (await stated(site, MOVER))[len(before) :] == ["person-placed", "member-transferred"]
    again = await company.ask("mover", "membership/join-union", {"consent": True})
    assert (again.status_code, again.json()["code"]) == (409, "already-member")

    last = moves - timedelta(days=1)
    assert await roll_of(company, ONE, last) == {MOVER: (TEAMS[ONE], since)}
    assert await roll_of(company, TWO, last) == {}
    assert await roll_of(company, ONE, moves) == {}
    assert await roll_of(company, TWO, moves) == {MOVER: (TEAMS[TWO], since)}
    for on, team in ((last, TEAMS[ONE]), (moves, TEAMS[TWO])):
        heads = (await company.get("officer", "membership/heads", on=on.isoformat())).json()
        ours = {unit: number for unit, number in heads["by_unit"].items() if unit.startswith("t-")}
        assert ours == {team: 1}

    async def seen() -> bool:
        """The views follow: the plant's page counts the person from that day on."""
        page = await company.get("director", "views/plant", unit=TWO, on=moves.isoformat())
        return bool(page.json()["heads"]["total"] == 1)

    await eventually(seen, seconds=5)


async def test_a_workshop_that_moves_takes_its_members_along_on_its_day(
    company: Company, site: Home
) -> None:
    """The other way a whole team comes to another plant: nobody is transferred, the tree is."""
    number, moves = "T-stays", today() - timedelta(days=10)
    hired = {"employee": number, "on": (moves - timedelta(days=90)).isoformat()}
    told = await company.feed(
        *UNITS,
        event("unit-created", unit="shop-of-t", name="shop-of-t", kind="workshop", parent=ONE),
        event("employee-hired", name="随迁", **hired),
        event("employee-assigned", unit="shop-of-t", **hired),
        event("unit-moved", unit="shop-of-t", parent=TWO, on=moves.isoformat()),
    )
    assert told.json()["heard"], told.text
    for unit, on, there in (
        (ONE, moves - timedelta(days=1), True),
        (TWO, moves - timedelta(days=1), False),
        (ONE, moves, False),
        (TWO, moves, True),
    ):
        asked = {"unit": unit, "on": on.isoformat(), "words": number}
        found = (await company.get("officer", "membership/roll", **asked)).json()["items"]
        assert bool(found) == there, (unit, on)

    async def heads(unit: str, on: date) -> dict[str, int]:
        page = await company.get("director", "views/plant", unit=unit, on=on.isoformat())
        by_unit: dict[str, int] = page.json()["heads"]["by_unit"]
        return by_unit

    async def followed() -> bool:
        return "shop-of-t" in await heads(TWO, moves)

    await eventually(followed, seconds=5)
    last = moves - timedelta(days=1)
    assert (await heads(ONE, last))["shop-of-t"] == 1, "a past day has the tree of that day"
    assert "shop-of-t" not in await heads(TWO, last)
    assert "shop-of-t" not in await heads(ONE, moves)


async def test_a_unit_that_has_ended_is_offered_for_days_on_which_it_was(
    company: Company, site: Home
) -> None:
    closed = today() - timedelta(days=5)
    told = await company.feed(
        *UNITS,
        event("unit-created", unit="shut-of-t", name="shut-of-t", kind="workshop", parent=ONE),
        event("unit-closed", unit="shut-of-t", on=closed.isoformat()),
    )
    assert told.json()["heard"], told.text
    admin: Any = await postgres.connect(site)
    await admin.execute("SET search_path TO views")

    async def ended() -> bool:
        ends = await admin.fetchval("SELECT ended_on FROM unit WHERE code = 'shut-of-t'")
        return bool(ends == closed)

    try:
        await eventually(ended, seconds=5)
        for offered in (reading.units_within, reading.places_within):
            there = [each.code for each in await offered([f"company/{ONE}"], admin)]
            assert ONE in there
            assert "shut-of-t" not in there
            last = closed - timedelta(days=1)
            then = await offered([f"company/{ONE}"], admin, on=last)
            assert "shut-of-t" in [each.code for each in then]
    finally:
        await admin.close()
