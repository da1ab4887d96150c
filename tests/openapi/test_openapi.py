"""What `/openapi.json` says is what a running site does: no 5xx, no answer that it does not name,
nothing refused that it allows and nothing taken that it forbids, whoever asks.

schemathesis makes the requests, good and bad ones (schemathesis.toml); what it finds it prints with
a `curl` line. The site is one of its own: HR is fed a lot of nonsense here.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.demo import ACCOUNTS
from deploy.local.home import Home
from tests.running import running_site, tokens

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PROGRAM = Path(sys.executable).parent / "schemathesis"
PATIENCE = 300.0
"""Seconds for one run; they take ten on an idle machine."""

EVERYTHING = ["--exclude-method", "DELETE"]
"""But for what ends the token that it asks with."""


@pytest.fixture(scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    async with running_site(tmp_path_factory.mktemp("openapi") / "home") as home:
        yield home


async def must_keep_its_word(
    home: Home, token: str, *options: str, document: str | None = None
) -> None:
    """Raises `AssertionError` with all that schemathesis found. `document`: another than the
    site's own."""
    asking = await asyncio.create_subprocess_exec(
        PROGRAM,
        *("--config-file", str(HERE / "schemathesis.toml")),
        *("run", document or f"{home.url}/openapi.json", *options),
        cwd=home.path,  # it keeps files where it runs
        env=os.environ | {"TONGXIN_TOKEN": token, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(asking.communicate(), PATIENCE)
    finally:
        if asking.returncode is None:
            asking.kill()
            await asking.wait()
    assert asking.returncode == 0, said.decode(errors="replace")


async def test_every_edge_of_what_may_be_said_is_answered_as_documented(demo: Home) -> None:
    """Each field at, below and above its limits, of another type, missing; methods that are not
    there; no token. As an officer, who may do most."""
    token = (await tokens(demo))["officer"]
    await must_keep_its_word(
        demo, token, *EVERYTHING, "--exclude-path", "/hooks/hr", "--phases", "coverage"
    )


@pytest.mark.parametrize("account", [account.account for account in ACCOUNTS])
async def test_whoever_asks_whatever_is_answered_as_documented(demo: Home, account: str) -> None:
    token = (await tokens(demo))[account]
    await must_keep_its_word(demo, token, *EVERYTHING, "--phases", "fuzzing", "-n", "3")


async def test_whatever_hr_sends_is_answered_as_documented(demo: Home) -> None:
    token = (await tokens(demo))["hr"]
    await must_keep_its_word(
        demo, token, "--include-path", "/hooks/hr", "--phases", "fuzzing", "-n", "20"
    )


async def test_signing_out_is_answered_as_documented(demo: Home) -> None:
    token = (await tokens(demo))["auditor"]
    await must_keep_its_word(
        demo, token, "--include-method", "DELETE", "--phases", "coverage,fuzzing", "-n", "3"
    )


def limit_of(operation: Any) -> Any:
    """The schema of how many at most."""
    return next(each["schema"] for each in operation["parameters"] if each["name"] == "limit")


@pytest.mark.parametrize(
    ("account", "wrong", "found"),
    [
        ("worker", lambda unfit: unfit["responses"].pop("403"), "Undocumented status code"),
        (
            "officer",
            lambda unfit: limit_of(unfit).update(maximum=100),
            "Schema-violating request accepted",
        ),
        (
            "officer",
            lambda unfit: limit_of(unfit).update(maximum=300),
            "Schema-valid request rejected",
        ),
    ],
)
async def test_a_document_that_is_wrong_is_found_out(
    demo: Home, tmp_path: Path, account: str, wrong: Callable[[Any], None], found: str
) -> None:
    async with httpx.AsyncClient(base_url=demo.url, timeout=30) as client:
        document = (await client.get("/openapi.json")).json()
    path = "/api/v1/membership/unfit"
    wrong(document["paths"][path]["get"])
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    options = ("--url", demo.url, "--include-path", path, "--phases", "coverage")
    with pytest.raises(AssertionError, match=found):
        await must_keep_its_word(demo, (await tokens(demo))[account], *options, document=str(file))
