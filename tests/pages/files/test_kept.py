"""Files are kept with their form over a refusal, an outage, the end of a session."""

import re
from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import make_url

from deploy.local.home import Home
from services.gateway.site import Site
from shared.settings import Settings
from tests.files import made
from tests.pages.conftest import HTML, PASSWORD, Plant, hidden_in, said_to_record, sign_in
from tests.pages.files.bringing import (
    NEW,
    TYPED,
    again,
    bring,
    parts,
    proposed_with,
    shown_in,
)
from tests.pages.test_away import gateway


async def test_files_are_kept_when_a_rule_says_no(worker: httpx.AsyncClient) -> None:
    page = await bring(worker, NEW, [("a.png", made.picture())], **TYPED | {"title": " "})
    assert page.status_code == 422
    assert "a.png" in page.text
    assert "已随本表单保存" in page.text
    done = await worker.post(NEW, data=again(page))
    assert len(shown_in(await worker.get(done.headers["location"]))) == 1


async def test_a_kept_file_can_be_left_out(worker: httpx.AsyncClient) -> None:
    files = [("a.png", made.picture()), ("b.png", made.picture(seed=1))]
    page = await bring(worker, NEW, files, **TYPED | {"title": ""})
    leave = re.findall(r'name="(leave-[^"]+)"', page.text)
    assert len(leave) == 2
    done = await worker.post(NEW, data=again(page) | {leave[0]: "1", "leave-no-id": "1"})
    shown = await worker.get(done.headers["location"])
    assert "b.png" in shown.text
    assert "a.png" not in shown.text


async def test_files_are_kept_while_the_service_is_away(
    plant: Plant, settings: Callable[[str], Settings]
) -> None:
    """A gateway whose lines are down: the form comes back, and goes through by another one."""
    async with gateway(settings("gateway"), plant.url) as here:
        await sign_in(here, "pages-worker")
        page = await bring(here, NEW, [("a.png", made.picture())], **TYPED)
        assert page.status_code == 503
        assert "a.png" in page.text
        cookies = dict(here.cookies)
    async with httpx.AsyncClient(base_url=plant.url, timeout=30, cookies=cookies) as there:
        done = await there.post(NEW, data=again(page))
        assert done.status_code == 303, done.text
        assert len(shown_in(await there.get(done.headers["location"]))) == 1


async def test_what_was_typed_is_kept_while_the_database_is_away(
    plant: Plant, worker: httpx.AsyncClient, settings: Callable[[str], Settings]
) -> None:
    """The files cannot be kept then, and the form says which."""
    form = hidden_in(await worker.get(NEW), NEW) | TYPED
    told = settings("gateway")
    nowhere = make_url(told.database_url).update_query_dict({"host": "/nowhere"})
    away = told.model_copy(update={"database_url": nowhere.render_as_string(hide_password=False)})
    async with gateway(away, plant.url) as here:
        here.cookies.update(dict(worker.cookies))
        page = await here.post(NEW, data=form, files=parts([("a.png", made.picture())]))
    assert page.status_code == 503, page.text
    assert TYPED["title"] in page.text
    assert hidden_in(page, NEW)["bundle"] == form["bundle"]
    looked = await worker.post(NEW, data=hidden_in(page, NEW) | TYPED | {"look": "1"})
    assert "a.png 没有保存" in looked.text


async def idle(site: Home, browser: httpx.AsyncClient) -> None:
    await said_to_record(
        site,
        "UPDATE session SET seen_at = now() - interval '3 hours' WHERE account = 'pages-worker'"
        " AND kind = 'browser'",
    )


async def signed_in_again(browser: httpx.AsyncClient, page: httpx.Response) -> httpx.Response:
    assert page.status_code == 401, page.text
    form = hidden_in(page, "/sign-in")
    resume = await browser.post(
        "/sign-in", data=form | {"account": "pages-worker", "password": PASSWORD}
    )
    return await browser.post(NEW, data=hidden_in(resume, NEW))


async def test_files_are_kept_when_the_session_has_ended_meanwhile(
    plant: Plant, settings: Callable[[str], Settings], site: Home
) -> None:
    """By itself, as it does at a desk over lunch."""
    async with gateway(settings("gateway"), plant.url) as browser:
        await sign_in(browser, "pages-worker")
        opened = hidden_in(await browser.get(NEW), NEW)
        await idle(site, browser)
    async with httpx.AsyncClient(
        base_url=plant.url,
        timeout=30,
        cookies=dict(browser.cookies),
        headers={"Accept": "text/html"},
    ) as other:
        files = [("a.png", made.picture()), ("bad.jpg", b"no")]
        page = await other.post(NEW, data=opened | TYPED, files=parts(files))
        looked = await signed_in_again(other, page)
        assert looked.status_code == 200
        assert TYPED["title"] in looked.text
        assert "a.png" in looked.text
        assert "bad.jpg 没有保存" in looked.text
        done = await other.post(NEW, data=again(looked))
        assert len(shown_in(await other.get(done.headers["location"]))) == 1


async def test_whose_session_was_ended_is_told_to_choose_the_files_again(
    plant: Plant, worker: httpx.AsyncClient, site: Home
) -> None:
    opened = hidden_in(await worker.get(NEW), NEW)
    token = hidden_in(await worker.get("/account"), "/sign-out")
    held = {"Cookie": "; ".join(f"{name}={value}" for name, value in worker.cookies.items())}
    await worker.post("/sign-out", data=token)
    before = await said_to_record(site, "SELECT count(*) FROM file")
    files = parts([("a.png", made.picture())])
    async with httpx.AsyncClient(base_url=plant.url, headers=HTML | held) as ended:
        page = await ended.post(NEW, data=opened | TYPED, files=files)
    looked = await signed_in_again(worker, page)
    assert TYPED["title"] in looked.text
    assert "a.png 没有保存" in looked.text
    assert await said_to_record(site, "SELECT count(*) FROM file") == before


async def test_the_same_form_sent_again_ties_what_was_not_tied(
    worker: httpx.AsyncClient, site: Home
) -> None:
    """A gateway that dies between the answer and the tie leaves the files waiting."""
    form = hidden_in(await worker.get(NEW), NEW) | TYPED
    done = await worker.post(NEW, data=form)
    page = await worker.post(
        NEW, data=form | {"look": "1"}, files=parts([("a.png", made.picture())])
    )
    assert "a.png" in page.text
    assert shown_in(await worker.get(done.headers["location"])) == []
    once_more = await worker.post(NEW, data=form)
    assert once_more.headers["location"] == done.headers["location"]
    assert len(shown_in(await worker.get(done.headers["location"]))) == 1


async def test_nobody_reaches_files_that_wait_with_anothers_form(
    worker: httpx.AsyncClient, officer: httpx.AsyncClient, site: Home
) -> None:
    page = await bring(worker, NEW, [("mine.png", made.picture())], **TYPED | {"title": ""})
    bundle = hidden_in(page, NEW)["bundle"]
    leave = re.findall(r'name="leave-([^"]+)"', page.text)[0]
    assert (await officer.get(f"/files/{leave}")).status_code == 404
    assert (await worker.get(f"/files/{leave}")).status_code == 404, "nor does it show anywhere yet"
    theirs = hidden_in(await officer.get(NEW), NEW) | TYPED
    taken = await officer.post(NEW, data=theirs | {"bundle": bundle, f"leave-{leave}": "1"})
    assert shown_in(await officer.get(taken.headers["location"])) == []
    assert "mine.png" in (await worker.post(NEW, data=hidden_in(page, NEW))).text


async def test_what_waits_for_a_day_is_swept(
    worker: httpx.AsyncClient, site: Home, settings: Callable[[str], Settings]
) -> None:
    page = await bring(worker, NEW, [("a.png", made.picture())], **TYPED | {"title": ""})
    kept = await proposed_with(worker, [("b.png", made.picture(seed=1))])
    await said_to_record(
        site, "UPDATE file SET waits_until = now() - interval '1 s' WHERE bundle IS NOT NULL"
    )
    assert "a.png" not in (await worker.post(NEW, data=hidden_in(page, NEW))).text
    gateway_site = Site(settings("gateway"))
    await gateway_site.shelf.sweep()
    await gateway_site.engine.dispose()
    assert await said_to_record(site, "SELECT count(*) FROM file WHERE bundle IS NOT NULL") == 0
    orphans = "SELECT count(*) FROM file_piece WHERE file NOT IN (SELECT id FROM file)"
    assert await said_to_record(site, orphans) == 0
    assert len(shown_in(await worker.get(kept))) == 1


async def test_no_more_is_taken_than_there_is_room_for(
    plant: Plant, settings: Callable[[str], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGXIN_FILES_GIB", "0.0000001")
    async with gateway(settings("gateway"), plant.url) as browser:
        await sign_in(browser, "pages-worker")
        page = await bring(browser, NEW, [("a.png", made.picture())], **TYPED)
    assert page.status_code == 422
    assert "没有地方存文件" in page.text
