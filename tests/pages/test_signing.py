"""Signing in and out with a browser."""

from http.cookies import SimpleCookie

import httpx
import pytest

from services.gateway.pages.errors import local_path
from tests.pages.conftest import PASSWORD, send

FORM = {"account": "pages-worker", "password": PASSWORD}


async def test_home_shows_the_form_to_a_stranger(stranger: httpx.AsyncClient) -> None:
    page = await stranger.get("/")
    assert page.status_code == 200
    assert 'action="/sign-in"' in page.text
    assert '<html lang="zh-CN">' in page.text


async def test_signing_in_sets_a_strict_cookie_and_leads_on(stranger: httpx.AsyncClient) -> None:
    answer = await send(stranger, "/", "/sign-in", **FORM, next="/proposals?state=open")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/proposals?state=open"
    cookie = next(
        morsel["session"]
        for header in answer.headers.get_list("set-cookie")
        if "session" in (morsel := SimpleCookie(header))
    )
    assert cookie["httponly"]
    assert cookie["samesite"] == "strict"
    assert cookie["path"] == "/"
    assert not cookie["secure"], "http on loopback"
    assert (await stranger.get("/proposals")).status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        FORM | {"password": "wrong"},
        FORM | {"account": "nobody-of-that-name"},
        FORM | {"account": "a\0b"},
        FORM | {"password": ""},
        {"account": "pages-worker"},
        {},
    ],
)
async def test_a_wrong_password_gets_the_form_again(
    stranger: httpx.AsyncClient, form: dict[str, str]
) -> None:
    answer = await send(stranger, "/", "/sign-in", **form, next="/proposals")
    assert answer.status_code == 401
    assert "账号或密码不对" in answer.text
    assert 'value="/proposals"' in answer.text
    assert "set-cookie" not in answer.headers


async def test_the_form_escapes_the_account_and_next(stranger: httpx.AsyncClient) -> None:
    form = {"account": '"><script>x', "password": "wrong", "next": '/"><script>'}
    page = (await send(stranger, "/", "/sign-in", **form)).text
    assert "<script" not in page
    assert "&lt;script" in page


async def test_a_form_larger_than_any_of_ours_is_refused(stranger: httpx.AsyncClient) -> None:
    answer = await send(stranger, "/", "/sign-in", **FORM, next="/" + "a" * 10_000)
    assert answer.status_code == 413
    assert "内容过大" in answer.text


@pytest.mark.parametrize("path", ["/proposals?state=open&q=%E7%81%AF", "/people/PG001"])
async def test_a_page_leads_a_stranger_to_the_form_and_back(
    stranger: httpx.AsyncClient, path: str
) -> None:
    answer = await stranger.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/?next=")
    form = await stranger.get(answer.headers["location"])
    assert form.status_code == 200
    wanted = path.replace("&", "&amp;")
    assert f'name="next" value="{wanted}"' in form.text


async def test_signing_out_ends_the_session(worker: httpx.AsyncClient) -> None:
    token = worker.cookies["session"]
    answer = await send(worker, "/proposals", "/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "session" not in worker.cookies
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await worker.get("/api/v1/views/proposals", headers=bearer)).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
async def test_forms_of_other_sites_are_refused(
    worker: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    answer = await worker.post(path, data=FORM, headers=headers)
    assert answer.status_code == 403
    assert "表单来自别的网站" in answer.text
    assert (await worker.get("/proposals")).status_code == 200, "still signed in"


async def test_our_own_form_is_taken(stranger: httpx.AsyncClient) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": str(stranger.base_url).rstrip("/")}
    stranger.headers.update(headers)
    assert (await send(stranger, "/", "/sign-in", **FORM)).status_code == 303


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        "",
        "proposals",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "/\t/elsewhere.example",
        "https://elsewhere.example",
        "javascript:alert(1)",
    ],
)
def test_nothing_but_a_local_path_is_led_to(wanted: str | None) -> None:
    assert local_path(wanted) == "/"


def test_a_local_path_is_led_to() -> None:
    assert local_path("/plants/d004?on=2024-05-01") == "/plants/d004?on=2024-05-01"
