"""`tongxin account` on a running site."""

from typing import Any

import httpx
import pytest

from tests.operator.conftest import Operated
from tests.pages.conftest import HTML, sign_in
from tests.running import client_of

GIVEN, OTHER = "a word that IT has given", "another word of IT's"
NAME, EMPLOYEE = "op-account", "OPN-0815"
OF = ("--employee", EMPLOYEE)


async def tried(operated: Operated, password: str) -> httpx.Response:
    async with httpx.AsyncClient(
        base_url=operated.home.url, trust_env=False, headers=HTML
    ) as browser:
        return await sign_in(browser, NAME, password)


async def listed(operated: Operated) -> Any:
    found = await operated.told("account", "list")
    return next((one for one in found if one["name"] == NAME), None)


async def test_an_account_is_made_given_another_password_closed_and_opened_again(
    operated: Operated,
) -> None:
    made = await operated.run("account", "add", NAME, "--role", "auditor", *OF, typed=GIVEN + "\n")
    assert made[0] == 0, made
    seen = await listed(operated)
    assert (seen["roles"], seen["active"], seen["must_change"]) == (["auditor"], True, True)
    assert (await tried(operated, GIVEN)).status_code == 303
    assert (await listed(operated))["sessions"] == 1
    deeds = (operated.home.logs / "operator.log").read_text()
    assert NAME in deeds
    assert EMPLOYEE not in deeds, "no log holds a number of a person"
    assert GIVEN not in deeds

    assert (await operated.run("account", "password", NAME, typed=OTHER + "\n"))[0] == 0
    assert (await listed(operated))["sessions"] == 0, "whoever was in is out"
    assert (await tried(operated, GIVEN)).status_code == 401
    assert (await tried(operated, OTHER)).status_code == 303

    assert (await operated.run("account", "disable", NAME))[0] == 0
    assert not (await listed(operated))["active"]
    assert (await tried(operated, OTHER)).status_code == 401
    assert (await operated.run("account", "password", NAME, typed=GIVEN + "\n"))[0] == 1

    assert (await operated.run("account", "enable", NAME))[0] == 0
    seen = await listed(operated)
    assert (seen["roles"], seen["active"]) == (["auditor"], True), "as it was"
    both = ("--role", "hr", "--role", "it")
    for given, expected in ((both, ["hr", "it"]), ((), [])):
        assert (await operated.run("account", "roles", NAME, *given))[0] == 0
        assert (await listed(operated))["roles"] == expected
    assert (await tried(operated, OTHER)).status_code == 303
    assert (await operated.run("account", "enable", "op-nobody"))[0] == 1
    assert (await operated.run("account", "disable", NAME))[0] == 0

    assert (await operated.run("account", "add", NAME, typed=GIVEN + "\n"))[0] == 0
    assert (await tried(operated, GIVEN)).status_code == 303
    assert (await listed(operated))["roles"] == []


async def test_a_token_that_it_makes_works_before_anybody_has_signed_in(
    operated: Operated,
) -> None:
    """A program of HR never does."""
    name = "op-program"
    made = await operated.run("account", "add", name, "--role", "hr", typed=GIVEN + "\n")
    assert made[0] == 0, made
    code, token, _ = await operated.run("token", name)
    assert code == 0
    async with client_of(operated.home, token.strip()) as program:
        assert (await program.get("/api/v1/membership/unfit")).status_code == 200
        asked = {"account": name, "password": GIVEN}
        refused = await program.post("/api/v1/session", json=asked)
        assert (refused.status_code, refused.json()["code"]) == (403, "change-password")


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (("add", "op-short"), "short\n", "at least 10 characters"),
        (("add", "op-none"), "", "at least 10 characters"),
        (("add", "Op Name"), GIVEN + "\n", "no name for an account"),
        (("add", "op-role", "--role", "king"), GIVEN + "\n", "appoint-post"),
        (("roles", "it", "--role", "chair"), "", "appoint-post"),
        (("roles", "op-nobody", "--role", "it"), "", "no account"),
        (("add", "op-number", "--employee", "a/b"), GIVEN + "\n", "employee number"),
        (("password", "op-nobody"), GIVEN + "\n", "no open account"),
        (("disable", "op-nobody"), "", "no account"),
    ],
)
async def test_what_cannot_be_is_said_in_one_sentence_and_changes_nothing(
    operated: Operated, words: tuple[str, ...], typed: str, said: str
) -> None:
    there = "SELECT name FROM gateway.account ORDER BY name"
    before = await operated.admin.fetch(there)
    code, out, errors = await operated.run("account", *words, typed=typed)
    assert (code, out) == (1, "")
    assert said in errors
    assert "Traceback" not in errors
    assert await operated.admin.fetch(there) == before
