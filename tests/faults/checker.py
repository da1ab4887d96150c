"""Says what is not as it must be (I1 to I6), each in a sentence."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from typing import NamedTuple

from tests.faults.acts import ACTS, Act
from tests.faults.ledger import Asked, Ledger
from tests.faults.seen import Parked, Seen, by_aggregate, matches


class Violation(NamedTuple):
    """`kind`: lost, doubled, order, unequal, unfinished, dead, answer."""

    kind: str
    said: str


def violations(ledger: Ledger, seen: Seen, planted: Collection[Parked]) -> list[Violation]:
    """None when all is well. `planted` are the dead letters that must be there."""
    return [
        *_commands(ledger, seen),
        *_outbox(seen),
        *_stream(seen),
        *_consumers(seen),
        *_copies(seen),
        *_quiet(seen, planted),
    ]


def _commands(ledger: Ledger, seen: Seen) -> Iterator[Violation]:
    """I1, I2: accepted is there once, refused is not, unknown is there once or not."""
    for asked in ledger.asked.values():
        act = ACTS[asked.act]
        there = seen.owner[act.name][asked.mark]
        name = f"{asked.act} {asked.mark}"
        if asked.outcome == "accepted" and there < 1:
            yield Violation("lost", f"accepted, but not with its owner: {name}")
        if there > 1:
            yield Violation("doubled", f"there {there} times with its owner: {name}")
        if asked.outcome == "refused" and there:
            yield Violation("answer", f"refused, but there: {name}")
        if asked.outcome == "refused" and not act.refusable:
            yield Violation("answer", f"refused without a cause: {name} {asked.said}")
        if asked.outcome == "unknown" and asked.said:
            yield Violation("answer", f"answered as a fault of ours: {name} {asked.said}")
        yield from _elsewhere(act, asked, there, seen)


def _elsewhere(act: Act, asked: Asked, there: int, seen: Seen) -> Iterator[Violation]:
    """What is with the owner is in the view and was stated, equally often."""
    places = []
    if act.view:
        places.append(("in the view", seen.view[act.name]))
    if act.fact:
        places.append(("as a fact", seen.stated.get(act.name, Counter())))
    for where, counted in places:
        if counted[asked.mark] != there:
            kind = "lost" if counted[asked.mark] < there else "doubled"
            yield Violation(
                kind,
                f"{there} times with its owner, {counted[asked.mark]} times {where}: "
                f"{act.name} {asked.mark}",
            )


def _outbox(seen: Seen) -> Iterator[Violation]:
    """I3: an aggregate's facts are numbered in the order of commits, as its counter says."""
    histories: dict[str, list[int]] = defaultdict(list)
    for fact in seen.outbox:
        histories[fact.aggregate].append(fact.sequence)
    for aggregate, numbers in histories.items():
        if numbers != list(range(1, len(numbers) + 1)):
            yield Violation("order", f"out of order in the outbox: {aggregate} {numbers}")
    for aggregate in histories.keys() | seen.counters.keys():
        stated = len(histories.get(aggregate, ()))
        if seen.counters.get(aggregate) != stated:
            yield Violation(
                "lost",
                f"counter and outbox differ: {aggregate} {seen.counters.get(aggregate)} {stated}",
            )


def _stream(seen: Seen) -> Iterator[Violation]:
    """I1, I3, I4: the stream has what the outbox has, nothing else, in order, without a gap."""
    kept = {fact.id: fact for fact in seen.outbox}
    for fact in seen.stream:
        if fact.id not in kept:
            yield Violation("doubled", f"in the stream without a committed row: {fact}")
        elif kept[fact.id] != fact:
            yield Violation("unequal", f"stream and outbox differ: {fact} {kept[fact.id]}")
    for id in kept.keys() - {fact.id for fact in seen.stream}:
        yield Violation("lost", f"in the outbox, not in the stream: {kept[id]}")
    for aggregate, facts in by_aggregate(seen.stream).items():
        numbers = [fact.sequence for fact in facts]
        if numbers != list(range(1, len(numbers) + 1)):
            yield Violation("order", f"out of order in the stream: {aggregate} {numbers}")


def _consumers(seen: Seen) -> Iterator[Violation]:
    """I1, I2: every consumer has applied all it hears, and nothing else."""
    for schema, filters in seen.hears.items():
        last: dict[str, int] = defaultdict(int)
        for fact in seen.stream:
            if any(matches(filter, fact.subject) for filter in filters):
                last[fact.aggregate] = max(last[fact.aggregate], fact.sequence)
        applied = seen.positions.get(schema, {})
        for aggregate in last.keys() | applied.keys():
            have, must = applied.get(aggregate, 0), last.get(aggregate, 0)
            if have != must:
                kind = "lost" if have < must else "doubled"
                yield Violation(kind, f"{schema} has applied {have} of {must}: {aggregate}")


def _copies(seen: Seen) -> Iterator[Violation]:
    """I5, as far as rows can be laid side by side: a copy is what its owner has."""
    for name, (owner, copy) in seen.copies.items():
        for key in owner.keys() | copy.keys():
            if owner.get(key) != copy.get(key):
                yield Violation("unequal", f"{name}: owner {owner.get(key)}, copy {copy.get(key)}")


def _quiet(seen: Seen, planted: Collection[Parked]) -> Iterator[Violation]:
    """I6: nothing unsent, nothing pending, dead is what was planted and nothing else."""
    if seen.unsent:
        yield Violation("unfinished", f"{seen.unsent} facts unsent after quiet")
    for durable, count in seen.pending.items():
        if count:
            yield Violation("unfinished", f"{count} pending after quiet for {durable}")
    parked = Counter(seen.parked)
    for each in parked.keys() - set(planted):
        yield Violation("dead", f"parked without being planted: {each}")
    for each in set(planted) - parked.keys():
        yield Violation("dead", f"planted, but not a dead letter: {each}")
    for each, count in parked.items():
        if count > 1:
            yield Violation("dead", f"{count} times a dead letter: {each}")
