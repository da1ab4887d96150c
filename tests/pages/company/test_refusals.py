"""Who is not let in by the company account, and why: it is said, and on record."""

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from deploy.local.home import Home
from services.gateway.company import ON_ITS_WAY, _sealed_with
from services.gateway.provider import COMES_BACK
from shared.settings import Settings
from tests.pages.company.conftest import (
    LEAVER,
    NEWCOMER,
    Browser,
    at_provider,
    forget_document,
    gateway_of,
    last_entry,
    leads_to,
)
from tests.pages.company.provider import CLIENT, Company
from tests.pages.conftest import said_to_record, sign_in

Json = dict[str, Any]
OPEN = "SELECT count(*) FROM session WHERE account LIKE '%@company'"


@pytest.fixture
def is_refused(site: Home) -> Callable[..., Awaitable[None]]:
    """The page says no with the way out, nobody is signed in, and it is on record."""

    async def check(answer: httpx.Response, code: str, said: str, about: str | None = None) -> None:
        assert answer.status_code == 403, answer.text
        assert said in answer.text
        assert 'href="/"' in answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert "session=" not in answer.headers.get("set-cookie", "")
        entry = await last_entry(site)
        assert (entry["what"], entry["subject"]) == ("not signed in", "company")
        assert (entry["code"], entry["about"]) == (code, about)
        assert await said_to_record(site, OPEN) == 0

    return check


UNTRUSTED = "登录信息无法确认"
OVER = "这次登录已失效"


@pytest.mark.parametrize(
    ("why", "wrong"),
    [
        ("nonce", lambda claims: claims.update(nonce="another")),
        ("nonce", lambda claims: claims.pop("nonce")),
        ("exp", lambda claims: claims.update(exp=int(time.time()) - 120)),
        ("exp", lambda claims: claims.pop("exp")),
        ("iat", lambda claims: claims.update(iat=int(time.time()) + 600)),
        ("aud", lambda claims: claims.update(aud="another-client")),
        ("aud", lambda claims: claims.pop("aud")),
        ("azp", lambda claims: claims.update(aud=[CLIENT, "more"], azp="another-client")),
        ("azp", lambda claims: claims.update(azp="another-client")),
        ("iss", lambda claims: claims.update(iss="http://127.0.0.1:1")),
        ("at_hash", lambda claims: claims.update(at_hash="AAAAAAAAAAAAAAAAAAAAAA")),
        ("sub", lambda claims: claims.pop("sub")),
    ],
)
async def test_an_id_token_that_is_wrong_lets_nobody_in(
    at_door: Browser,
    company: Company,
    is_refused: Callable[..., Awaitable[None]],
    why: str,
    wrong: Callable[[Json], object],
) -> None:
    company.employs("new", employee_number=NEWCOMER)
    company.wrong.claims = wrong
    await is_refused(await at_door.sign_in("new"), f"untrusted-token: {why}", UNTRUSTED)


@pytest.mark.parametrize(
    ("why", "signed", "unknown_key"),
    [
        ("bad_signature", "RS256", True),
        ("unsupported_algorithm", "HS256", False),
        ("unsupported_algorithm", "none", False),
    ],
)
async def test_an_id_token_that_the_provider_did_not_sign_lets_nobody_in(
    at_door: Browser,
    company: Company,
    is_refused: Callable[..., Awaitable[None]],
    why: str,
    signed: str,
    unknown_key: bool,
) -> None:
    """Whatever it says it signs with."""
    company.employs("new", employee_number=NEWCOMER)
    wrong = company.wrong
    wrong.claims, wrong.signed, wrong.unknown_key = lambda claims: None, signed, unknown_key
    wrong.document = {"id_token_signing_alg_values_supported": ["RS256", "HS256", "none"]}
    await is_refused(await at_door.sign_in("new"), f"untrusted-token: {why}", UNTRUSTED)


async def test_userinfo_of_somebody_else_lets_nobody_in(
    at_door: Browser, company: Company, is_refused: Callable[..., Awaitable[None]]
) -> None:
    company.employs("new", employee_number=NEWCOMER)
    company.wrong.claims = lambda claims: claims.pop("employee_number")
    company.wrong.answers["/userinfo"] = ({"sub": "other", "employee_number": NEWCOMER}, 200)
    await is_refused(await at_door.sign_in("new"), "untrusted-token: userinfo", UNTRUSTED)


async def test_nobody_is_signed_in_by_an_answer_that_another_browser_went_for(
    at_door: Browser,
    company: Company,
    settings: Callable[[str], Settings],
    is_refused: Callable[..., Awaitable[None]],
) -> None:
    """Else one could be made to write under the account of an attacker."""
    company.employs("attacker", employee_number=NEWCOMER)
    async with gateway_of(settings("gateway")) as theirs:
        back = await at_provider(await theirs.set_out(), "attacker")
    await is_refused(await at_door.come_back(back), "stale-sign-in", OVER)
    await at_door.set_out()
    await is_refused(await at_door.come_back(back), "stale-sign-in", OVER)
    for state in ("", "&state=", "&state=forged"):
        code = f"code={httpx.URL(back).params['code']}{state}"
        answer = await at_door.come_back(f"{urlsplit(back).path}?{code}")
        await is_refused(answer, "stale-sign-in", OVER)


async def test_a_code_of_another_browser_is_worth_nothing_in_ones_own_sign_in(
    at_door: Browser,
    company: Company,
    settings: Callable[[str], Settings],
    is_refused: Callable[..., Awaitable[None]],
) -> None:
    """A code that was caught on its way: PKCE stops it, and the nonce where nobody checks that."""
    company.employs("new", employee_number=NEWCOMER)
    async with gateway_of(settings("gateway")) as victim:
        caught = httpx.URL(await at_provider(await victim.set_out(), "new")).params["code"]
        mine = httpx.URL(await at_provider(await at_door.set_out(), "new"))
        injected = str(mine.copy_set_param("code", caught))
        await is_refused(await at_door.come_back(injected), "stale-sign-in", OVER)
        company._challenges.pop(caught)
        answer = await at_door.come_back(injected)
    await is_refused(answer, "untrusted-token: nonce", UNTRUSTED)


async def test_an_answer_is_taken_once(
    at_door: Browser, company: Company, site: Home, is_refused: Callable[..., Awaitable[None]]
) -> None:
    """At a kiosk the next person presses "back"; also when the provider would take it again."""
    company.employs("new", employee_number=NEWCOMER)
    company.wrong.codes_again = True
    back = await at_provider(await at_door.set_out(), "new")
    leads_to(await at_door.come_back(back))
    await said_to_record(site, "DELETE FROM session WHERE account LIKE '%@company'")
    await is_refused(await at_door.come_back(back), "stale-sign-in", OVER, NEWCOMER)
    company.wrong.codes_again = False
    await is_refused(await at_door.come_back(back), "stale-sign-in", OVER)


async def test_an_answer_that_comes_too_late_is_not_taken(
    at_door: Browser, company: Company, is_refused: Callable[..., Awaitable[None]]
) -> None:
    back = httpx.URL(await at_provider(await at_door.set_out(), "new"))
    cookie = at_door.client.cookies["company"]
    kept = json.dumps({"next": "/", "before": ""}).encode()
    past = int(time.time()) - ON_ITS_WAY - 1
    state = _sealed_with(at_door.site, cookie).encrypt_at_time(kept, past).decode()
    answer = await at_door.come_back(str(back.copy_set_param("state", state)))
    await is_refused(answer, "stale-sign-in", OVER)


async def test_an_answer_of_another_issuer_is_not_taken_for_ours(
    at_door: Browser, company: Company, is_refused: Callable[..., Awaitable[None]]
) -> None:
    company.employs("new", employee_number=NEWCOMER)
    back = httpx.URL(await at_provider(await at_door.set_out(), "new"))
    other = str(back.copy_set_param("iss", "https://other.example"))
    await is_refused(await at_door.come_back(other), "untrusted-token: issuer", UNTRUSTED)
    assert not company.asked, "nobody is told the code"
    company.wrong.document = {"authorization_response_iss_parameter_supported": True}
    forget_document(at_door)
    await is_refused(await at_door.come_back(str(back)), "untrusted-token: issuer", UNTRUSTED)
    leads_to(await at_door.come_back(str(back.copy_set_param("iss", company.issuer))))


async def test_who_says_no_there_is_not_let_in_here(
    at_door: Browser, company: Company, is_refused: Callable[..., Awaitable[None]]
) -> None:
    way = httpx.URL(await at_door.set_out())
    back = httpx.URL(await at_provider(str(way), action="deny"))
    assert back.params["error"] == "access_denied"
    assert "state" not in back.params, "which it owes us (RFC 6749, 4.1.2.1)"
    await is_refused(await at_door.come_back(str(back)), "stale-sign-in", OVER)
    silent = f"{COMES_BACK}?state={way.params['state']}"
    await is_refused(await at_door.come_back(silent), "provider-refused", "公司账号没有登录")
    owed = str(back.copy_set_param("state", way.params["state"]))
    await is_refused(await at_door.come_back(owed), "provider-refused", "公司账号没有登录")


@pytest.mark.parametrize(
    ("code", "said", "claims", "about"),
    [
        ("unknown-employee", "花名册里没有这个工号", {"employee_number": "PC999"}, "PC999"),
        ("left-employee", "不在职", {"employee_number": LEAVER}, LEAVER),
        ("no-employee-number", "公司账号没有工号", {"email": "pc001@company.example"}, None),
        ("no-employee-number", "公司账号没有工号", {"employee_number": 1}, None),
        ("no-employee-number", "公司账号没有工号", {"employee_number": [NEWCOMER]}, None),
        ("no-employee-number", "公司账号没有工号", {"employee_number": "a\0b"}, None),
    ],
)
async def test_who_is_not_employed_here_is_not_let_in(
    at_door: Browser,
    company: Company,
    site: Home,
    is_refused: Callable[..., Awaitable[None]],
    code: str,
    said: str,
    claims: Json,
    about: str | None,
) -> None:
    company.employs("somebody", **claims)
    await is_refused(await at_door.sign_in("somebody"), code, said, about)
    made = "SELECT count(*) FROM account WHERE name LIKE '%@company'"
    assert await said_to_record(site, made) == 0


async def test_a_closed_account_is_not_opened_nor_passed_over(
    at_door: Browser, company: Company, site: Home, is_refused: Callable[..., Awaitable[None]]
) -> None:
    company.employs("new", employee_number=NEWCOMER)
    leads_to(await at_door.sign_in("new"))
    name = f"{NEWCOMER}@company"
    close = "UPDATE account SET active = false WHERE name = :name"
    await said_to_record(site, close, name=name)
    await said_to_record(site, "DELETE FROM session WHERE account = :name", name=name)
    other = "INSERT INTO account (name, employee) VALUES ('another-one', :employee)"
    await said_to_record(site, other, employee=NEWCOMER)
    try:
        answer = await at_door.sign_in("new")
        await is_refused(answer, "closed-account", "账号已停用", NEWCOMER)
    finally:
        await said_to_record(site, "DELETE FROM account WHERE name = 'another-one'")


@pytest.mark.parametrize(
    "next", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere", "javascript:1"]
)
async def test_nobody_is_led_to_another_site(at_door: Browser, company: Company, next: str) -> None:
    company.employs("new", employee_number=NEWCOMER)
    started = await at_door.client.get("/sign-in/company", params={"next": next})
    back = await at_provider(started.headers["location"], "new")
    assert leads_to(await at_door.come_back(back)) == "/"


async def test_too_many_answers_are_told_when_to_come_again(
    at_door: Browser, company: Company
) -> None:
    """Each could make us ask the provider; local accounts have a count of their own."""
    for _ in range(300):
        answer = await at_door.client.get(COMES_BACK)
        if answer.status_code != 403:
            break
    assert answer.status_code == 429
    assert answer.headers["retry-after"]
    assert not company.asked
    assert (await sign_in(at_door.client, "pages-worker")).status_code == 303
