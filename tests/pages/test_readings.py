"""Who read what is held of oneself: told to the person, and to nobody else."""

from itertools import product
from typing import Any

import httpx
import pytest

from deploy.local import postgres
from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.audit import Entry, add
from services.gateway.readings import LISTED, OWN, ReadingsAsked, given_for
from services.gateway.views.rows import spelled
from shared.rights import Actor
from tests.pages.conftest import (
    OFFICER,
    PLANT,
    TEAM,
    WORKER,
    Plant,
    browser_of,
    said_to_record,
)


async def noted(site: Home, *entries: Entry) -> None:
    async with gateway_session(site) as session:
        await add(session, *entries)
        await session.commit()


async def id_of(site: Home, employee: str) -> str:
    return str(
        await said_to_record(
            site, "SELECT id FROM person WHERE employee = :employee", employee=employee
        )
    )


async def got(plant: Plant, who: str, path: str, **asked: Any) -> httpx.Response:
    bearer = {"Authorization": f"Bearer {plant.tokens[who]}"}
    async with httpx.AsyncClient(base_url=plant.url, timeout=30, headers=bearer) as client:
        return await client.get(f"/api/v1/{path}", params=asked)


async def read_of(plant: Plant, who: str, **asked: Any) -> list[dict[str, Any]]:
    """All pieces."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        more = {"cursor": cursor} if cursor else {}
        answer = await got(plant, who, "views/readings", limit=3, **asked, **more)
        assert answer.status_code == 200, answer.text
        piece = answer.json()
        assert len(piece["items"]) <= 3
        found += piece["items"]
        cursor = piece["cursor"]
    return found


@pytest.mark.parametrize(
    ("path", "subject"),
    [
        ("membership/member-record", "membership.member-record"),
        ("membership/dues-of", "membership.dues-of"),
        ("membership/profile", "membership.profile"),
        ("views/person", "views.person"),
    ],
)
async def test_who_read_it_is_told_with_post_and_name(
    plant: Plant, path: str, subject: str
) -> None:
    before = await read_of(plant, "pages-worker")
    assert (await got(plant, "pages-officer", path, employee=WORKER)).status_code == 200
    now = await read_of(plant, "pages-worker")
    assert len(now) == len(before) + 1
    one = now[0]
    assert (one["subject"], one["roles"], one["name"]) == (subject, ["officer"], "李干事")
    assert one["unit"] is None


async def test_what_one_opens_oneself_is_not_listed(plant: Plant) -> None:
    before = await read_of(plant, "pages-worker")
    for path in ("membership/member-record", "membership/profile", "views/person"):
        assert (await got(plant, "pages-worker", path, employee=WORKER)).status_code == 200
    assert await read_of(plant, "pages-worker") == before


async def test_nobody_sees_who_read_about_others(plant: Plant) -> None:
    await got(plant, "pages-head", "membership/member-record", employee=OFFICER)
    mine = await read_of(plant, "pages-officer")
    assert mine[0]["name"] == "赵干事"
    before = await read_of(plant, "pages-worker")
    await got(plant, "pages-head", "membership/member-record", employee=OFFICER)
    assert await read_of(plant, "pages-worker") == before
    assert (await got(plant, "pages-it", "views/readings")).status_code == 403


async def test_who_read_the_note_of_a_visit_is_told_to_whom_it_was_made(plant: Plant) -> None:
    visit = await plant.say(
        "pages-officer",
        "welfare/log-visit",
        {"employee": WORKER, "occasion": "festival", "on": "2024-05-01", "visitors": [OFFICER]},
    )
    assert (await got(plant, "pages-officer", "welfare/visit-note", visit=visit)).status_code == 200
    assert (await read_of(plant, "pages-worker"))[0]["subject"] == "welfare.visit-note"


async def test_that_an_auditor_looks_into_the_log_is_not_told_to_whom_it_is_about(
    plant: Plant, site: Home
) -> None:
    """Else who is examined is warned; what an auditor reads of the person's own is told."""
    before = await read_of(plant, "pages-worker")
    await noted(
        site,
        Entry("read", "/audit", "pages-auditor", about=WORKER),
        Entry("read", "/audit.xlsx", "pages-auditor", about=WORKER),
        Entry("refused", "membership.dues-of", "pages-leader", about=WORKER),
    )
    assert await read_of(plant, "pages-worker") == before
    await noted(site, Entry("read", "membership.dues-of", "pages-hr", about=WORKER))
    told = (await read_of(plant, "pages-worker"))[0]
    assert (told["roles"], told["name"]) == (["hr"], None)
    assert not {"account", "person", "trace_id"} & told.keys()


async def test_a_list_is_told_to_who_stood_in_the_unit_on_that_day(plant: Plant) -> None:
    before = await read_of(plant, "pages-worker", lists=True)
    own = await read_of(plant, "pages-worker")
    assert (await got(plant, "pages-officer", "membership/roll", unit=TEAM)).status_code == 200
    told = await read_of(plant, "pages-worker", lists=True)
    assert len(told) == len(before) + 1
    assert (told[0]["subject"], told[0]["unit"]) == ("membership.roll", TEAM)
    assert await read_of(plant, "pages-worker") == own
    assert (await read_of(plant, "pages-manager", lists=True))[:1] != told[:1], "not in that team"


async def test_who_looks_whom_to_visit_or_whose_events_do_not_fit_is_told(plant: Plant) -> None:
    """By the unit that was asked for, else by that of the reader's post; at the API, on the page
    and by the sheet. That they are counted tells nobody's number, and is no reading."""
    bearer = {"Authorization": f"Bearer {plant.tokens['pages-officer']}"}
    for subject, looks in (
        ("views.visits", ("/api/v1/views/visits", "/visits", "/visits.xlsx")),
        ("membership.unfit", ("/api/v1/membership/unfit", "/desk", "/desk.xlsx")),
    ):
        for look, asked in product(looks, ({"unit": PLANT}, {})):
            before = await read_of(plant, "pages-worker", lists=True)
            async with browser_of(plant, "pages-officer") as officer:
                answer = await officer.get(look, params=asked, headers=bearer)
            assert answer.status_code == 200, answer.text
            told = await read_of(plant, "pages-worker", lists=True)
            assert told[0]["subject"] == subject, look
            assert told[0]["id"] != (before and before[0]["id"]), look
            assert told[0]["unit"] in {PLANT, "company"}
    before = await read_of(plant, "pages-worker", lists=True)
    assert (await got(plant, "pages-officer", "membership/desk-counts")).status_code == 200
    assert await read_of(plant, "pages-worker", lists=True) == before


async def test_a_cursor_of_another_century_is_refused(plant: Plant) -> None:
    answer = await got(plant, "pages-worker", "views/readings", cursor=f"{'9' * 17}-1")
    assert answer.status_code in (200, 404)


MANY = """
    INSERT INTO audit_entry (at, what, subject, about)
    SELECT now() - n * interval '1 second', 'read',
        CASE WHEN n % 2 = 0 THEN 'membership.member-record' ELSE 'membership.roll' END,
        CASE WHEN n % 2 = 0 THEN gen_random_uuid()
            ELSE (SELECT id FROM audit_name WHERE name = :team) END
    FROM generate_series(1, 100000) AS n
"""


async def test_who_read_it_comes_off_the_index_however_large_the_log(
    plant: Plant, site: Home
) -> None:
    admin = await postgres.connect(site)
    person = await admin.fetchval("SELECT id FROM views.person WHERE employee = $1", WORKER)
    given = given_for(ReadingsAsked(), Actor("w", person))
    begun = admin.transaction()
    await begun.start()
    try:
        await admin.execute("SET LOCAL search_path TO gateway, views")
        await admin.execute(MANY.replace(":team", f"'{TEAM}'"))
        await admin.execute("ANALYZE audit_entry")
        for statement in (OWN, LISTED):
            sql, names = spelled(statement)
            plan = await admin.fetch(f"EXPLAIN {sql}", *(given[name] for name in names))
            said = "\n".join(row[0] for row in plan)
            assert "audit_about" in said, said
            assert "Seq Scan on audit_entry" not in said, said
    finally:
        await begun.rollback()
        await admin.close()
