"""What readers may rely on is pinned: the schema of every message that the contracts publish, of
HR's events and of every answer. Golden examples show one message each; a shape shows all of them.

A field that may be left out may be added: `GOLDEN=write make test ARGS=tests/contracts` writes it
down. Anything else is a break and is never written: it is a new version beside the old one.
"""

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest

from services.gateway.api.asyncapi import document
from tests.contracts.shapes import breaks, shape

SHAPES = Path(__file__).parent / "shapes"
COMPONENTS = document("hq")["components"]
MESSAGES = sorted(COMPONENTS["messages"])


def shape_of(key: str) -> Any:
    return shape(COMPONENTS["messages"][key]["payload"], COMPONENTS["schemas"])


def pinned(key: str, now: Any) -> Any:
    """The shape as it was written down; writes it when asked to and nothing breaks."""
    file = SHAPES / f"{key}.json"
    was = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
    if os.environ.get("GOLDEN") == "write" and (was is None or not breaks(was, now)):
        file.write_text(json.dumps(now, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return now
    assert was is not None, f"{file.name} is not there: write the golden anew (GOLDEN=write)"
    return was


@pytest.mark.parametrize("key", MESSAGES)
def test_a_message_has_the_shape_that_was_published(key: str) -> None:
    now = shape_of(key)
    was = pinned(key, now)
    broken = breaks(was, now)
    assert not broken, f"{key}: {'; '.join(broken)}. That breaks readers: declare a new version"
    assert was == now, f"{key} has a new optional field: write the golden anew (GOLDEN=write)"


def test_every_shape_belongs_to_a_message() -> None:
    assert {file.name for file in SHAPES.iterdir()} == {f"{key}.json" for key in MESSAGES}


WAS = shape_of("democracy.proposal-submitted.v1")


def changed(*steps: Any) -> Any:
    """The pinned shape of a fact with one thing of its data changed."""
    now = copy.deepcopy(WAS)
    for step in steps:
        step(now["properties"]["data"])
    return now


def _remove(data: Any) -> None:
    del data["properties"]["unit"]
    data["required"].remove("unit")


def _rename(data: Any) -> None:
    data["properties"]["place"] = data["properties"].pop("unit")
    data["required"][data["required"].index("unit")] = "place"


def _retype(data: Any) -> None:
    data["properties"]["unit"] = {"type": "string"}


def _demand(data: Any) -> None:
    data["properties"]["more"] = {"type": "string"}
    data["required"].append("more")


def _loosen(data: Any) -> None:
    data["required"].remove("unit")


def _widen(data: Any) -> None:
    data["properties"]["category"]["enum"].append("art")


def _nullable(data: Any) -> None:
    data["properties"]["unit"] = {"anyOf": [data["properties"]["unit"], {"type": "null"}]}


@pytest.mark.parametrize("change", [_remove, _rename, _retype, _demand, _loosen, _widen, _nullable])
def test_a_change_that_readers_would_notice_is_a_break(change: Any) -> None:
    assert breaks(WAS, changed(change))


def test_an_added_optional_field_is_no_break_and_yet_a_change() -> None:
    def add(data: Any) -> None:
        data["properties"]["more"] = {"type": "string"}

    assert breaks(WAS, changed(add)) == []
    assert changed(add) != WAS


def test_words_may_change() -> None:
    schema = {"type": "object", "properties": {"title": {"type": "string", "title": "Title"}}}
    described = schema | {"description": "New words", "title": "Renamed"}
    assert shape(described, {}) == shape(schema, {})
    assert "title" in shape(schema, {})["properties"], "a field may be called as a keyword is"
