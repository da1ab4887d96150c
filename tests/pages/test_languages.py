"""Chinese first, English second: which one is spoken, and that nothing is left unsaid."""

import ast
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from services.gateway.pages import languages, troubles, words
from services.gateway.pages.languages import CHINESE, ENGLISH, speaking
from services.gateway.pages.layout import HERE, TEMPLATES
from tests.conftest import ROOT
from tests.pages.conftest import HTML, Plant, browser_of

CHINESE_LETTERS = re.compile(r"[\u4e00-\u9fff]")
MAPPING = [
    ("pages/**.py", "python"),
    ("snapshot/**.py", "python"),
    ("templates/**.html", "jinja2"),
]


def test_the_catalogue_says_all_that_the_pages_say_and_nothing_else() -> None:
    found = extract_from_dir(
        HERE, MAPPING, {"templates/**.html": {"silent": "false", "trimmed": "true"}}
    )
    said = {(context, message) for _, _, message, _, context in found}
    catalogue = chinese()
    kept = {(each.context, each.id) for each in catalogue if each.id}
    assert not said - kept, "make words"
    assert not kept - said, "make words"


def chinese() -> Catalog:
    return read_po(io.BytesIO((languages.CATALOGUES / "zh_CN.po").read_bytes()))


def test_every_message_is_translated_with_all_that_it_is_given() -> None:
    for message in chinese():
        if not message.id:
            continue
        texts = message.string
        said = texts if isinstance(texts, list | tuple) else (texts or "",)
        assert all(said), message.id
        assert not message.fuzzy, message.id
        ids = message.id if isinstance(message.id, list | tuple) else (message.id,)
        given = set(re.findall(r"%\((\w+)\)s", ids[-1]))
        assert set(re.findall(r"%\((\w+)\)s", said[0])) == given, message.id


def test_the_english_is_english() -> None:
    for message in chinese():
        assert not CHINESE_LETTERS.search(str(message.id)), message.id


@pytest.mark.parametrize("template", sorted(TEMPLATES.list_templates()))
def test_no_word_of_a_template_is_outside_gettext(template: str) -> None:
    """Text between tags, and the attributes that people hear or read."""
    environment = Environment(extensions=["jinja2.ext.i18n"])
    source = (HERE / "templates" / template).read_text()
    plain = "".join(_texts(environment.parse(source)))
    plain = re.sub(r"<code>.*?</code>", "", plain, flags=re.S)
    attributes = re.findall(r'\b(?:aria-label|title|alt|placeholder)="([^"]*)"', plain)
    between = re.sub(r'<[^>]*>| [a-z-]+="[^"]*"', " ", plain)
    left = [word for part in [between, *attributes] for word in re.findall(r"[^\W\d_]{2,}", part)]
    codes = {"true", "false", "asyncapi", "openapi", "json", "docs"}
    assert set(left) <= codes, left


def _texts(tree: nodes.Template) -> Iterator[str]:
    """What is written as it stands; an expression is a gap of one sign."""
    for output in tree.find_all(nodes.Output):
        for part in output.nodes:
            yield part.data if isinstance(part, nodes.TemplateData) else "·"


def _codes_of_services() -> set[str]:
    """The codes with which services and the kernel refuse, as their source has them."""
    codes: set[str] = set()
    for folder in ("services", "shared"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and (code := _code_in(node)):
                    codes.add(code)
    return codes


def _code_in(call: ast.Call) -> str | None:
    name: Any = getattr(call.func, "id", getattr(call.func, "attr", ""))
    places = {"RuleBroken": 0, "Problem": 1}
    if name in places and len(call.args) > places[name]:
        first = call.args[places[name]]
        return str(first.value) if isinstance(first, ast.Constant) else None
    for keyword in call.keywords if name in {"Refused", "Failed"} else ():
        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return None


def test_every_refusal_of_a_service_is_said_in_the_language_of_the_page() -> None:
    # What leads to a form instead of being said, and what a browser never asks for.
    led = {"no-session", "unknown-token", "wrong-password", "unknown-account", "change-password"}
    led |= {"change-pin", "wrong-pin"}
    for_programs = {"no-token", "unsupported", "bad-signature"}
    codes = _codes_of_services()
    assert {"own-proposal", "away", "unknown-unit", "key-reused"} <= codes
    assert not codes - set(troubles.REASONS) - for_programs - led


@pytest.mark.parametrize(
    ("header", "speaks"),
    [
        ("", "zh-CN"),
        ("en", "en"),
        ("en-GB,en;q=0.9,zh;q=0.1", "en"),
        ("zh-TW", "zh-CN"),
        ("de, en;q=0.5, zh;q=0.7", "zh-CN"),
        ("de", "zh-CN"),
        ("en;q=0, zh;q=0.1", "zh-CN"),
        ("en;q=much", "zh-CN"),
    ],
)
async def test_a_page_speaks_what_the_browser_asks_for(
    stranger: httpx.AsyncClient, header: str, speaks: str
) -> None:
    page = await stranger.get("/", headers={"Accept-Language": header})
    assert f'<html lang="{speaks}">' in page.text
    assert page.headers["content-language"] == speaks
    assert {"Accept-Language", "Cookie"} <= set(page.headers["vary"].split(", "))


async def test_a_choice_by_hand_goes_before_what_the_browser_asks_for(
    stranger: httpx.AsyncClient,
) -> None:
    chosen = await stranger.post("/language", data={"language": "en", "next": "/?next=/proposals"})
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/?next=/proposals")
    page = await stranger.get("/", headers={"Accept-Language": "zh-CN"})
    assert '<html lang="en">' in page.text
    assert "Sign in" in page.text
    nothing = await stranger.post("/language", data={"language": "xx", "next": "//elsewhere"})
    assert nothing.status_code == 422


async def test_errors_and_codes_are_said_in_the_language(plant: Plant) -> None:
    await plant.propose("两种话 both-languages")
    async with browser_of(plant, "pages-worker") as browser:
        for language, open_, no in (
            ("en", "Awaiting an answer", "Not allowed"),
            ("zh-CN", "待答复", "无权查看"),
        ):
            asked = {"Accept-Language": language}
            listed = await browser.get("/proposals", params={"q": "both-languages"}, headers=asked)
            assert open_ in listed.text
            refused = await browser.get("/visits", headers=asked)
            assert refused.status_code == 403
            assert no in refused.text


async def test_an_english_page_has_no_chinese_but_names_and_the_other_language(
    plant: Plant,
) -> None:
    """What people and HR wrote stays as they wrote it; a plant without proposals has none."""
    async with browser_of(plant, "pages-it") as browser:
        for path in ("/", "/account", "/account/password", "/no-such-page", "/docs"):
            text = (await browser.get(path, headers=HTML | {"Accept-Language": "en"})).text
            left = CHINESE_LETTERS.findall(text.replace("中文", ""))
            assert not left, f"{path}: {''.join(left)}"


def test_days_and_numbers_are_written_as_the_language_has_them() -> None:
    on, at = date(2026, 9, 1), datetime(2026, 9, 1, 17, 30, tzinfo=UTC)
    with speaking(CHINESE):
        assert languages.day(on) == "2026年9月1日"
        assert languages.moment(at).startswith("2026年9月2日")
        assert words.word(words.STATES, "open") == "待答复"
    with speaking(ENGLISH):
        assert languages.day(on) == "1 Sept 2026"
        assert languages.moment(at).startswith("2 Sept 2026")
        assert languages.number(12345) == "12,345"
        assert words.word(words.STATES, "open") == "Awaiting an answer"
    assert words.word(words.STATES, "newer-than-this") == "newer-than-this"


def test_the_api_speaks_without_any_of_it() -> None:
    """Nothing under `api/` or on the straight way knows a language."""
    places = [*(HERE / "api").glob("*.py"), HERE / "straight.py", HERE / "ask.py"]
    for file in places:
        assert "languages" not in Path(file).read_text(), file.name
