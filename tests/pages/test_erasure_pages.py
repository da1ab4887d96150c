"""What is held of somebody is erased by pages: what is in the way, asking, granting by another,
taking it back; and nothing is left when the day has come."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import httpx
import pytest

from deploy.local import postgres
from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import drop_account, keep_account
from services.gateway.pages import own_words, words
from services.gateway.pages.languages import CHINESE, ENGLISH, day, speaking
from shared.calendar import today
from shared.contracts.membership import ErasureEntry, ErasureSeen
from shared.settings import Settings
from shared.testing import eventually
from tests.pages.conftest import PASSWORD, TEAM, WORKER, Plant, browser_of, fill, heard, told
from tests.pages.counting import asking, counted
from tests.pages.test_places import rows_of
from tests.statements import read_statements

GONE, HELPED, BACK, LATE = "PGE01", "PGE02", "PGE03", "PGE04"
NAMES = {GONE: "魍某甲", HELPED: "魍某乙", BACK: "魍某丙", LATE: "魍某丁"}
YESTERDAY = today() - timedelta(days=1)
ACCOUNT = "pages-gone"


@pytest.fixture(scope="module")
async def left(plant: Plant, site: Home) -> None:
    """Four have worked in the team and left."""
    events = []
    for place, (number, name) in enumerate(NAMES.items()):
        since = {"employee": number, "on": "2022-03-01"}
        events += [
            told(7_300 + place, "employee-hired", name=name, **since),
            told(7_310 + place, "employee-assigned", unit=TEAM, **since),
            told(7_320 + place, "employee-left", employee=number, on=str(YESTERDAY)),
        ]
    await heard(site, *events)


@pytest.fixture
async def gone(plant: Plant, site: Home, left: None) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of one who has left and is not yet signed out."""
    async with gateway_session(site) as session:
        await keep_account(session, ACCOUNT, employee=GONE, roles=[], password=PASSWORD)
        await session.commit()
    async with browser_of(plant, ACCOUNT) as browser:
        yield browser
    async with gateway_session(site) as session:
        await drop_account(session, ACCOUNT)
        await session.commit()


def of(employee: str) -> str:
    return f"/people/{employee}/erasure"


def erasure_in(page: httpx.Response) -> str:
    _, _, rest = page.text.partition('name="erasure" value="')
    assert rest, page.text
    return rest.partition('"')[0]


async def does(browser: httpx.AsyncClient, employee: str, deed: str) -> httpx.Response:
    """Opens the page and sends that form of it, as a browser does."""
    opened = await browser.get(of(employee))
    assert f'name="deed" value="{deed}"' in opened.text, opened.text
    erasure = {} if deed == "ask" else {"erasure": erasure_in(opened)}
    return await fill(browser, of(employee), deed=deed, **erasure)


async def done_now(browser: httpx.AsyncClient, employee: str, deed: str) -> str:
    answer = await does(browser, employee, deed)
    assert (answer.status_code, answer.headers["location"]) == (303, of(employee)), answer.text
    return (await browser.get(of(employee))).text


async def test_who_works_here_reads_what_has_to_be_settled_and_cannot_ask(
    worker: httpx.AsyncClient,
) -> None:
    own = await worker.get("/me/data")
    assert f'href="{of(WORKER)}"' in own.text
    assert "仍然在职" in own.text
    page = await worker.get(of(WORKER))
    for said in ("仍然在职", "删除什么", "保留什么，为什么", "第四十七条", "7天后执行"):
        assert said in page.text, said
    assert "<form" not in page.text.partition("<main")[2].partition("</main>")[0]
    forced = await worker.post(
        of(WORKER), data={"deed": "ask", "form-token": (await token(worker))}
    )
    assert forced.status_code == 409
    assert "须先处理" in forced.text


async def token(browser: httpx.AsyncClient) -> str:
    _, _, rest = (await browser.get("/account")).text.partition('name="form-token" value="')
    return rest.partition('"')[0]


async def test_somebody_asks_an_officer_grants_and_nothing_is_left(
    gone: httpx.AsyncClient, officer: httpx.AsyncClient, site: Home
) -> None:
    assert "未申请" in (await gone.get("/me/data")).text
    mine = await done_now(gone, GONE, "ask")
    for said in ("已申请，等待工会干事批准。", "待批准", "由您本人申请。"):
        assert said in mine, said
    assert 'value="grant"' not in mine, "nobody grants their own"

    assert 'href="/erasures?state=asked"' in (await officer.get("/work")).text
    listed = (await officer.get("/erasures?state=asked")).text
    assert NAMES[GONE] in listed
    assert f'href="{of(GONE)}"' in listed
    granted = await done_now(officer, GONE, "grant")
    due = today() + timedelta(days=7)
    with speaking(CHINESE):
        assert day(due) in granted
    assert 'value="grant"' not in granted
    assert "此前可以撤回" in (await gone.get("/me/data")).text
    assert f'datetime="{due}"' in (await officer.get("/erasures?state=granted")).text

    await the_day_comes(site, GONE)
    assert (await gone.get("/me/data")).status_code in (303, 401), "there is no such account"
    over = (await officer.get("/erasures?state=done")).text
    assert "已无对应人员" in over
    for said in (GONE, NAMES[GONE]):
        assert said not in over
        assert said not in (await officer.get("/erasures")).text
    assert (await officer.get(of(GONE))).status_code in (403, 404)


async def the_day_comes(site: Home, employee: str) -> None:
    admin = await postgres.connect(site)
    moved = """
        UPDATE membership.due SET at = now() FROM membership.erasure JOIN membership.person
            ON person.id = erasure.person
        WHERE what = 'erasure' AND key = erasure.id::text AND employee = $1
    """
    assert await admin.execute(moved, employee) == "UPDATE 1"

    async def nowhere() -> bool:
        counts = [
            await admin.fetchval(
                f"SELECT count(*) FROM {schema}.person WHERE employee = $1", employee
            )
            for schema in ("membership", "views")
        ]
        return not any(counts)

    await eventually(nowhere, seconds=60)
    await admin.close()


async def test_an_officer_asks_for_one_who_has_left_and_another_grants_it(
    officer: httpx.AsyncClient, head_officer: httpx.AsyncClient, left: None
) -> None:
    assert f'href="{of(HELPED)}"' in (await officer.get(f"/people/{HELPED}/record")).text
    asked = await done_now(officer, HELPED, "ask")
    assert "由工会干事代本人申请。" in asked
    assert "须由另一名工会干事批准" in asked
    assert 'value="grant"' not in asked
    alone = await fill(
        officer, of(HELPED), deed="grant", erasure=erasure_in(await officer.get(of(HELPED)))
    )
    assert alone.status_code == 409
    assert "申请人不能自己批准" in alone.text
    assert f"查看并批准：{HELPED}" in (await head_officer.get("/erasures?state=asked")).text
    assert f"查看并批准：{HELPED}" not in (await officer.get("/erasures?state=asked")).text
    await done_now(head_officer, HELPED, "grant")
    late = await fill(
        head_officer, of(HELPED), deed="grant", erasure=erasure_in(await officer.get(of(HELPED)))
    )
    assert late.status_code == 409, "granted once"
    await done_now(officer, HELPED, "withdraw")


async def test_it_is_taken_back_and_asked_for_anew(
    officer: httpx.AsyncClient, head_officer: httpx.AsyncClient, left: None
) -> None:
    await done_now(officer, BACK, "ask")
    await done_now(head_officer, BACK, "grant")
    first = erasure_in(await officer.get(of(BACK)))
    back = await done_now(officer, BACK, "withdraw")
    assert "已撤回，一切照旧。" in back
    await done_now(officer, BACK, "ask")
    page = await officer.get(of(BACK))
    assert erasure_in(page) != first
    stale = await fill(officer, of(BACK), deed="withdraw", erasure=first)
    assert stale.status_code == 409
    assert erasure_in(await officer.get(of(BACK))) == erasure_in(page), "the new one stands"
    nothing = await fill(officer, of(BACK), deed="no-such", erasure="")
    assert nothing.status_code == 422
    await done_now(officer, BACK, "withdraw")


async def test_what_got_in_the_way_later_is_said_and_cannot_be_granted(
    officer: httpx.AsyncClient, head_officer: httpx.AsyncClient, site: Home, left: None
) -> None:
    await done_now(officer, LATE, "ask")
    open_still = await head_officer.get(of(LATE))
    again = {"employee": LATE, "on": str(today())}
    await heard(site, told(7_390, "employee-hired", name=NAMES[LATE], **again))
    page = (await head_officer.get(of(LATE))).text
    assert "仍然在职" in page
    assert 'value="grant"' not in page
    early = await fill(head_officer, of(LATE), deed="grant", erasure=erasure_in(open_still))
    assert early.status_code == 409
    await done_now(officer, LATE, "withdraw")


async def test_others_come_to_none_of_it(
    plant: Plant,
    manager: httpx.AsyncClient,
    leader: httpx.AsyncClient,
    stranger: httpx.AsyncClient,
    left: None,
) -> None:
    async with browser_of(plant, "pages-hr") as hr:
        for browser in (manager, leader, hr):
            assert (await browser.get(of(HELPED))).status_code == 403
            assert (await browser.get("/erasures")).status_code == 403
            forced = {"deed": "ask", "form-token": await token(browser)}
            assert (await browser.post(of(HELPED), data=forced)).status_code == 403
        assert 'href="/erasures"' not in (await hr.get("/corrections")).text
    assert (await stranger.get("/erasures")).status_code in (303, 401)


async def test_nobody_of_that_number_is_not_there(
    head_officer: httpx.AsyncClient, officer: httpx.AsyncClient
) -> None:
    assert (await head_officer.get(of("NO-SUCH"))).status_code == 404
    assert (await officer.get(of("NO-SUCH"))).status_code == 403
    assert (await head_officer.get(of("N" * 40))).status_code == 422
    assert (await head_officer.get("/erasures?state=no-such")).status_code == 422


async def test_the_list_is_read_piece_by_piece(
    officer: httpx.AsyncClient, head_officer: httpx.AsyncClient, left: None
) -> None:
    for _ in range(2):
        await done_now(officer, HELPED, "ask")
        await done_now(officer, HELPED, "withdraw")
    first = await head_officer.get(f"/erasures?state=withdrawn&limit=1&unit={TEAM}")
    assert first.status_code == 200
    assert 'rel="next"' in first.text
    assert 'href="/corrections"' in first.text
    _, *rows = rows_of(await head_officer.get(f"/erasures.xlsx?state=withdrawn&unit={TEAM}"))
    assert [row[0] for row in rows].count(HELPED) >= 2
    assert 'href="/erasures"' in (await head_officer.get("/corrections")).text


def test_every_state_and_every_obstacle_has_words() -> None:
    shape = ErasureSeen.model_json_schema()["properties"]
    assert set(own_words.ERASURE_STATES) == set(shape["state"]["enum"])
    assert set(own_words.OBSTACLES) == set(shape["obstacles"]["items"]["enum"])
    assert set(own_words.ERASURE_LISTS) | {"none"} == set(own_words.ERASURE_STATES)
    assert "stopped_for" in ErasureEntry.model_fields
    with speaking(ENGLISH):
        assert words.word(own_words.ERASURE_STATES, "done") == "Erased"


MOST = {"/erasures": 1, "/erasures.xlsx": 0, "/people/{employee}/erasure": 0}


@pytest.mark.parametrize("path", MOST)
async def test_a_page_asks_the_views_little(
    plant: Plant, settings: Callable[[str], Settings], path: str
) -> None:
    async with (
        counted(plant, settings("gateway"), "pages-officer") as (browser, site),
        asking(site),
        read_statements(site.readers) as said,
    ):
        answer = await browser.get(path.format(employee=WORKER))
    assert answer.status_code == 200, answer.text
    assert len(said) == MOST[path], said


async def test_opening_an_erasure_is_on_record_and_looking_at_what_is_to_do_is_not(
    officer: httpx.AsyncClient, site: Home, left: None
) -> None:
    admin = await postgres.connect(site)
    newest = await admin.fetchval("SELECT coalesce(max(id), 0) FROM gateway.audit_entry")

    async def read() -> list[str]:
        rows = await admin.fetch(
            "SELECT subject FROM gateway.audit_entry WHERE id > $1 AND what = 'read' ORDER BY id",
            newest,
        )
        return [row["subject"] for row in rows if "erasure" in row["subject"]]

    assert (await officer.get("/work")).status_code == 200
    assert await read() == []
    assert (await officer.get(of(LATE))).status_code == 200
    assert await read() == ["membership.erasure-of"]
    assert (await officer.get("/erasures")).status_code == 200
    assert await read() == ["membership.erasure-of", "membership.erasures"]
    await admin.close()
