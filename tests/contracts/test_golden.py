"""The published language: what was ever sent must be read for ever, and still be sent like that.

A message whose shape changes fails here. Adding an optional field: write the golden file anew with
`GOLDEN=write make test ARGS=tests/contracts/test_golden.py` and look at the difference; anything
else is a new version beside the old one.
"""

import json
import os
from pathlib import Path

import pytest

from shared.contracts import democracy, membership, training, welfare
from shared.facts import FactOpener
from shared.messages import Command, Fact, Message, Query
from tests.contracts.examples import EXAMPLES, TIME, golden_name, wire_form

GOLDEN = Path(__file__).parent / "golden"
CONTRACTS = (democracy, membership, training, welfare)


def messages() -> set[type[Message]]:
    """Every command, query and fact that the contracts define."""
    return {
        thing
        for module in CONTRACTS
        for thing in vars(module).values()
        if isinstance(thing, type)
        and issubclass(thing, Command | Query | Fact)
        and thing.__module__ == module.__name__
    }


def test_every_message_has_an_example_and_every_golden_file_a_message() -> None:
    assert {type(example) for example in EXAMPLES} == messages()
    assert {file.name for file in GOLDEN.iterdir()} == {golden_name(kind) for kind in messages()}


@pytest.mark.parametrize("example", EXAMPLES, ids=golden_name)
def test_a_message_is_sent_as_it_always_was(example: Command | Query | Fact) -> None:
    file = GOLDEN / golden_name(example)
    now = json.loads(wire_form(example))
    if os.environ.get("GOLDEN") == "write":
        file.write_text(json.dumps(now, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    assert now == json.loads(file.read_text(encoding="utf-8")), (
        f"the shape of {file.name} has changed; declare a new version"
    )


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
