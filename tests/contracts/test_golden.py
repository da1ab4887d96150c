"""The published language: what was ever sent must be read for ever, and still be sent like that.

A message whose form changes fails here. Adding an optional field: write the golden files anew with
`GOLDEN=write make test ARGS=tests/contracts` and look at the difference; anything else is a new
version beside the old one, and is not written.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from services.gateway.api.published import published
from shared.facts import FactOpener
from shared.messages import Command, Fact, Query
from tests.contracts.examples import EXAMPLES, TIME, golden_name, wire_form

GOLDEN = Path(__file__).parent / "golden"


def test_every_message_has_an_example_and_every_golden_file_a_message() -> None:
    assert {type(example) for example in EXAMPLES} == set(published())
    assert {file.name for file in GOLDEN.iterdir()} == {golden_name(kind) for kind in published()}


@pytest.mark.parametrize("example", EXAMPLES, ids=golden_name)
def test_a_message_is_sent_as_it_always_was(example: Command | Query | Fact) -> None:
    file = GOLDEN / golden_name(example)
    now = json.loads(wire_form(example))
    was = json.loads(file.read_text(encoding="utf-8")) if file.exists() else now
    kept = _only_what_was(was, now)
    if os.environ.get("GOLDEN") == "write" and kept == was:
        file.write_text(json.dumps(now, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    assert file.exists(), f"{file.name} is not there: write the golden anew (GOLDEN=write)"
    assert kept == was, f"what {file.name} says has changed: declare a new version"
    assert now == json.loads(file.read_text(encoding="utf-8")), (
        f"{file.name} has a new field: write the golden anew (GOLDEN=write)"
    )


def _only_what_was(was: Any, now: Any) -> Any:
    """`now` without the fields that `was` does not know."""
    if isinstance(was, dict) and isinstance(now, dict):
        return {key: _only_what_was(was[key], now[key]) for key in was.keys() & now.keys()}
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        return [_only_what_was(one, other) for one, other in zip(was, now, strict=True)]
    return now


@pytest.mark.parametrize("example", EXAMPLES, ids=golden_name)
def test_what_was_sent_is_read_also_with_fields_of_the_future(
    example: Command | Query | Fact,
) -> None:
    sent = json.loads((GOLDEN / golden_name(example)).read_text(encoding="utf-8"))
    inside = sent["data"] if isinstance(example, Fact) else sent
    inside["field_of_the_future"] = {"any": "thing"}
    body = json.dumps(sent).encode()
    if isinstance(example, Fact):
        heard = FactOpener([type(example)]).again(example.address("hq"), body, 1)
        assert heard.problem is None
        assert heard.message == example
        assert heard.message.time == TIME
        assert (heard.sequence, heard.aggregate) == (7, example.aggregate)
    else:
        assert type(example).model_validate_json(body) == example
