"""`tongxin account` on a running site."""

from typing import Any

import httpx
import pytest

from tests.operator.conftest import Operated

GIVEN, OTHER = "a word that IT has given", "another word of IT's"
NAME = "op-account"


async def sign_in(operated: Operated, password: str) -> httpx.Response:
    asked = {"account": NAME, "password": password}
    async with httpx.AsyncClient(base_url=operated.home.url, trust_env=False) as client:
        return await client.post("/sign-in", data=asked, headers={"Accept": "text/html"})


async def listed(operated: Operated) -> Any:
    found = await operated.told("account", "list")
    return next((one for one in found if one["name"] == NAME), None)


async def test_an_account_is_made_given_another_password_closed_and_opened_again(
    operated: Operated,
) -> None:
    made = await operated.run("account", "add", NAME, "--role", "auditor", typed=GIVEN + "\n")
    assert made[0] == 0, made
    seen = await listed(operated)
    assert (seen["roles"], seen["active"], seen["must_change"]) == (["auditor"], True, True)
    assert (await sign_in(operated, GIVEN)).status_code == 303
    assert (await listed(operated))["sessions"] == 1

    assert (await operated.run("account", "password", NAME, typed=OTHER + "\n"))[0] == 0
    assert (await listed(operated))["sessions"] == 0, "whoever was in is out"
    assert (await sign_in(operated, GIVEN)).status_code == 401
    assert (await sign_in(operated, OTHER)).status_code == 303

    assert (await operated.run("account", "disable", NAME))[0] == 0
    assert not (await listed(operated))["active"]
    assert (await sign_in(operated, OTHER)).status_code == 401
    assert (await operated.run("account", "password", NAME, typed=GIVEN + "\n"))[0] == 1

    assert (await operated.run("account", "add", NAME, typed=GIVEN + "\n"))[0] == 0
    assert (await sign_in(operated, GIVEN)).status_code == 303
    assert (await listed(operated))["roles"] == []


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (("add", "op-short"), "short\n", "at least 10 characters"),
        (("add", "op-none"), "", "at least 10 characters"),
        (("add", "Op Name"), GIVEN + "\n", "no name for an account"),
        (("add", "op-role", "--role", "king"), GIVEN + "\n", "appoint-post"),
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
