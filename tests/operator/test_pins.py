"""`tongxin account pin` on a running site."""

import httpx
import pytest

from deploy.local.demo import PIN
from tests.operator.conftest import Operated
from tests.pages.conftest import HTML, send
from tests.pages.kiosk.conftest import stand_at

GIVEN, OWN = "704915", "947318"
NAME, BADGE = "op-badge", "D0047"
"""Somebody of the demo who has no account yet."""


def kiosk_at(operated: Operated) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=operated.home.url, trust_env=False, headers=HTML)


async def test_a_pin_of_its_is_changed_at_the_kiosk_and_taken_away_again(
    operated: Operated,
) -> None:
    word = "a word that IT has given\n"
    assert (await operated.run("account", "add", NAME, "--employee", BADGE, typed=word))[0] == 0
    made = await operated.run("account", "pin", NAME, typed=GIVEN + "\n")
    assert made[0] == 0, made
    async with kiosk_at(operated) as kiosk:
        assert (await stand_at(kiosk, BADGE, GIVEN)).status_code == 303
        assert (await kiosk.get("/kiosk/home")).headers["location"] == "/kiosk/pin"
        assert (await send(kiosk, "/kiosk/pin", "/kiosk/pin", pin=OWN, again=OWN)).is_redirect
        assert (await kiosk.get("/kiosk/home")).status_code == 200

        assert (await operated.run("account", "pin", NAME, typed=GIVEN + "\n"))[0] == 0
        assert (await kiosk.get("/kiosk/home")).headers["location"] == "/kiosk", "it is over"
        assert (await stand_at(kiosk, BADGE, OWN)).status_code == 401

        assert (await operated.run("account", "pin", NAME, "--remove"))[0] == 0
        assert (await stand_at(kiosk, BADGE, GIVEN)).status_code == 401
    deeds = (operated.home.logs / "operator.log").read_text()
    assert '"PIN given"' in deeds
    assert not {GIVEN, BADGE} & set(deeds.replace('"', " ").split())
    assert (await operated.run("account", "disable", NAME))[0] == 0


async def test_the_list_says_who_has_one(operated: Operated) -> None:
    found = {one["name"]: one["has_pin"] for one in await operated.told("account", "list")}
    assert found["worker"]
    _, out, _ = await operated.run("account", "list")
    assert "PIN" in next(line for line in out.splitlines() if line.startswith("worker "))


async def test_the_demos_worker_comes_in_at_the_kiosk(operated: Operated) -> None:
    async with kiosk_at(operated) as kiosk:
        assert (await stand_at(kiosk, "D0046", PIN)).headers["location"] == "/kiosk/home"
        assert (await kiosk.get("/kiosk/home")).status_code == 200


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (("worker",), "111111\n", "repeats itself"),
        (("worker",), "004600\n", "on the badge"),
        (("worker",), "12345\n", "6 digits"),
        (("worker",), "", "6 digits"),
        (("op-nobody",), GIVEN + "\n", "no open account"),
        (("op-nobody", "--remove"), "", "no account"),
        (("op-no-badge",), GIVEN + "\n", "no employee number"),
    ],
)
async def test_what_cannot_be_is_said_in_one_sentence_and_changes_nothing(
    operated: Operated, words: tuple[str, ...], typed: str, said: str
) -> None:
    word = "a word that IT has given\n"
    assert (await operated.run("account", "add", "op-no-badge", typed=word))[0] == 0
    kept = "SELECT name, pin_hash FROM gateway.account ORDER BY name"
    before = await operated.admin.fetch(kept)
    code, out, errors = await operated.run("account", "pin", *words, typed=typed)
    assert (code, out) == (1, "")
    assert said in errors
    assert "Traceback" not in errors
    assert await operated.admin.fetch(kept) == before
