"""Forms that ask for something: what they do, once, and what they say when they cannot."""

import re
from collections.abc import Callable

import httpx
import pytest

from shared.calendar import today
from shared.settings import Settings
from tests.pages.conftest import (
    OFFICER,
    PASSWORD,
    WORKER,
    Plant,
    fill,
    form_token_in,
    hidden_in,
    sign_in,
)
from tests.pages.test_away import gateway

NEW = "/proposals/new"
TYPED = {"title": "梯子太陡 steep", "body": "雨天\n很滑", "category": "safety"}


async def id_of(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rpartition("/")[2]


# -------------------------------------------------------------------------------- proposals


async def test_what_is_said_shows_with_what_becomes_of_it(worker: httpx.AsyncClient) -> None:
    answer = await fill(worker, NEW, **TYPED)
    page = await worker.get(answer.headers["location"])
    assert "已提交" in page.text, "said once"
    assert "梯子太陡 steep" in page.text
    assert "7 个工作日内" in page.text
    assert "已提交" not in (await worker.get(answer.headers["location"])).text


async def test_a_form_that_is_sent_twice_is_done_once(worker: httpx.AsyncClient) -> None:
    form = hidden_in(await worker.get(NEW), NEW) | TYPED | {"title": "只要一次 once"}
    first, second = await worker.post(NEW, data=form), await worker.post(NEW, data=form)
    assert await id_of(first) == await id_of(second)
    listed = (await worker.get("/proposals", params={"q": "只要一次 once"})).text
    assert listed.count("<article") == 1


async def test_a_form_sent_again_with_other_content_says_so_and_keeps_it(
    worker: httpx.AsyncClient,
) -> None:
    form = hidden_in(await worker.get(NEW), NEW) | TYPED
    await worker.post(NEW, data=form)
    other = await worker.post(NEW, data=form | {"title": "换了内容 other"})
    assert other.status_code == 422
    assert "已经以别的内容提交过" in other.text
    assert "换了内容 other" in other.text
    assert hidden_in(other, NEW)["key"] != form["key"], "to send it again is another deed"


async def test_a_name_that_is_to_be_hidden_is_hidden(worker: httpx.AsyncClient) -> None:
    answer = await fill(worker, NEW, **TYPED, hidden="true")
    page = (await worker.get(answer.headers["location"])).text
    assert "匿名" in page
    assert WORKER not in page


@pytest.mark.parametrize(
    ("language", "says"),
    [("zh-CN", ("请填写。", "请选择一项。")), ("en", ("Fill this in.", "Choose one of them."))],
)
async def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(
    worker: httpx.AsyncClient, language: str, says: tuple[str, str]
) -> None:
    worker.headers["Accept-Language"] = language
    page = await fill(worker, NEW, title="  ", body="<b>还在</b>", category="none", hidden="true")
    assert page.status_code == 422
    for text in says:
        assert page.text.count(text) == 2, "above the form and at the field"
    assert '<a href="#title">' in page.text
    assert '<p class="wrong" id="title-wrong">' in page.text
    assert re.search(
        r'id="title"[^>]*aria-describedby="title-wrong" aria-invalid="true"', page.text
    )
    assert "&lt;b&gt;还在&lt;/b&gt;</textarea>" in page.text
    assert re.search(r'name="hidden" value="true" checked', page.text)


async def test_the_longest_proposal_is_taken(worker: httpx.AsyncClient) -> None:
    assert (await fill(worker, NEW, **TYPED | {"body": "长" * 20_000})).status_code == 303
    longer = await fill(worker, NEW, **TYPED | {"body": "长" * 20_001})
    assert longer.status_code == 422
    assert "最多 20000 个字符" in longer.text


async def test_one_stands_behind_it_once_and_not_behind_ones_own(
    worker: httpx.AsyncClient, officer: httpx.AsyncClient, plant: Plant
) -> None:
    id = await plant.propose("附议 behind", hidden=True)
    page, support = f"/proposals/{id}", f"/proposals/{id}/support"
    assert (await fill(officer, page, support)).headers["location"] == page
    assert "1 人附议" in (await officer.get(page)).text
    again = await fill(officer, page, support)
    assert again.status_code == 409
    assert "您已经附议过了" in again.text
    own = await fill(worker, page, support)
    assert own.status_code == 409
    assert "这一件是您自己提的" in own.text


async def test_the_manager_answers_with_reasons_and_nobody_else_is_asked_to(
    worker: httpx.AsyncClient, manager: httpx.AsyncClient, plant: Plant
) -> None:
    id = await plant.propose("答复 answered")
    page, form = f"/proposals/{id}", f"/proposals/{id}/answer"
    assert form not in (await worker.get(page)).text
    assert (await worker.get(form)).status_code == 403
    assert form in (await manager.get(page)).text
    missing = await fill(manager, form, decision="adopted", reasons=" ")
    assert missing.status_code == 422
    assert 'id="reasons-wrong"' in missing.text
    assert re.search(r'value="adopted" checked', missing.text)
    done = await fill(manager, form, decision="adopted", reasons="下月装防滑条。")
    assert done.headers["location"] == page
    assert "下月装防滑条。" in (await worker.get(page)).text
    refused = await manager.post(
        form, data=hidden_in(missing, form) | {"decision": "declined", "reasons": "晚了"}
    )
    assert refused.status_code == 409
    assert "已经答复" in refused.text


# ------------------------------------------------------------------------- nothing is lost


async def test_a_service_that_is_away_leaves_the_form_as_it_was(
    plant: Plant, settings: Callable[[str], Settings]
) -> None:
    async with gateway(settings("gateway"), plant.url) as browser:
        await sign_in(browser, "pages-worker")
        form = hidden_in(await browser.get(NEW), NEW) | TYPED
        page = await browser.post(NEW, data=form)
    assert page.status_code == 503
    assert "梯子太陡 steep" in page.text
    assert "您填写的内容都还在" in page.text
    assert hidden_in(page, NEW)["key"] == form["key"], "the same deed"


async def test_what_was_typed_outlives_the_session(worker: httpx.AsyncClient) -> None:
    form = hidden_in(await worker.get(NEW), NEW) | TYPED
    worker.cookies.delete("session")
    door = await worker.post(NEW, data=form)
    assert door.status_code == 401
    assert "您填写的内容已保留" in door.text
    carried = hidden_in(door, "/sign-in")
    wrong = await worker.post(
        "/sign-in", data=carried | {"account": "pages-worker", "password": "x"}
    )
    assert hidden_in(wrong, "/sign-in")["kept.title"] == TYPED["title"], "and a wrong password"
    back = await sign_in_with(worker, wrong)
    assert back.status_code == 200
    assert "还没有提交" in back.text
    shown = await worker.post(NEW, data=hidden_in(back, NEW))
    assert shown.status_code == 200
    assert "梯子太陡 steep" in shown.text
    assert "雨天\n很滑" in shown.text
    assert (await worker.post(NEW, data=hidden_in(shown, NEW) | TYPED)).status_code == 303


async def sign_in_with(
    browser: httpx.AsyncClient, door: httpx.Response, account: str = "pages-worker"
) -> httpx.Response:
    form = hidden_in(door, "/sign-in") | {"account": account, "password": PASSWORD}
    return await browser.post("/sign-in", data=form)


async def test_the_next_person_does_not_get_what_the_last_one_typed(
    worker: httpx.AsyncClient,
) -> None:
    form = hidden_in(await worker.get(NEW), NEW) | TYPED
    worker.cookies.delete("session")
    door = await worker.post(NEW, data=form)
    other = await sign_in_with(worker, door, "pages-officer")
    assert (other.status_code, other.headers["location"]) == (303, NEW)
    page = await worker.get(NEW)
    assert "属于另一个账号" in page.text
    assert "梯子太陡" not in page.text


async def test_a_form_from_before_signing_in_anew_is_shown_again(worker: httpx.AsyncClient) -> None:
    form = hidden_in(await worker.get(NEW), NEW) | TYPED
    await sign_in(worker, "pages-worker")
    stale = await worker.post(NEW, data=form)
    assert stale.status_code == 403
    assert "您填写的内容已保留" in stale.text
    shown = await worker.post(NEW, data=hidden_in(stale, NEW))
    assert shown.status_code == 200
    assert "梯子太陡 steep" in shown.text


async def test_a_password_is_kept_in_no_page(worker: httpx.AsyncClient) -> None:
    typed = {"old": "secret-1", "new": "secret-2", "again": "secret-2", "form-token": "0" * 64}
    stale = await worker.post("/account/password", data=typed)
    assert stale.status_code == 403
    assert "secret-" not in stale.text


# -------------------------------------------------------------------- visits and membership


async def test_an_officer_enters_a_visit(
    officer: httpx.AsyncClient, worker: httpx.AsyncClient
) -> None:
    assert (await worker.get("/visits/new")).status_code == 403
    opened = await officer.get("/visits/new", params={"employee": WORKER})
    assert f'value="{WORKER}"' in opened.text
    typed = {
        "employee": WORKER,
        "occasion": "festival",
        "on": today().isoformat(),
        "note": "一盒月饼",
    }
    unknown = await fill(officer, "/visits/new", **typed, visitors=f"{OFFICER}，PG999")
    assert unknown.status_code == 409
    assert "没有这个工号" in unknown.text
    assert '<a href="#visitors">' in unknown.text
    assert "一盒月饼" in unknown.text
    missing = await fill(officer, "/visits/new", **typed | {"on": "gestern"}, visitors="")
    assert {'id="on-wrong"', 'id="visitors-wrong"'} <= set(
        re.findall(r'id="[a-z]+-wrong"', missing.text)
    )
    done = await fill(officer, "/visits/new", **typed, visitors=OFFICER)
    assert done.headers["location"] == "/visits?state=made"
    made = (await officer.get("/visits?state=made")).text
    assert WORKER in made
    assert "一盒月饼" not in made
    [note, *_] = re.findall(r'href="(/visits/[0-9a-f-]{36})"', made)
    assert (await worker.get(note)).status_code == 403
    read = (await officer.get(note)).text
    assert "一盒月饼" in read
    assert "pages-officer" in read, "and that it was read"


async def test_a_worker_joins_with_consent_and_may_leave(leader: httpx.AsyncClient) -> None:
    refused = await fill(leader, "/membership", deed="join")
    assert refused.status_code == 422
    both = await fill(leader, "/membership", deed="join", consent="true", elsewhere="劳务公司工会")
    assert both.status_code == 409
    assert "只能参加一个工会" in both.text
    joined = await fill(leader, "/membership", deed="join", consent="true")
    assert joined.status_code == 303
    assert "欢迎加入工会" in (await leader.get("/membership")).text
    assert (await fill(leader, "/membership", deed="leave")).status_code == 303
    assert "欢迎回来" in (await leader.get("/membership")).text


async def test_a_form_that_asks_is_taken_with_its_token_only(worker: httpx.AsyncClient) -> None:
    form = hidden_in(await worker.get(NEW), NEW) | TYPED | {"title": "没有令牌 no-token"}
    answer = await worker.post(NEW, data=form | {"form-token": "0" * 64})
    assert answer.status_code == 403
    assert form_token_in(answer) != "0" * 64
    assert (
        "<article" not in (await worker.get("/proposals", params={"q": "没有令牌 no-token"})).text
    )
