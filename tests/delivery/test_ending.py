"""A service that is told to end ends, whatever its tasks are waiting for."""

import asyncio

from shared.service import end


async def test_a_cancel_that_comes_with_the_answer_is_not_lost() -> None:
    answers: asyncio.Queue[asyncio.Future[None]] = asyncio.Queue()

    async def asks_for_ever() -> None:
        while True:
            answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            await answers.put(answer)
            await asyncio.wait_for(answer, 30)

    asking = asyncio.create_task(asks_for_ever())
    (await answers.get()).set_result(None)  # and, before the task runs on:
    await asyncio.wait_for(end([asking]), 5)
    assert asking.cancelled()
