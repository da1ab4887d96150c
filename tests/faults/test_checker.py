"""The proof that the judge can say no: each check finds a violation that was planted for it."""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.faults.acts import ANSWER, SUBMIT, SUPPORT, SUPPORT_OWN
from tests.faults.checker import violations
from tests.faults.ledger import Asked, Hang, Ledger, Outcome
from tests.faults.rig import hanging
from tests.faults.seen import Parked, Seen, Stated

SUBJECT = "events.hq.democracy.x"
POISON = Parked("views", "FACTS", "events.hq.democracy.spoiled", "bad", dead=True)
ROW = {"1": "('1', 'a', 1, 'adopted')"}


def fact(sequence: int, *, id: str | None = None, aggregate: str = "1") -> Stated:
    return Stated(id or f"fact-{aggregate}-{sequence}", SUBJECT, aggregate, sequence, "body")


def sound() -> tuple[Ledger, Seen]:
    """A proposal that was submitted, supported and answered; one whose outcome nobody knows and
    that is not there; a rule that was broken; a repeat in the stream."""
    ledger = Ledger()
    told: list[tuple[str, str, Outcome]] = [
        (SUBMIT.name, "a", "accepted"),
        (SUPPORT.name, "1", "accepted"),
        (ANSWER.name, "1", "accepted"),
        (SUPPORT_OWN.name, "1", "refused"),
        (SUBMIT.name, "b", "unknown"),
    ]
    for act, mark, outcome in told:
        ledger.asked[act, mark] = Asked(act, mark, "key", outcome)
    there = {
        SUBMIT.name: Counter(["a"]),
        SUPPORT.name: Counter(["1"]),
        ANSWER.name: Counter(["1"]),
        SUPPORT_OWN.name: Counter[str](),
    }
    return ledger, Seen(
        owner={act: Counter(marks) for act, marks in there.items()},
        view={act: Counter(marks) for act, marks in there.items()},
        stated={act: Counter(marks) for act, marks in there.items()},
        copies={"proposal": (dict(ROW), dict(ROW))},
        outbox=[fact(1), fact(2), fact(3)],
        counters={"1": 3},
        stream=[fact(1), fact(2), fact(2), fact(3)],
        positions={"views": {"1": 3}},
        hears={"views": ("events.hq.democracy.>",)},
        parked=[POISON],
        pending={"FACTS/gateway": 0},
    )


def stated_more(seen: Seen, act: str, mark: str) -> None:
    for place in (seen.owner, seen.view, seen.stated):
        place[act][mark] += 1


def outcome(ledger: Ledger, act: str, mark: str, outcome: Outcome, said: str = "") -> None:
    ledger.asked[act, mark] = Asked(act, mark, "key", outcome, said=said)


def lost_everywhere(_: Ledger, seen: Seen) -> None:
    for place in (seen.owner, seen.view, seen.stated):
        place["submit"].clear()


def unknown_there_twice(_: Ledger, seen: Seen) -> None:
    for _again in range(2):
        stated_more(seen, "submit", "b")


def gap_in_the_stream(_: Ledger, seen: Seen) -> None:
    seen.stream = [fact(1), fact(3)]


Plant = Callable[[Ledger, Seen], object]

PLANTED: dict[str, tuple[str, Plant]] = {
    "accepted, lost everywhere": ("lost", lost_everywhere),
    "accepted, lost with its owner": ("lost", lambda ledger, seen: seen.owner["submit"].clear()),
    "accepted, lost in the view": ("lost", lambda ledger, seen: seen.view["support"].clear()),
    "accepted, never stated": ("lost", lambda ledger, seen: seen.stated["answer"].clear()),
    "done twice": ("doubled", lambda ledger, seen: stated_more(seen, "submit", "a")),
    "twice in the view": ("doubled", lambda ledger, seen: seen.view["support"].update(["1"])),
    "stated twice": ("doubled", lambda ledger, seen: seen.stated["support"].update(["1"])),
    "unknown, there twice": ("doubled", unknown_there_twice),
    "unknown, with its owner only": (
        "lost",
        lambda ledger, seen: seen.owner["submit"].update(["b"]),
    ),
    "unknown, in the view only": (
        "doubled",
        lambda ledger, seen: seen.view["submit"].update(["b"]),
    ),
    "refused, but there": (
        "answer",
        lambda ledger, seen: seen.owner["support one's own"].update(["1"]),
    ),
    "refused without a cause": (
        "answer",
        lambda ledger, seen: outcome(ledger, "submit", "b", "refused"),
    ),
    "a fault of ours": (
        "answer",
        lambda ledger, seen: outcome(ledger, "submit", "b", "unknown", said="500"),
    ),
    "outbox out of order": (
        "order",
        lambda ledger, seen: seen.outbox.sort(key=lambda fact: -fact.sequence),
    ),
    "a gap in the outbox": ("order", lambda ledger, seen: seen.outbox.pop(1)),
    "a counter that lost its facts": (
        "lost",
        lambda ledger, seen: seen.counters.update({"2": 1}),
    ),
    "a counter behind its facts": ("lost", lambda ledger, seen: seen.counters.update({"1": 2})),
    "a fact that never reached the stream": ("lost", lambda ledger, seen: seen.stream.pop()),
    "a gap in the stream": ("order", gap_in_the_stream),
    "stream out of order": (
        "order",
        lambda ledger, seen: seen.stream.sort(key=lambda fact: -fact.sequence),
    ),
    "in the stream without a row": (
        "doubled",
        lambda ledger, seen: seen.stream.append(fact(1, aggregate="ghost")),
    ),
    "one number, two facts": (
        "order",
        lambda ledger, seen: seen.stream.append(fact(3, id="another")),
    ),
    "another body in the stream": (
        "unequal",
        lambda ledger, seen: seen.stream.insert(0, fact(1)._replace(digest="other")),
    ),
    "a consumer behind": ("lost", lambda ledger, seen: seen.positions["views"].update({"1": 2})),
    "a consumer that heard nothing": ("lost", lambda ledger, seen: seen.positions.clear()),
    "a consumer ahead": ("doubled", lambda ledger, seen: seen.positions["views"].update({"1": 4})),
    "applied what nobody stated": (
        "doubled",
        lambda ledger, seen: seen.positions["views"].update({"9": 1}),
    ),
    "a copy that differs": (
        "unequal",
        lambda ledger, seen: seen.copies["proposal"][1].update({"1": "('1', 'a', 2, 'adopted')"}),
    ),
    "a copy that misses a row": (
        "unequal",
        lambda ledger, seen: seen.copies["proposal"][1].clear(),
    ),
    "a copy with a row of its own": (
        "unequal",
        lambda ledger, seen: seen.copies["proposal"][1].update({"2": "('2',)"}),
    ),
    "unsent": ("unfinished", lambda ledger, seen: setattr(seen, "unsent", 1)),
    "pending": (
        "unfinished",
        lambda ledger, seen: seen.pending.update({"FACTS/gateway": 1}),
    ),
    "a dead letter that nobody planted": (
        "dead",
        lambda ledger, seen: seen.parked.append(POISON._replace(digest="good")),
    ),
    "still held after quiet": (
        "dead",
        lambda ledger, seen: seen.parked.append(POISON._replace(dead=False)),
    ),
    "poison that vanished": ("dead", lambda ledger, seen: seen.parked.clear()),
    "poison parked twice": ("dead", lambda ledger, seen: seen.parked.append(POISON)),
}


def test_a_sound_site_is_judged_sound() -> None:
    assert violations(*sound(), [POISON]) == []


def test_an_unknown_outcome_may_be_there_once() -> None:
    ledger, seen = sound()
    stated_more(seen, "submit", "b")
    assert violations(ledger, seen, [POISON]) == []


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_violation_is_found(what: str) -> None:
    ledger, seen = sound()
    kind, plant = PLANTED[what]
    plant(ledger, seen)
    assert kind in {violation.kind for violation in violations(ledger, seen, [POISON])}


def test_no_answer_in_time_is_a_violation_unless_the_gateway_itself_was_away() -> None:
    hang = Hang("submit", 100.0, 110.0)
    assert hanging([hang], [])
    assert hanging([hang], [(111.0, 120.0), (10.0, 20.0)])
    assert not hanging([hang], [(105.0, 106.0)])
    assert not hanging([hang], [(95.0, 99.0)]), "it may still be starting"
