"""For tests: waiting for what is needed instead of sleeping."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any


async def eventually(look: Callable[[], Any], *, seconds: float = 15, every: float = 0.02) -> Any:
    """Returns the first true value that `look` gives; what it raises counts as not yet.

    Raises `AssertionError` after `seconds`, with the last value or error.
    """
    last: object = None
    try:
        async with asyncio.timeout(seconds) as limit:
            while not limit.expired():
                try:
                    found = look()
                    value = await found if inspect.isawaitable(found) else found
                    if value:
                        return value
                    last = value
                except Exception as error:  # also a time-out of its own
                    last = error
                await asyncio.sleep(every)
        raise TimeoutError  # CPython 3.11 may lose a cancel that comes together with an answer
    except TimeoutError:
        raise AssertionError(f"not within {seconds} s; last seen: {last!r}") from None
