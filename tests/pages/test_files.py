"""Files on the pages: brought with a form, kept with it, tied to what came of it, shown to whom it
is shown, taken off by whose they are. What may be in them: `tests/files`."""

import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import make_url

from deploy.local.home import Home
from services.gateway.app import create_door
from services.gateway.files.kinds import LARGEST
from services.gateway.site import Site
from services.gateway.throttle import UPLOAD
from shared.settings import Settings
from tests.files import made
from tests.pages.conftest import HTML, PASSWORD, Plant, hidden_in, said_to_record, sign_in
from tests.pages.test_away import gateway
from tests.statements import read_statements

NEW = "/proposals/new"
TYPED = {"title": "护栏松了 loose", "body": "二层平台。", "category": "safety"}
Files = list[tuple[str, bytes]]


@pytest.fixture(autouse=True)
async def patience(site: Home) -> AsyncIterator[None]:
    """Whoever brings many files must wait, but not from one test to the next."""
    await said_to_record(site, "DELETE FROM sign_in_try")
    yield
    await said_to_record(site, "DELETE FROM sign_in_try")


def parts(files: Files) -> list[tuple[str, tuple[str, bytes, str]]]:
    """What they are called and said to be is the sender's word."""
    return [("files", (name, content, "image/jpeg")) for name, content in files]


async def bring(
    browser: httpx.AsyncClient, path: str, files: Files, **typed: str
) -> httpx.Response:
    """Opens the page and sends its form with files, as a browser does."""
    form = hidden_in(await browser.get(path), path) | typed
    return await browser.post(path, data=form, files=parts(files))


def again(page: httpx.Response) -> dict[str, str]:
    return hidden_in(page, NEW) | TYPED


def shown_in(page: httpx.Response) -> list[str]:
    """The addresses of the files on a page."""
    return list(dict.fromkeys(re.findall(r'href="(/files/[0-9a-f-]{36})"', page.text)))


async def proposed_with(browser: httpx.AsyncClient, files: Files, **typed: str) -> str:
    answer = await bring(browser, NEW, files, **(TYPED | typed))
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


# -------------------------------------------------------------------------- with a proposal


async def test_what_is_brought_shows_with_what_is_said(
    worker: httpx.AsyncClient, officer: httpx.AsyncClient
) -> None:
    files = [("现场.jpg", made.photograph()), ("方案.pdf", made.document())]
    path = await proposed_with(worker, files, shows="松动的护栏")
    page = await officer.get(path)
    assert "现场.jpg" in page.text
    assert "方案.pdf" in page.text
    assert 'alt="松动的护栏"' in page.text
    photo, plan = shown_in(page)
    seen = await officer.get(photo)
    assert seen.headers["content-type"] == "image/jpeg"
    assert seen.content.startswith(b"\xff\xd8\xff")
    assert made.DEVICE.encode() not in seen.content
    small = await officer.get(f"{photo}/preview")
    assert (small.status_code, small.headers["content-type"]) == (200, "image/jpeg")
    read = await officer.get(plan)
    assert read.content.startswith(b"%PDF-")
    assert (await officer.get(f"{plan}/preview")).status_code == 404


async def test_files_are_sent_with_safe_headers(worker: httpx.AsyncClient) -> None:
    path = await proposed_with(
        worker, [("照片.jpg", made.photograph()), ("p.pdf", made.document())]
    )
    photo, plan = shown_in(await worker.get(path))
    for address, way in ((photo, "inline"), (plan, "attachment"), (f"{photo}/preview", "inline")):
        headers = (await worker.get(address)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-disposition"].startswith(way)
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "sandbox" in headers["content-security-policy"]
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "private, no-store"
    named = (await worker.get(photo)).headers["content-disposition"]
    assert "filename*=UTF-8''%E7%85%A7%E7%89%87.jpg" in named


async def test_files_are_for_those_who_are_signed_in(
    worker: httpx.AsyncClient, stranger: httpx.AsyncClient, plant: Plant
) -> None:
    (photo,) = shown_in(await worker.get(await proposed_with(worker, [("a.png", made.picture())])))
    for address in (photo, f"{photo}/preview", f"{photo}/take-off"):
        assert (await stranger.get(address)).status_code == 303
        assert (await worker.get(address.replace(photo[-4:], "0000"))).status_code == 404
    bearer = {"Authorization": f"Bearer {plant.tokens['pages-worker']}"}
    async with httpx.AsyncClient(base_url=plant.url, headers=bearer) as program:
        assert (await program.get(photo)).status_code == 401


async def test_a_hidden_author_is_not_given_away_by_a_file(
    worker: httpx.AsyncClient, site: Home
) -> None:
    files = [("王小明的手机.jpg", made.photograph()), ("b.pdf", made.document())]
    path = await proposed_with(worker, files, hidden="true")
    page = await worker.get(path)
    assert "王小明" not in page.text
    assert "1.jpg" in page.text
    assert "2.pdf" in page.text
    rows = await said_to_record(
        site,
        "SELECT string_agg(row_to_json(file)::text, '') FROM file WHERE proposal = :id",
        id=path.rpartition("/")[2],
    )
    for said in ("王小明", "PG001", "pages-worker"):
        assert said not in rows
    assert f'href="{path}/files"' not in page.text, "to add more would give the author away"
    assert (await worker.get(f"{path}/files")).status_code == 403


async def test_a_form_that_is_sent_twice_brings_its_files_once(worker: httpx.AsyncClient) -> None:
    form = hidden_in(await worker.get(NEW), NEW) | TYPED
    files = parts([("a.png", made.picture()), ("b.pdf", made.document())])
    paths = {(await worker.post(NEW, data=form, files=files)).headers["location"] for _ in range(2)}
    assert len(paths) == 1
    assert len(shown_in(await worker.get(paths.pop()))) == 2


# ---------------------------------------------------------------------------- what is wrong


BAD: dict[str, tuple[bytes, str]] = {
    "empty.jpg": (b"", "empty.jpg 是空的"),
    "page.jpg": (b"<!doctype html>", "page.jpg 不是图片"),
    "half.jpg": (made.photograph()[:400], "half.jpg 打不开"),
    "script.pdf": (made.with_script(), "script.pdf 里有脚本"),
    "locked.pdf": (made.with_password(), "locked.pdf 加了密码"),
    "one-more.png": (made.of_size(LARGEST + 1), "one-more.png 超过 20 MB"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_file_is_named_at_the_field_and_all_else_stays(
    worker: httpx.AsyncClient, name: str
) -> None:
    content, says = BAD[name]
    page = await bring(worker, NEW, [("good.png", made.picture()), (name, content)], **TYPED)
    assert page.status_code == 422
    assert 'id="files-wrong"' in page.text
    assert says in page.text
    assert TYPED["title"] in page.text
    assert "good.png" in page.text, "it is kept with the form"
    done = await worker.post(NEW, data=again(page))
    assert len(shown_in(await worker.get(done.headers["location"]))) == 1


async def test_twenty_mebibytes_are_taken_and_five_files(worker: httpx.AsyncClient) -> None:
    files = [(f"{seed}.png", made.picture(seed=seed)) for seed in range(4)]
    path = await proposed_with(worker, [*files, ("large.png", made.of_size(LARGEST))])
    assert len(shown_in(await worker.get(path))) == 5


async def test_the_sixth_file_is_one_too_many(worker: httpx.AsyncClient) -> None:
    files = [(f"{seed}.png", made.picture(seed=seed)) for seed in range(6)]
    page = await bring(worker, NEW, files, **TYPED)
    assert page.status_code == 422
    assert "最多五个" in page.text
    more = await worker.post(NEW, data=again(page), files=parts([("x.png", made.picture(seed=9))]))
    assert more.status_code == 422, "five wait already"
    done = await worker.post(NEW, data=again(more))
    assert len(shown_in(await worker.get(done.headers["location"]))) == 5


async def test_a_name_cannot_do_anything(worker: httpx.AsyncClient) -> None:
    name = "../..\\<img src=x onerror=alert(1)>\x00\u202egnp.exe"
    path = await proposed_with(worker, [(name, made.picture())])
    page = await worker.get(path)
    assert "<img src=x" not in page.text
    (address,) = shown_in(page)
    named = (await worker.get(address)).headers["content-disposition"]
    assert re.fullmatch(
        r"inline; filename=\"[\w =().-]+\.png\"; filename\*=UTF-8''[\w%.()~-]+", named
    )


async def test_who_brings_very_many_waits(worker: httpx.AsyncClient, site: Home) -> None:
    wrong = [(f"{n}.jpg", b"no") for n in range(5)]
    page = await bring(worker, NEW, wrong, **TYPED)
    for _ in range(UPLOAD.burst // 5):
        assert "太多" not in page.text
        page = await worker.post(NEW, data=again(page), files=parts(wrong))
    assert page.status_code == 422
    assert "短时间内文件太多" in page.text
    noted = await said_to_record(
        site,
        "SELECT count(*) FROM audit WHERE what = 'refused' AND subject = 'POST /proposals/new' "
        "AND account = 'pages-worker' AND code = 'too-many-uploads'",
    )
    assert noted == 1


async def test_a_body_that_is_no_form_is_refused(worker: httpx.AsyncClient) -> None:
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        answer = await worker.post(NEW, content=b"x" * 1000, headers={"Content-Type": kind})
        assert answer.status_code in {403, 422}, answer.text
    cut = b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nhalf'
    kind = "multipart/form-data; boundary=x"
    answer = await worker.post(NEW, content=cut, headers={"Content-Type": kind})
    assert answer.status_code == 403


async def test_text_in_a_form_with_files_has_the_same_limit(worker: httpx.AsyncClient) -> None:
    page = await bring(worker, NEW, [("a.png", made.picture())], body="x" * 300_000)
    assert page.status_code == 413


async def test_elsewhere_no_form_brings_files(worker: httpx.AsyncClient, plant: Plant) -> None:
    path = f"/proposals/{await plant.propose('无附件 none')}"
    token = hidden_in(await worker.get(path), "/sign-out")
    answer = await worker.post("/membership", data=token, files=parts([("a", b"x" * 400_000)]))
    assert answer.status_code == 413


async def test_a_form_of_nobodys_brings_no_files(worker: httpx.AsyncClient, site: Home) -> None:
    """Nothing is kept before the token at its front was read."""
    before = await said_to_record(site, "SELECT count(*) FROM file")
    form = hidden_in(await worker.get(NEW), NEW) | TYPED
    files = parts([("a.png", made.picture())])
    for bad in ({"form-token": "0" * 64}, {"form-token": ""}):
        answer = await worker.post(NEW, data=form | bad, files=files)
        assert answer.status_code == 403
        assert TYPED["title"] in answer.text, "what was typed is not lost"
    assert await said_to_record(site, "SELECT count(*) FROM file") == before


# ---------------------------------------------------------------------------- nothing is lost


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


# --------------------------------------------------------------------------- added and taken off


async def test_an_author_adds_files_and_takes_them_off(
    worker: httpx.AsyncClient, officer: httpx.AsyncClient, manager: httpx.AsyncClient
) -> None:
    path = await proposed_with(worker, [])
    form = f"{path}/files"
    assert f'href="{form}"' in (await worker.get(path)).text
    assert f'href="{form}"' not in (await officer.get(path)).text
    nothing = await bring(worker, form, [])
    assert nothing.status_code == 422
    assert "请先选择文件" in nothing.text
    added = await bring(worker, form, [("a.png", made.picture()), ("b.pdf", made.document())])
    assert (added.status_code, added.headers["location"]) == (303, path)
    first, second = shown_in(await officer.get(path))
    assert (await officer.get(form)).status_code == 403
    token = hidden_in(await officer.get(path), "/sign-out")
    assert (await officer.post(f"{first}/take-off", data=token)).status_code == 403
    token = hidden_in(await manager.get(path), "/sign-out")
    assert (await manager.post(f"{first}/take-off", data=token)).status_code == 409
    off = f"{first}/take-off"
    token = hidden_in(await worker.get(form), off)
    assert (await worker.post(off, data=token)).status_code == 303
    page = await officer.get(path)
    assert shown_in(page) == [second]
    assert "撤下了一个附件" in page.text
    gone = await officer.get(first)
    assert gone.status_code == 404
    assert "已撤下" in gone.text


async def test_five_are_the_most_of_a_proposal(worker: httpx.AsyncClient) -> None:
    files = [(f"{seed}.png", made.picture(seed=seed)) for seed in range(4)]
    path = await proposed_with(worker, files)
    more = [(f"{seed}.png", made.picture(seed=seed)) for seed in (7, 8)]
    page = await bring(worker, f"{path}/files", more)
    assert page.status_code == 422
    assert "8.png" in page.text
    assert len(shown_in(await worker.get(path))) == 4
    same = await bring(worker, f"{path}/files", [("again.png", made.picture(seed=0))])
    assert same.status_code == 303
    assert len(shown_in(await worker.get(path))) == 4, "it was there already"


async def test_who_answers_adds_files_to_the_answer(
    worker: httpx.AsyncClient, manager: httpx.AsyncClient, plant: Plant
) -> None:
    path = await proposed_with(worker, [("a.png", made.picture())])
    form = f"{path}/files"
    assert (await manager.get(form)).status_code == 409, "there is no answer yet"
    answer = {"proposal": path.rpartition("/")[2], "decision": "adopted", "reasons": "好"}
    await plant.say("pages-manager", "democracy/answer-proposal", answer)
    assert (await worker.get(form)).status_code == 409, "what was answered stays as it was"
    added = await bring(manager, form, [("订单.pdf", made.document())])
    assert added.status_code == 303, added.text
    page = await worker.get(path)
    asked, answered = page.text.split("厂方答复", 1)[0], page.text.split("厂方答复", 1)[1]
    assert "a.png" in asked
    assert "订单.pdf" in answered


async def test_what_was_typed_to_take_a_file_off_is_looked_at_first(
    worker: httpx.AsyncClient,
) -> None:
    """After signing in again nothing is done that was not pressed."""
    path = await proposed_with(worker, [("a.png", made.picture())])
    (file,) = shown_in(await worker.get(path))
    off = f"{file}/take-off"
    form = hidden_in(await worker.get(f"{path}/files"), off)
    looked = await worker.post(off, data=form | {"look": "1"})
    assert looked.headers["location"] == f"{path}/files"
    assert shown_in(await worker.get(path)) == [file]


# ------------------------------------------------------------------------------- what it costs


async def test_what_each_page_reads(plant: Plant, settings: Callable[[str], Settings]) -> None:
    site = Site(settings("gateway"))
    transport = httpx.ASGITransport(app=create_door(site))
    async with httpx.AsyncClient(base_url=plant.url, timeout=30) as browser:
        await sign_in(browser, "pages-worker")
        path = await proposed_with(browser, [("a.png", made.picture()), ("b.pdf", made.document())])
        photo, plan = shown_in(await browser.get(path))
    costs: dict[str, int] = {
        path: 3,
        f"{path}/files": 2,
        photo: 3,  # one piece, and that there is no further one
        f"{photo}/preview": 2,
        plan: 3,
    }
    read: dict[str, Any] = {}
    async with httpx.AsyncClient(
        transport=transport, base_url=plant.url, cookies=dict(browser.cookies)
    ) as here:
        for address in costs:
            async with read_statements(site.readers) as said:
                assert (await here.get(address)).status_code == 200
            read[address] = len(said)
    assert read == costs
    await site.readers.close()
    await site.engine.dispose()
