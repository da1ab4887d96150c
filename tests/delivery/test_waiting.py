"""Tests wait for what is needed, and fail when it does not come."""

import asyncio

import pytest

from shared.testing import eventually


async def test_a_look_that_runs_out_of_time_counts_as_not_yet() -> None:
    answers = iter([TimeoutError(), ConnectionError(), None, "there"])

    def look() -> object:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert await eventually(look) == "there"


async def test_what_does_not_come_is_an_error_that_tells_what_was_seen_last() -> None:
    with pytest.raises(AssertionError, match=r"not within 0\.1 s; last seen: \[\]"):
        await eventually(list, seconds=0.1)


async def test_a_look_that_loses_its_cancel_does_not_go_on_for_ever() -> None:
    async def deaf() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return

    async with asyncio.timeout(10):
        with pytest.raises(AssertionError, match="not within"):
            await eventually(deaf, seconds=0.1)
