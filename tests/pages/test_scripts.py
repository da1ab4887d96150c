"""The scripts of the pages: fetched by `make`, served by us, pinned with hashes; and pages are
whole without them."""

import json
import re

import httpx
import pytest

from deploy import npm
from services.gateway.pages.scripts import LIBRARIES, OURS, THERE
from tests.conftest import ROOT


def test_the_scripts_were_fetched() -> None:
    assert THERE, "they could not be fetched from npm: make says why; then nothing here was checked"


async def test_scripts_are_served_by_us_and_may_be_kept_for_a_year(
    worker: httpx.AsyncClient,
) -> None:
    page = (await worker.get("/")).text
    named = re.findall(r'<script src="(/static/[^"]+)" defer></script>', page)
    assert [each.partition("?")[0] for each in named] == [
        f"/static/{name}" for name in (*LIBRARIES, *OURS)
    ]
    for address in named:
        answer = await worker.get(address)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (await worker.get(named[0])).content == LIBRARIES["htmx.js"].read_bytes()


async def test_nothing_beside_the_scripts_is_served(worker: httpx.AsyncClient) -> None:
    for path in ("/static/package.json", "/static/htmx.org/package.json", "/static/%2e%2e/app.py"):
        assert (await worker.get(path)).status_code == 404


async def test_htmx_is_told_to_keep_within_the_policy(worker: httpx.AsyncClient) -> None:
    page = await worker.get("/")
    found = re.search(r"""<meta name="htmx-config" content='([^']+)'>""", page.text)
    assert found
    told = json.loads(found[1])
    assert told["allowEval"] is False
    assert told["includeIndicatorStyles"] is False
    assert told["allowScriptTags"] is False
    assert told["historyCacheSize"] == 0
    assert "unsafe" not in page.headers["content-security-policy"]


async def test_who_has_not_signed_in_is_given_no_scripts(stranger: httpx.AsyncClient) -> None:
    assert "<script" not in (await stranger.get("/")).text


def test_the_lock_pins_hashes_and_names_no_registry() -> None:
    folder = ROOT / "requirements" / "pages"
    lock = json.loads((folder / "package-lock.json").read_text())
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert packages["node_modules/htmx.org"]["version"].startswith("2.")
    assert all(each["integrity"].startswith("sha512-") for each in packages.values())
    for file in folder.iterdir():
        assert "://" not in file.read_text()


def test_without_the_registry_make_goes_on_and_says_so_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", f"{tmp_path}/cache")
    before = {file: file.read_bytes() for file in LIBRARIES.values()}
    npm.main()
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "pages work without scripts" in said
    assert "is the npm registry reachable" in said
    assert {file: file.read_bytes() for file in LIBRARIES.values()} == before
