"""Waiting together until every service has heard."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.settled import SettledTogether


class Asked:
    """What was asked for, round by round; a round ends when it is let go on."""

    def __init__(self) -> None:
        self.rounds: list[int] = []
        self.goes_on = asyncio.Semaphore(0)
        self.ended = 0

    async def after(self, sequence: int) -> None:
        self.rounds.append(sequence)
        try:
            await self.goes_on.acquire()
        finally:
            self.ended += 1


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@given(st.lists(st.lists(st.integers(1, 99), min_size=1, max_size=5), min_size=1, max_size=4))
def test_who_comes_during_a_round_waits_for_the_next_which_is_for_all(
    waves: list[list[int]],
) -> None:
    async def told() -> None:
        asked = Asked()
        together = SettledTogether(asked.after)
        waiting: list[list[asyncio.Task[None]]] = []
        for wave in waves:
            waiting.append([asyncio.create_task(together.after(each)) for each in wave])
            await turns()
        first, *rest = waves
        assert asked.rounds == [max(first)]
        asked.goes_on.release()
        await turns()
        assert all(each.done() for each in waiting[0])
        if rest:
            assert not any(each.done() for wave in waiting[1:] for each in wave)
            assert asked.rounds[1:] == [max(each for wave in rest for each in wave)]
            asked.goes_on.release()
        await asyncio.gather(*(each for wave in waiting for each in wave))
        assert len(asked.rounds) <= 2
        late = asyncio.create_task(together.after(7))
        await turns()
        assert asked.rounds[-1] == 7
        assert not late.done(), "what settled before says nothing of what came after"
        asked.goes_on.release()
        await late

    asyncio.run(told())


async def test_when_nobody_waits_any_more_nobody_is_asked() -> None:
    asked = Asked()
    together = SettledTogether(asked.after)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await together.after(1)
    await turns()
    assert (asked.rounds, asked.ended) == ([1], 1)
    asked.goes_on.release()
    await together.after(2)
    assert asked.rounds == [1, 2]


async def test_one_who_gives_up_takes_nobody_along() -> None:
    asked = Asked()
    together = SettledTogether(asked.after)
    one, other = (asyncio.create_task(together.after(each)) for each in (1, 2))
    await turns()
    one.cancel()
    await turns()
    assert not other.done()
    asked.goes_on.release()
    await other
    assert asked.rounds == [2]


async def test_a_round_that_fails_fails_those_of_it_and_not_the_next() -> None:
    fails = [True]

    async def after(sequence: int) -> None:
        if fails.pop() if fails else False:
            raise ConnectionError

    together = SettledTogether(after)
    with pytest.raises(ConnectionError):
        await together.after(1)
    await together.after(2)
