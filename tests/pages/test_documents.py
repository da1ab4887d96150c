"""The pages for people who write programs: complete, without scripts, and from here alone."""

import json
import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from jsonschema import Draft7Validator
from sqlalchemy import text

from deploy.local.home import SERVICES, Home
from services.gateway.api.asyncapi import document
from services.gateway.api.published import published
from services.gateway.pages.fields import Reader
from services.gateway.pages.layout import code
from shared.contracts import hr
from shared.messages import Fact
from tests.conftest import rolled_back
from tests.pages.conftest import HTML, PLANT, WORKER, Plant
from tests.pages.test_pages import Shape

PAGES = ("/", "/proposals", f"/people/{WORKER}", f"/plants/{PLANT}", "/asyncapi", "/docs", "/lost")


class Addresses(HTMLParser):
    """Every address that a browser would follow or load."""

    CARRIERS = frozenset(
        {"src", "href", "action", "formaction", "data", "poster", "srcset", "background", "ping"}
    )

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.loaded: list[str] = []
        self.scripts_inside: list[str] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [value or "" for name, value in attrs if name in self.CARRIERS]
        if tag == "script" or (tag == "link" and given.get("rel") in {"stylesheet", "icon"}):
            self.loaded.append(given.get("src") or given.get("href") or "")
        self._script = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.scripts_inside.append(data)


def addresses(page: str) -> Addresses:
    found = Addresses()
    found.feed(page)
    found.close()
    return found


def elsewhere(found: list[str]) -> list[str]:
    """Addresses that lead to another host, or to no host at all (`data:`, `javascript:`)."""
    here = "http://here.example"
    return [each for each in found if urlsplit(urljoin(here, each)).netloc != "here.example"]


@pytest.mark.parametrize("path", PAGES)
async def test_no_page_refers_to_another_host(officer: httpx.AsyncClient, path: str) -> None:
    answer = await officer.get(path)
    found = addresses(answer.text)
    assert found.found
    assert elsewhere(found.found) == []
    assert found.scripts_inside == []
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "://" not in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", PAGES)
async def test_what_a_page_loads_is_there_and_its_sheets_load_nothing_from_elsewhere(
    officer: httpx.AsyncClient, path: str
) -> None:
    for address in addresses((await officer.get(path)).text).loaded:
        file = await officer.get(address)
        assert file.status_code == 200, address
        if "css" in file.headers["content-type"]:
            urls = re.findall(r"url\(\s*[\"']?([^\"')]*)", file.text)
            assert [each for each in elsewhere(urls) if not each.startswith("data:image/")] == []
            assert "@import" not in file.text


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link href="//cdn.example/x.css" rel="stylesheet">',
        '<a href="javascript:alert(1)">',
        '<img src="data:image/png;base64,">',
        "<form action='http://elsewhere.example'>",
    ],
)
def test_a_planted_reference_to_another_host_is_found(page: str) -> None:
    assert elsewhere(addresses(page).found)


async def test_the_viewers_of_the_framework_are_gone(stranger: httpx.AsyncClient) -> None:
    assert (await stranger.get("/redoc")).status_code == 404
    page = (await stranger.get("/docs")).text
    assert "jsdelivr" not in page
    assert "/static/docs.js" in page
    assert "/openapi.json" in page, "the way on without scripts"


async def test_every_message_is_on_the_page_with_subject_words_and_fields(
    stranger: httpx.AsyncClient,
) -> None:
    page = (await stranger.get("/asyncapi")).text
    for kind in published():
        version = f".v{kind.version}" if issubclass(kind, Fact) else ""
        section = re.search(
            rf'<section class="message" id="{kind.owner()}.{kind.slug()}{version}">.*?</section>',
            page,
            re.S,
        )
        assert section, kind
        assert kind.address("hq") in section[0]
        assert (kind.__doc__ or "").split()[0] in section[0]
        for name in kind.model_fields:
            assert f"<td>{name}</td>" in section[0]
    for type_ in hr.DATA:
        assert f"events.hq.{type_}" in page
    assert "来自人事系统" in page


async def test_the_page_of_messages_is_well_formed_and_needs_no_script(
    stranger: httpx.AsyncClient,
) -> None:
    page = (await stranger.get("/asyncapi", headers=HTML)).text
    shape = Shape()
    shape.feed(page)
    shape.close()
    assert not shape.open
    assert "<script" not in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


async def test_the_document_answers_programs_in_json_whoever_asks(
    stranger: httpx.AsyncClient,
) -> None:
    answer = await stranger.get("/asyncapi.json")
    assert answer.headers["content-type"] == "application/json"
    refused = await stranger.post("/asyncapi.json")
    assert refused.status_code == 405
    assert refused.headers["content-type"] == "application/problem+json"


async def test_facts_that_were_really_stated_fit_what_the_document_says(
    home: Home, plant: Plant, stranger: httpx.AsyncClient
) -> None:
    await plant.propose("有据可查 documented")
    said = (await stranger.get("/asyncapi.json")).json()
    components = said["components"]
    keys = {each["address"]: next(iter(each["messages"])) for each in said["channels"].values()}
    seen = set()
    for service in sorted(set(SERVICES) - {"gateway"}):
        async with rolled_back(home, service) as session:
            stated = (await session.execute(text("SELECT subject, payload FROM outbox"))).all()
        for subject, payload in stated:
            schema = components["messages"][keys[subject]]["payload"]
            checker = Draft7Validator(schema | {"components": components})
            checker.validate(json.loads(payload))
            seen.add(keys[subject])
    assert {"membership.person-placed.v1", "democracy.proposal-submitted.v1"} <= seen


async def test_names_in_words_are_set_as_code_and_markup_stays_text(
    stranger: httpx.AsyncClient,
) -> None:
    assert "<code>author</code> is null" in (await stranger.get("/asyncapi")).text
    assert code("`a<b>` <i>") == "<code>a&lt;b&gt;</code> &lt;i&gt;"


def test_fields_are_said_in_words_and_with_what_is_inside_them() -> None:
    components = document("hq")["components"]
    reader = Reader(components["schemas"])
    said = {
        field.name: (field.form, field.required)
        for name in ("PersonPlaced", "SubmitProposal", "Unfit", "HeadsOf")
        for field in reader.fields(components["schemas"][name])
    }
    assert said["stays"] == ("list of object", True)
    assert said["stays[].unit"] == ("uuid", True)
    assert said["stays[].until"] == ("date or null", False)
    assert said["title"] == ("text, 1 to 200 characters", True)
    assert said["hidden"] == ("boolean", False)
    assert said["limit"] == ("integer, 1 to 200", False)
    assert said["by_unit"] == ("text → integer", True)


def test_a_schema_inside_itself_is_read_to_an_end() -> None:
    tree = {
        "type": "object",
        "properties": {"below": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}},
    }
    names = [each.name for each in Reader({"Tree": tree}).fields({"$ref": "#/x/Tree"})]
    assert names[0] == "below"
    assert len(names) < 5
