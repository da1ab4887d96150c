"""Facts that come together are taken together: read at once, reacted to at once; and those of them
that fail are found in few steps."""

import math
from collections.abc import Sequence
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.js.api import StreamConfig

from shared.broker import BATCH, Durable
from shared.database import Session
from shared.facts import Heard
from shared.hearing import Ear
from shared.messages import Fact, uuid7
from shared.publishing import Outgoing, Publisher
from shared.pulling import Pull
from shared.reacting import Reactions, heard, heard_together
from tests.delivery.bench import Bench
from tests.delivery.ledger import Booked

NOBODY = cast(Session, None)
"""The session of reactions that ask the database nothing."""


class Closed(Fact):
    about = "account"
    account: UUID
    amount: int
    nth: int


TRACES = ("00-" + "1" * 32 + "-" + "2" * 16 + "-00", "00-" + "3" * 32 + "-" + "4" * 16 + "-00")


def said(fact: Fact, trace: str) -> Heard:
    return Heard(
        fact.aggregate, 1, fact, fact.address("hq"), b"", type=fact.ce_type(), traceparent=trace
    )


@given(st.lists(st.tuples(st.sampled_from([Booked, Closed]), st.sampled_from(TRACES))))
async def test_neighbours_of_one_kind_and_trace_come_together_in_their_order(
    told: list[tuple[type[Booked] | type[Closed], str]],
) -> None:
    calls: list[list[int]] = []

    @heard_together(Booked)
    async def all_booked(facts: Sequence[Booked], session: Session) -> None:
        calls.append([fact.amount for fact in facts])

    @heard(Closed)
    async def closed(fact: Closed, session: Session) -> None:
        calls.append([fact.amount])

    batch = [
        said(kind(account=uuid7(), amount=number, nth=1), trace)
        for number, (kind, trace) in enumerate(told)
    ]
    await Reactions([all_booked, closed])(batch, NOBODY)
    assert [number for call in calls for number in call] == list(range(len(told)))
    breaks = sum(here != before or here[0] is Closed for before, here in pairwise(told))
    assert len(calls) == (breaks + 1 if told else 0)


class Picky(Ear):
    """An ear whose transactions fail when there is a bad one among them."""

    def __init__(self, bad: set[int]) -> None:
        self.bad, self.taken, self.tries = bad, list[int](), 0

    async def _together(self, batch: Sequence[Heard], connection: Any) -> None:
        self.tries += 1
        if self.bad & {one.sequence for one in batch}:
            raise ValueError
        self.taken += [one.sequence for one in batch]

    async def _alone(self, one: Heard, connection: Any) -> None:
        if one.sequence not in self.bad:
            await self._together([one], connection)


@given(st.integers(1, 300), st.data())
async def test_all_but_the_bad_ones_are_taken_in_order(size: int, data: st.DataObject) -> None:
    bad = data.draw(st.sets(st.integers(0, size - 1), max_size=3))
    ear = Picky(bad)
    batch = cast(list[Heard], [SimpleNamespace(sequence=number) for number in range(size)])
    await ear.hear(batch, cast(Any, None))
    assert ear.taken == [number for number in range(size) if number not in bad]
    assert ear.tries <= 1 + 2 * len(bad) * math.ceil(math.log2(max(size, 2)))


@pytest.mark.parametrize("waiting", [BATCH // 2, BATCH + BATCH // 2])
async def test_what_waits_is_read_at_once(bench: Bench, waiting: int) -> None:
    js = bench.client.jetstream()
    await js.add_stream(StreamConfig(name="MANY", subjects=["many.>"], allow_atomic=True))
    try:
        await Publisher(bench.client).publish(
            [Outgoing("many.all", None, b"", number) for number in range(waiting)]
        )
        await js.add_consumer("MANY", Durable("MANY", "reader", ("many.>",)).config())
        batches = Pull(bench.client, "MANY", "reader").batches()
        sizes = [len(await anext(batches))]
        while sum(sizes) < waiting:
            sizes.append(len(await anext(batches)))
        await batches.aclose()
    finally:
        await js.delete_stream("MANY")
    assert sizes == [BATCH] * (waiting // BATCH) + [waiting % BATCH]
