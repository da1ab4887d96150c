"""`/asyncapi.json` is an AsyncAPI document by the judgement of AsyncAPI's own parser, it leaves out
no message, and what it says of the wire is what is on the wire."""

import copy
import json
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft7Validator, FormatChecker

from deploy.npm import PackagesMissing, install
from services.gateway.api.asyncapi import document
from services.gateway.api.published import published
from services.gateway.pages.documents import by_service
from shared import contracts
from shared.contracts import democracy, hr
from shared.handling import ask_headers
from shared.messages import Command, Fact, Query
from shared.rights import Actor
from tests.contracts.examples import EXAMPLES, TRACE, golden_name, wire_form
from tests.contracts.parser import HERE, PARSER, verdict

SITE = "hq"


def key_of(kind: type[Command] | type[Query] | type[Fact]) -> str:
    version = f".v{kind.version}" if issubclass(kind, Fact) else ""
    return f"{kind.owner()}.{kind.slug()}{version}"


def problems(schema: dict[str, Any], value: Any) -> list[str]:
    """What is wrong with a value by one of the document's schemas."""
    whole = schema | {"components": document(SITE)["components"]}
    checker = Draft7Validator(whole, format_checker=FormatChecker())
    return [error.message for error in checker.iter_errors(value)]


async def test_the_document_of_a_running_site_is_valid(http: httpx.AsyncClient) -> None:
    answer = await http.get("/asyncapi.json")
    assert answer.headers["content-type"] == "application/json"
    found = verdict(answer.text)
    assert found.errors == []
    assert found.parsed
    assert answer.json() == document(SITE)


def _without_channel(planted: dict[str, Any]) -> None:
    operation = planted["operations"]["democracy.submit-proposal"]
    operation["channel"]["$ref"] = "#/channels/democracy.no-such-channel"


def _foreign_message(planted: dict[str, Any]) -> None:
    operation = planted["operations"]["democracy.submit-proposal"]
    operation["messages"][0]["$ref"] = "#/channels/inbox/messages/accepted"


def _no_action(planted: dict[str, Any]) -> None:
    del planted["operations"]["democracy.proposal-submitted"]["action"]


def _broken_schema(planted: dict[str, Any]) -> None:
    planted["components"]["schemas"]["Position"]["type"] = "thing"


@pytest.mark.parametrize("plant", [_without_channel, _foreign_message, _no_action, _broken_schema])
def test_a_planted_defect_is_found(plant: Any) -> None:
    planted = copy.deepcopy(document(SITE))
    plant(planted)
    assert verdict(planted).errors


def test_without_the_npm_registry_the_check_fails_and_says_why(tmp_path: Path) -> None:
    with pytest.raises(PackagesMissing, match=r"is the npm registry reachable.*ECONNREFUSED"):
        install(
            PARSER,
            HERE,
            tmp_path / "parser",
            so="nothing was checked",
            npm_config_registry="http://127.0.0.1:9/",
            npm_config_cache=str(tmp_path / "cache"),
            npm_config_fetch_retries="0",
        )
    assert not (tmp_path / "parser").exists()


def test_every_message_is_there_at_its_subject() -> None:
    channels = document("nanjing")["channels"]
    said = {key: channel["address"] for channel in channels.values() for key in channel["messages"]}
    for kind in published():
        assert said[key_of(kind)] == kind.address("nanjing")
    for type_ in hr.DATA:
        assert said[type_] == f"events.nanjing.{type_}"


NEW_MODULE = """
from typing import Annotated, Literal
from uuid import UUID
from pydantic import BaseModel, Field
from shared.for_whom import SIGNED_IN, company_wide
from shared.messages import Command, Fact, Query

class Round(BaseModel):
    kind: Literal["round"]
    inside: "list[Round]" = []

class Square(BaseModel):
    kind: Literal["square"]
    sides: tuple[int, int]

class LeaveStarted(Fact):
    about = "thing"
    thing: UUID
    shape: Annotated[Round | Square, Field(discriminator="kind")]

class Find(Query):
    for_whom = SIGNED_IN
    words: str

class Move(Command):
    for_whom = company_wide("it")
    thing: UUID
"""


def test_a_new_module_of_contracts_is_in_by_being_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trial.py").write_text(NEW_MODULE)
    monkeypatch.setattr(contracts, "__path__", [*contracts.__path__, str(tmp_path)])
    try:
        found = document("trial-site")
        assert verdict(found).errors == []
    finally:
        sys.modules.pop("shared.contracts.trial", None)
        del contracts.trial  # type: ignore[attr-defined]
    assert "trial.leave-started.v1" in found["components"]["messages"]
    assert "hr.leave-started" in found["components"]["messages"], "another one of that name"
    shown = by_service(found)["trial"]
    assert [each.sort for each in shown] == ["fact", "query", "command"]
    assert {"shape.kind", "shape.sides", "shape.inside"} <= {f.name for f in shown[0].fields}


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((HERE / "package-lock.json").read_text())
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert packages
    assert all("integrity" in each and "resolved" not in each for each in packages.values())


def test_owners_receive_what_they_are_asked_and_send_what_they_state() -> None:
    operations = document(SITE)["operations"]
    for kind in published():
        operation = operations[f"{kind.owner()}.{kind.slug()}"]
        if issubclass(kind, Fact):
            assert operation["action"] == "send"
            assert "reply" not in operation
        else:
            assert operation["action"] == "receive"
            good = "accepted" if issubclass(kind, Command) else f"{key_of(kind)}.told"
            replies = [each["$ref"].rpartition("/")[2] for each in operation["reply"]["messages"]]
            assert replies == [good, "refused", "failed"]
    for type_ in hr.DATA:
        assert operations[type_]["action"] == "receive"
        assert "corporate HR" in operations[type_]["description"]


@pytest.mark.parametrize("example", EXAMPLES, ids=golden_name)
def test_what_is_sent_fits_its_schema(example: Command | Query | Fact) -> None:
    payload = document(SITE)["components"]["messages"][key_of(type(example))]["payload"]
    sent = json.loads(wire_form(example))
    assert problems(payload, sent) == []
    if isinstance(example, Fact):
        assert sent.keys() == payload["properties"].keys()
        assert set(payload["required"]) == sent.keys() - {"traceparent"}


@pytest.mark.parametrize(
    "change",
    [
        {"type": "tongxin.democracy.proposal-answered.v1"},
        {"sequence": "7"},
        {"sequence": 7},
        {"source": "/hq/membership"},
        {"traceparent": "none"},
        {"data": {}},
        {"datacontenttype": "text/plain"},
    ],
)
def test_what_is_no_such_fact_does_not_fit(change: dict[str, Any]) -> None:
    submitted = next(each for each in EXAMPLES if isinstance(each, democracy.ProposalSubmitted))
    payload = document(SITE)["components"]["messages"][key_of(type(submitted))]["payload"]
    assert problems(payload, json.loads(wire_form(submitted)) | change)


def test_the_headers_of_an_ask_are_those_that_the_gateway_sets() -> None:
    headers = ask_headers(Actor("worker"), "key", 1_700_000_000.5, TRACE)
    schema = document(SITE)["components"]["schemas"]["AskHeaders"]
    assert problems(schema, headers) == []
    assert headers.keys() == schema["properties"].keys()
    assert set(schema["required"]) == headers.keys() - {"traceparent"}


def test_the_document_holds_no_address_and_no_secret_of_the_site() -> None:
    server = document(SITE)["servers"]["site"]
    assert server["host"] == "{address}"
    assert "127.0.0.1" not in json.dumps(document(SITE))
    assert "://" not in json.dumps(document(SITE))
