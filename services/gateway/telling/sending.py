"""Handing messages to the process that sends them (`sender.py`), a few at a time."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Literal, Self

from services.gateway.telling.sender import AT_ONCE

Outcome = Literal["sent", "known", "refused", "unknown", "late", "broken"]
"""`unknown`: apprise does not know such an address; `known`: it does, and nothing was sent; `late`:
no answer in time, so it may arrive yet; `broken`: the process ended."""
LIMIT = 20.0
"""Seconds for one message."""
TO_END = 3.0
_SENDER = Path(__file__).with_name("sender.py")
_PASSED_ON = ("PATH", "HOME", "LANG", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True)
class Message:
    """`url` is a secret."""

    url: str = field(repr=False)
    title: str
    body: str


class Sender:
    """The process, while it is needed. No more than `AT_ONCE` messages are with it at a time, so
    that many at most are sent and not noted when we die."""

    def __init__(self, limit: float = LIMIT) -> None:
        self._limit = limit
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._waiting: dict[int, asyncio.Future[Outcome]] = {}
        self._numbers = count()
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._gone = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(_SENDER),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            cwd="/",
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        )
        self._reader = asyncio.create_task(self._read(self._process))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process
        assert self._process.stdin
        assert self._reader
        self._process.stdin.close()
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), TO_END)
        finally:
            with suppress(ProcessLookupError):
                self._process.kill()
            self._reader.cancel()

    async def send(self, message: Message) -> Outcome:
        return await self._ask(vars(message))

    async def knows(self, url: str) -> bool:
        """Does apprise make sense of it? Nothing is sent."""
        return await self._ask({"url": url}) == "known"

    async def _ask(self, asked: dict[str, str]) -> Outcome:
        async with self._turn:
            assert self._process
            assert self._process.stdin
            if self._process.stdin.is_closing() or self._gone.is_set():
                return "broken"
            number = next(self._numbers)
            answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
            self._waiting[number] = answer
            try:
                line = json.dumps({"n": number, **asked}) + "\n"
                self._process.stdin.write(line.encode())
                await self._process.stdin.drain()
                return await asyncio.wait_for(answer, self._limit)
            except TimeoutError:
                return "late"
            except OSError:
                return "broken"
            finally:
                self._waiting.pop(number, None)

    async def _read(self, process: Process) -> None:
        assert process.stdout
        while line := await process.stdout.readline():
            told = json.loads(line)
            answer = self._waiting.get(told["n"])
            if answer and not answer.done():
                answer.set_result(told["outcome"])
        self._gone.set()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_result("broken")
