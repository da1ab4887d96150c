"""Commands over HTTP while things break, each noted as accepted, refused or unknown."""

import asyncio
import json
import time
from random import Random
from typing import Any

import httpx

from tests.faults.acts import ACTS, TURNS, Act
from tests.faults.ledger import Asked, Hang, Ledger

PAUSE = 0.2


class Load:
    """Workers that take turns until they are told to stop."""

    def __init__(self, clients: dict[str, httpx.AsyncClient], ledger: Ledger, seed: int) -> None:
        self.clients, self.ledger, self.seed = clients, ledger, seed
        self.stopping = asyncio.Event()
        self._bodies: dict[tuple[str, str], Any] = {}

    async def run(self, workers: int) -> None:
        await asyncio.gather(*(Worker(self, number).run() for number in range(workers)))

    async def ask(self, act: Act, asked: Asked, body: Any) -> None:
        """Until it was answered; an impatient act only once. When the load stops, what has no
        answer stays unknown."""
        self._bodies[asked.act, asked.mark] = body
        while asked.outcome == "unknown":
            status, text = await self._once(act, asked.key, body)
            self.ledger.answers[status] += 1
            if status in {200, 201, 202}:
                told = json.loads(text)
                asked.outcome, asked.id = "accepted", told.get("id", asked.mark)
                asked.heard = told.get("heard", True)
            elif 400 <= status < 500:
                asked.outcome, asked.said = "refused", f"{status} {text}"
            elif status not in {0, 503}:
                # A fault of ours is told at once and not asked again, so that it is seen.
                asked.said = f"{status} {text}"
                return
            elif not act.patient or self.stopping.is_set():
                return
            else:
                await asyncio.sleep(PAUSE)

    async def _once(self, act: Act, key: str, body: Any) -> tuple[int, str]:
        batch = isinstance(body, list)
        headers = {
            "Idempotency-Key": key,
            "Content-Type": "application/cloudevents-batch+json" if batch else "application/json",
        }
        begun = time.monotonic()
        try:
            answer = await self.clients[act.who].post(
                act.path, content=json.dumps(body), headers=headers, timeout=act.seconds
            )
        except httpx.TimeoutException:
            self.ledger.hangs.append(Hang(act.name, begun, time.monotonic()))
            return 0, ""
        except httpx.HTTPError:
            return 0, ""
        return answer.status_code, answer.text

    async def settle(self) -> int:
        """Asks again, with the same key, for every other outcome that nobody knew; the rest shows
        that asking is not what makes them whole. Returns how many were settled."""
        self.stopping.clear()
        unknown = sorted(self.ledger.of("unknown"), key=lambda each: (each.act, each.mark))
        for asked in unknown[::2]:
            act = ACTS[asked.act]
            async with asyncio.timeout(60):
                while asked.outcome == "unknown" and not asked.said:
                    await self.ask(act, asked, self._bodies[asked.act, asked.mark])
        return len(unknown[::2])


class Worker:
    """One of the load's workers; its turns follow from the seed and its number."""

    def __init__(self, load: Load, number: int) -> None:
        self.load, self.number = load, number
        self.chance = Random(load.seed * 1000 + number)
        self._count = 0

    async def run(self) -> None:
        weights, turns = zip(*TURNS, strict=True)
        while not self.load.stopping.is_set():
            await self.chance.choices(turns, weights)[0](self)

    def fresh(self) -> str:
        self._count += 1
        return f"F{self.load.seed}-{self.number}-{self._count}"

    async def tell(self, act: Act, mark: str, body: Any) -> str | None:
        """The id, if it was accepted and every service may be asked about it."""
        asked = self.load.ledger.invoke(act.name, mark, key=f"{act.name}-{mark}".replace(" ", "-"))
        await self.load.ask(act, asked, body)
        return asked.id if asked.outcome == "accepted" and asked.heard else None
