"""The frame of a fact: CloudEvents 1.0, and what is no fact is unreadable with a reason."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import democracy
from shared.facts import FactOpener, facts_of
from shared.messages import Envelope
from tests.contracts.examples import EXAMPLES, wire_form

SUBMITTED = next(each for each in EXAMPLES if isinstance(each, democracy.ProposalSubmitted))


def test_the_frame_says_who_what_about_whom_and_in_which_place() -> None:
    frame = json.loads(wire_form(SUBMITTED))
    assert frame["specversion"] == "1.0"
    assert frame["type"] == "tongxin.democracy.proposal-submitted.v1"
    assert frame["source"] == "/hq/democracy"
    assert frame["subject"] == str(SUBMITTED.proposal)
    assert frame["time"].endswith("Z")
    assert SUBMITTED.address("nanjing") == "events.nanjing.democracy.proposal-submitted"


@given(st.integers(1, 10**11), st.integers(1, 10**11))
def test_sequences_sort_as_text_as_they_do_as_numbers(one: int, other: int) -> None:
    def text(sequence: int) -> str:
        payload = SUBMITTED.envelope(
            id=SUBMITTED.proposal, site="hq", sequence=sequence, traceparent=None
        )
        assert Envelope.model_validate_json(payload).sequence == sequence
        found: str = json.loads(payload)["sequence"]
        return found

    assert (text(one) < text(other)) == (one < other)


@pytest.mark.parametrize(
    "change",
    [
        {"specversion": "0.3"},
        {"sequence": "none"},
        {"sequence": "0"},
        {"subject": "nobody"},
        {"type": "tongxin.democracy.proposal-submitted.v9"},
        {"time": "yesterday"},
        {"data": {}},
        {"data": None},
        {"source": "hq"},
    ],
)
def test_what_is_no_fact_is_unreadable_and_says_why(change: dict[str, object]) -> None:
    body = json.dumps(json.loads(wire_form(SUBMITTED)) | change).encode()
    heard = FactOpener(facts_of(democracy)).again("subject", body, 42)
    assert heard.message is None
    assert heard.problem
    assert heard.raw == body
    assert str(heard.aggregate) == "unreadable 42"
