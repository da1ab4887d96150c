"""The audit log on its pages: what an auditor finds, who may look, and that it is on record."""

import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import get_args

import httpx
import pytest
from sqlalchemy import text

from deploy.local import postgres
from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, keep_account
from services.gateway.audit import Entry, What, add, seal, signing_key
from services.gateway.audit_log import EntriesAsked, statement
from services.gateway.pages import sheets, words
from services.gateway.views.rows import spelled
from shared.calendar import today
from shared.messages import uuid7
from shared.settings import Settings
from tests.membership.test_roll import scans
from tests.pages.conftest import PASSWORD, Plant, browser_of, said_to_record
from tests.pages.counting import counted
from tests.pages.test_places import rows_of
from tests.statements import read_statements

WHO = "pages-auditor"
LONG_AGO = """
    INSERT INTO audit_entry (at, what, subject) VALUES (now() - interval '2h', 'read', 'test')
"""


@pytest.fixture
async def auditor(plant: Plant, site: Home) -> AsyncIterator[httpx.AsyncClient]:
    """A browser signed in as an auditor."""
    async with gateway_session(site) as session:
        await keep_account(session, WHO, employee=None, roles=["auditor"], password=PASSWORD)
        plant.tokens[WHO], _ = await begin_session(session, WHO)
        await session.commit()
    async with browser_of(plant, WHO) as browser:
        yield browser


async def noted(site: Home, *entries: Entry) -> None:
    async with gateway_session(site) as session:
        for entry in entries:
            await add(session, entry)
        await session.commit()


def lines(page: httpx.Response) -> list[str]:
    """What each entry says, without tags."""
    assert page.status_code == 200, page.text
    body = page.text.partition("<tbody>")[2].partition("</tbody>")[0]
    found = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [re.sub(r"<[^>]*>|\s+", " ", each) for each in found]


def test_every_kind_of_entry_has_its_word() -> None:
    assert set(words.AUDIT) >= set(get_args(What))


async def test_an_auditor_sees_who_was_refused_and_finds_it_again(
    auditor: httpx.AsyncClient, worker: httpx.AsyncClient
) -> None:
    assert (await worker.get("/members")).status_code == 403
    asked = {"account": "pages-worker", "what": "refused"}
    found = lines(await auditor.get("/audit", params=asked | {"about": ""}))
    assert "被拒绝" in found[0]
    assert "GET /members" in found[0]
    assert "forbidden" in found[0]
    assert all("pages-worker" in line for line in found)
    assert 'href="/audit"' in (await auditor.get("/")).text


async def test_who_read_about_somebody_is_found_by_whom_it_was(
    auditor: httpx.AsyncClient, site: Home
) -> None:
    await noted(
        site,
        Entry("read", "welfare.visit-note", "pages-officer", about="AU-1"),
        Entry("read", "welfare.visit-note", "pages-head", about="AU-2"),
    )
    looked, found = lines(await auditor.get("/audit", params={"about": "AU-1"}))
    assert "pages-officer" in found
    assert "尚未封存" in found
    assert WHO in looked, "who asks about somebody has read about them too"


async def test_both_days_are_within(auditor: httpx.AsyncClient, site: Home) -> None:
    await noted(site, Entry("read", "test", "pages-officer", about="AU-days"))
    day, before = today().isoformat(), (today() - timedelta(days=1)).isoformat()
    for days, number in (
        ({"since": day, "until": day}, 1),
        ({"since": before, "until": before}, 0),
        ({"since": day}, 1),
        ({"until": before}, 0),
        ({"since": day, "until": before}, 0),
    ):
        asked = {"about": "AU-days", "account": "pages-officer"}
        assert len(lines(await auditor.get("/audit", params=days | asked))) == number


async def test_piece_by_piece_every_entry_is_shown_once(
    auditor: httpx.AsyncClient, site: Home
) -> None:
    """Also while more are added: looking adds one each time."""
    await noted(site, *(Entry("read", f"piece-{n}", "pages-officer") for n in range(5)))
    path, found = "/audit?account=pages-officer&limit=2", list[str]()
    while path and len(found) < 5:
        page = await auditor.get(path)
        found += [line for line in lines(page) if "piece-" in line]
        following = re.search(r'href="([^"]*)" rel="next"', page.text)
        path = following[1].replace("&amp;", "&") if following else ""
    assert [re.findall(r"piece-\d", line)[0] for line in found] == [
        f"piece-{n}" for n in (4, 3, 2, 1, 0)
    ]


@pytest.mark.parametrize("path", ["/audit", "/audit.xlsx", "/audit/seals"])
async def test_looking_is_on_record_too_and_before_anything_is_told(
    auditor: httpx.AsyncClient, site: Home, path: str
) -> None:
    about = {} if "seals" in path else {"about": "AU-looked"}
    assert (await auditor.get(path, params=about)).status_code == 200
    last = "SELECT account || ' ' || what || ' ' || subject FROM audit ORDER BY id DESC LIMIT 1"
    assert await said_to_record(site, last) == f"{WHO} read {path}"
    admin = await postgres.connect(site)
    await admin.execute("ALTER TABLE gateway.audit_entry RENAME TO away")
    try:
        assert (await auditor.get(path)).status_code == 500
    finally:
        await admin.execute("ALTER TABLE gateway.away RENAME TO audit_entry")
        await admin.close()


async def test_the_sheet_has_what_the_page_has(auditor: httpx.AsyncClient, site: Home) -> None:
    await noted(site, Entry("read", "=1+1", "pages-officer", about="AU-sheet"))
    asked = {"about": "AU-sheet", "account": "pages-officer"}
    head, row = rows_of(await auditor.get("/audit.xlsx", params=asked))
    assert head[:3] == ("记录号", "时间", "账号")
    assert row[2:7] == ("pages-officer", None, "查看", "=1+1", "AU-sheet")
    assert row[1].startswith(today().isoformat())


async def test_a_sheet_that_is_not_all_says_so(
    plant: Plant,
    auditor: httpx.AsyncClient,
    settings: Callable[[str], Settings],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)
    async with counted(plant, settings("gateway"), WHO) as (browser, _):
        found = rows_of(await browser.get("/audit.xlsx"))
    assert len(found) == 1 + 2 + 1
    assert found[-1][0] == "还有更多：请用列表的筛选条件缩小范围。"


async def test_it_is_for_auditors_alone(
    officer: httpx.AsyncClient, stranger: httpx.AsyncClient, plant: Plant
) -> None:
    async with browser_of(plant, "pages-it") as it:
        for path in ("/audit", "/audit.xlsx", "/audit/seals"):
            for browser in (officer, it):
                assert (await browser.get(path)).status_code == 403
            assert (await stranger.get(path)).status_code == 303
        assert 'href="/audit"' not in (await it.get("/")).text


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/audit", {"since": "yesterday"}),
        ("/audit", {"what": "everything"}),
        ("/audit", {"cursor": "-1"}),
        ("/audit", {"cursor": f"1-{2**63}"}),
        ("/audit", {"account": "x" * 201}),
        ("/audit", {"about": "\x00"}),
        ("/audit", {"nonsense": "1"}),
        ("/audit.xlsx", {"until": "2026-02-30"}),
        ("/audit/seals", {"since": "yesterday"}),
        ("/audit/seals", {"since": "2026-01-01", "until": "2026-02-01"}),
        ("/audit/seals", {"since": "2026-01-02", "until": "2026-01-01"}),
        ("/audit/seals", {"nonsense": "1"}),
    ],
)
async def test_what_cannot_be_asked_is_said_on_a_page(
    auditor: httpx.AsyncClient, path: str, asked: dict[str, str]
) -> None:
    answer = await auditor.get(path, params=asked)
    assert answer.status_code == 422
    assert '<html lang="zh-CN">' in answer.text


@pytest.fixture
async def an_hour_sealed(site: Home) -> None:
    key = signing_key(site.secret("gateway", "seal_key").encode()[:64])
    async with gateway_session(site) as session:
        await session.execute(text(LONG_AGO))
        assert await seal(session, key) >= 1
        await session.commit()


async def test_whether_it_is_as_it_was_sealed_is_seen_and_a_change_too(
    auditor: httpx.AsyncClient, site: Home, an_hour_sealed: None
) -> None:
    assert "封存到第" in (await auditor.get("/audit")).text
    good = await auditor.get("/audit/seals")
    assert "记录与封存时一致" in good.text
    admin = await postgres.connect(site)
    last = await admin.fetchval("SELECT max(last) FROM gateway.audit_seal")
    change = "UPDATE gateway.audit_entry SET about = $2 WHERE id = $1"
    try:
        await admin.execute(change, last, uuid7())
        broken = await auditor.get("/audit/seals")
        assert f"{last} 条与封存时不一致" in broken.text
        assert "记录与封存时一致" not in broken.text
    finally:
        await admin.execute(change, last, None)
        await admin.close()
    old = {"since": "2020-01-01", "until": "2020-01-31"}
    assert "这些天里没有封存" in (await auditor.get("/audit/seals", params=old)).text


@pytest.mark.parametrize(("path", "most"), [("/audit", 2), ("/audit.xlsx", 1), ("/audit/seals", 4)])
async def test_a_page_asks_little_however_much_there_is(
    auditor: httpx.AsyncClient,
    an_hour_sealed: None,
    plant: Plant,
    settings: Callable[[str], Settings],
    path: str,
    most: int,
) -> None:
    async with counted(plant, settings("gateway"), WHO) as (browser, site):
        await browser.get(path)
        async with read_statements(site.readers) as said:
            assert (await browser.get(path)).status_code == 200
    assert len(said) == most, said


MANY = """
    INSERT INTO gateway.audit_entry (at, account, what, subject, about)
    SELECT now() - n * interval '1 minute', gateway.audit_thing('many-' || n % 1000), 'read',
        'many', gateway.audit_thing('one-' || n % 5000)
    FROM generate_series(1, 50000) AS n
"""


@pytest.mark.parametrize(
    "asked",
    [
        {"account": "many-7"},
        {"about": "one-7"},
        {"since": today() - timedelta(days=9), "until": today() - timedelta(days=9)},
        {"what": "not signed in"},
        {"until": today() - timedelta(days=9)},
        {"cursor": "1700000000000000-1"},
    ],
    ids=lambda asked: "-".join(asked),
)
async def test_an_entry_is_found_by_an_index(site: Home, asked: dict[str, object]) -> None:
    said, given = statement(EntriesAsked.model_validate(asked))
    sql, names = spelled(said)
    admin = await postgres.connect(site)
    transaction = admin.transaction()
    await transaction.start()
    try:
        await admin.execute("SET LOCAL search_path TO gateway, views, public")
        await admin.execute(MANY)
        await admin.execute("ANALYZE audit_entry, audit_name")
        values = [given[name] for name in names]
        told = await admin.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *values)
    finally:
        await transaction.rollback()
        await admin.close()
    looked_at = dict(scans(json.loads(told)[0]["Plan"]))
    assert looked_at["audit_entry"] < 2000
