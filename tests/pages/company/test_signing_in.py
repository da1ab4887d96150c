"""Signing in with the company account."""

from base64 import b64decode
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import httpx

from deploy.local.home import Home
from services.gateway.provider import COMES_BACK, SECRET
from shared.for_whom import ANYONE
from tests.pages.company.conftest import (
    NEWCOMER,
    Browser,
    at_provider,
    forget_document,
    last_entry,
    leads_to,
)
from tests.pages.company.provider import CLIENT, Company
from tests.pages.conftest import WORKER, form_token_in, said_to_record, sign_in
from tests.walls.doors import doors_of


async def test_a_site_without_a_provider_is_as_it_was(stranger: httpx.AsyncClient) -> None:
    assert "company" not in (await stranger.get("/")).text
    for path in ("/sign-in/company", COMES_BACK):
        assert (await stranger.get(path)).status_code == 404


async def test_both_doors_are_for_anyone(at_door: Browser) -> None:
    """They are in no table of rights, for they are there only with a provider."""
    found = doors_of(at_door.site.settings)
    for path in ("/sign-in/company", COMES_BACK):
        door = found[f"GET {path}"]
        assert door
        assert door.for_whom is ANYONE


async def test_the_company_account_comes_first_and_local_ones_below(at_door: Browser) -> None:
    page = (await at_door.client.get("/?next=/proposals?state=open")).text
    assert page.index("/sign-in/company?next=%2Fproposals") < page.index('action="/sign-in"')
    assert (await sign_in(at_door.client, "pages-worker")).status_code == 303


async def test_the_provider_is_asked_as_it_should_be(at_door: Browser, company: Company) -> None:
    way = await at_door.set_out()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(way).query).items()}
    assert way.startswith(f"{company.issuer}/oauth2/authorize?")
    assert asked["response_type"] == "code"
    assert asked["client_id"] == CLIENT
    assert asked["scope"] == "openid profile"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == at_door.site.settings.url + COMES_BACK
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    again = parse_qs(urlsplit(await at_door.set_out()).query)
    for name in ("state", "nonce", "code_challenge"):
        assert again[name] != [asked[name]], "another each time"


async def test_a_first_sign_in_makes_an_account_and_leads_on(
    at_door: Browser, company: Company, site: Home
) -> None:
    company.employs("new", employee_number=NEWCOMER, email="officer@company.example")
    answer = await at_door.sign_in("new", "/proposals?state=open")
    assert leads_to(answer) == "/proposals?state=open"
    cookies = {
        name: morsel
        for header in answer.headers.get_list("set-cookie")
        for name, morsel in SimpleCookie(header).items()
    }
    assert cookies["session"]["samesite"] == "strict"
    assert cookies["session"]["httponly"]
    assert (await at_door.client.get("/proposals")).status_code == 200
    mine = await at_door.client.get("/account")
    assert f"{NEWCOMER}@company" in mine.text
    assert f"/people/{NEWCOMER}" in mine.text
    entry = await last_entry(site)
    assert (entry["account"], entry["what"], entry["subject"]) == (
        f"{NEWCOMER}@company",
        "signed in",
        "company",
    )
    leads_to(await at_door.sign_in("new"))
    counted = "SELECT count(*) FROM account WHERE employee = :employee"
    assert await said_to_record(site, counted, employee=NEWCOMER) == 1


async def test_an_account_without_a_password_is_offered_no_change_of_it(
    at_door: Browser, company: Company
) -> None:
    company.employs("new", employee_number=NEWCOMER)
    leads_to(await at_door.sign_in("new"))
    mine = await at_door.client.get("/account")
    assert "/account/password" not in mine.text
    form = {"form-token": form_token_in(mine), "old": "a", "new": "b", "again": "b"}
    for answer in (
        await at_door.client.get("/account/password"),
        await at_door.client.post("/account/password", data=form),
    ):
        assert answer.status_code == 409
        assert "这个账号没有密码" in answer.text
    assert (await sign_in(at_door.client, "pages-worker")).status_code == 303
    assert "/account/password" in (await at_door.client.get("/account")).text


async def test_an_account_that_is_there_is_found_by_employee_number(
    at_door: Browser, company: Company, site: Home
) -> None:
    """And a password that IT has given it is not asked to be changed: it was not used."""
    company.employs("someone", employee_number=WORKER)
    change = "UPDATE account SET must_change = :given WHERE name = 'pages-worker'"
    await said_to_record(site, change, given=True)
    try:
        leads_to(await at_door.sign_in("someone"))
        assert "pages-worker" in (await at_door.client.get("/account")).text
    finally:
        await said_to_record(site, change, given=False)


async def test_posts_give_rights_as_ever(at_door: Browser, company: Company) -> None:
    company.employs("officer", employee_number="PG002")
    company.employs("worker", employee_number=WORKER)
    leads_to(await at_door.sign_in("officer"))
    assert (await at_door.client.get(f"/people/{WORKER}")).status_code == 200
    leads_to(await at_door.sign_in("worker"))
    assert (await at_door.client.get("/people/PG002")).status_code == 403


async def test_the_session_that_the_browser_had_ends_and_none_is_taken_over(
    at_door: Browser, company: Company
) -> None:
    company.employs("new", employee_number=NEWCOMER)
    await sign_in(at_door.client, "pages-worker")
    before = at_door.client.cookies["session"]
    started = await at_door.client.get("/sign-in/company")
    leads_to(await at_door.come_back(await at_provider(started.headers["location"], "new")))
    assert at_door.client.cookies["session"] != before
    bearer = {"Authorization": f"Bearer {before}"}
    assert (await at_door.client.get("/api/v1/views/proposals", headers=bearer)).status_code == 401


async def test_a_session_obeys_both_limits(at_door: Browser, company: Company, site: Home) -> None:
    company.employs("new", employee_number=NEWCOMER)
    for limit in (
        "seen_at = now() - interval '61 minutes'",
        "expires_at = now() - interval '1 second'",
    ):
        leads_to(await at_door.sign_in("new"))
        assert (await at_door.client.get("/account")).status_code == 200
        hours = "SELECT extract(epoch FROM expires_at - begun_at) / 3600 FROM session"
        mine = " WHERE account = :account"
        own = {"account": f"{NEWCOMER}@company"}
        assert round(await said_to_record(site, hours + mine, **own)) == 12
        await said_to_record(site, f"UPDATE session SET {limit}{mine}", **own)
        at_door.site.tokens.forget()
        assert (await at_door.client.get("/account")).status_code == 303
        await said_to_record(site, f"DELETE FROM session{mine}", **own)
        at_door.client.cookies.delete("session")


async def test_two_tabs_come_in(at_door: Browser, company: Company) -> None:
    company.employs("new", employee_number=NEWCOMER)
    one, other = await at_door.set_out("/proposals"), await at_door.set_out("/account")
    assert leads_to(await at_door.come_back(await at_provider(one, "new"))) == "/proposals"
    assert leads_to(await at_door.come_back(await at_provider(other, "new"))) == "/account"


async def test_what_the_id_token_does_not_say_is_asked_for(
    at_door: Browser, company: Company
) -> None:
    company.employs("new", employee_number=NEWCOMER)
    company.wrong.claims = lambda claims: claims.pop("employee_number")
    leads_to(await at_door.sign_in("new"))


async def test_a_client_without_a_secret_is_a_public_one(
    at_door: Browser, company: Company
) -> None:
    company.employs("new", employee_number=NEWCOMER)
    leads_to(await at_door.sign_in("new"))
    form, authorization = company.asked[-1]
    assert authorization is None
    assert form["client_id"] == CLIENT
    assert len(form["code_verifier"]) >= 43


async def test_the_client_proves_itself_by_its_secret_when_it_has_one(
    at_door: Browser, company: Company, site: Home
) -> None:
    """A new one needs no restart; it goes into the body where the provider wants it there."""
    company.employs("new", employee_number=NEWCOMER)
    for secret in ("given to us", "another: given+later"):
        site.keep_secret("gateway", SECRET, secret)
        leads_to(await at_door.sign_in("new"))
        form, authorization = company.asked[-1]
        assert authorization
        scheme, _, given = authorization.partition(" ")
        assert (scheme, b64decode(given).decode()) == ("Basic", f"{CLIENT}:{secret}")
        assert "client_secret" not in form
    company.wrong.document = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    forget_document(at_door)
    leads_to(await at_door.sign_in("new"))
    form, authorization = company.asked[-1]
    assert (form["client_secret"], authorization) == ("another: given+later", None)
