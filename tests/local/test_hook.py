"""`tongxin hook`: the secret that HR's system signs with, and its way to NATS."""

import json
from pathlib import Path

from deploy.local.home import Home
from services.gateway.signatures import secrets_in
from tests.local.test_up import tongxin


async def test_a_secret_is_made_takes_the_place_of_another_and_ends(tmp_path: Path) -> None:
    home = tmp_path / "home"
    kept = home / "secrets" / "gateway"
    first = await tongxin("hook", "secret", home=home)
    assert first[0] == 0, first
    assert secrets_in(kept) == [first[1].strip()]
    assert (kept / "hook_secrets").stat().st_mode & 0o077 == 0
    second = await tongxin("hook", "secret", home=home)
    assert secrets_in(kept) == [second[1].strip(), first[1].strip()]
    third = await tongxin("hook", "secret", home=home)
    assert third[0] == 1
    assert "tongxin hook retire" in third[2]
    assert (await tongxin("hook", "retire", home=home))[0] == 0
    assert secrets_in(kept) == [second[1].strip()]
    assert (await tongxin("hook", "retire", home=home))[0] == 1
    off = await tongxin("hook", "off", home=home)
    assert off[0] == 0
    assert secrets_in(kept) == []
    assert (await tongxin("hook", "off", home=home))[0] == 1
    deeds = (home / "log" / "operator.log").read_text()
    assert "hook secret made" in deeds
    for secret in (first[1].strip(), second[1].strip()):
        assert secret not in deeds + third[2] + off[1]


async def test_it_says_how_hr_reaches_nats_but_not_the_password(home: Home) -> None:
    code, out, errors = await tongxin("hook", "nats", "--json", home=home.path)
    assert code == 0, errors
    told = json.loads(out)
    assert (told["user"], told["url"]) == ("hr", home.nats_url)
    password = Path(told["password_file"]).read_text()
    assert password == home.secret("hr", "nats_password")
    assert password not in out
