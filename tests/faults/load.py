"""Commands over HTTP while things break, each noted as accepted, refused or unknown."""

import asyncio
from random import Random
from typing import Any

import httpx

from tests.faults.ledger import Ledger


class Load:
    """Workers that submit, support and answer until they are told to stop."""

    def __init__(self, clients: dict[str, httpx.AsyncClient], ledger: Ledger, seed: int) -> None:
        self.clients, self.ledger = clients, ledger
        self.seed = seed
        self.stop = asyncio.Event()

    async def run(self, workers: int) -> None:
        await asyncio.gather(*(self._work(number) for number in range(workers)))

    async def _work(self, number: int) -> None:
        chance = Random(self.seed * 1000 + number)
        count = 0
        while not self.stop.is_set():
            count += 1
            title = f"load {self.seed}-{number}-{count}"
            proposal = await self._submit(title, key=title.replace(" ", "-"))
            if proposal and chance.random() < 0.5:
                about: dict[str, Any] = {"proposal": proposal}
                if await self.ask("officer", "support-proposal", f"s-{proposal}", about):
                    self.ledger.supported.add(proposal)
            if proposal and chance.random() < 0.3:
                body = {"proposal": proposal, "decision": "adopted", "reasons": "it is needed"}
                if await self.ask("manager", "answer-proposal", f"a-{proposal}", body):
                    self.ledger.answered.add(proposal)

    async def _submit(self, title: str, *, key: str) -> str | None:
        body = {"title": title, "body": "said under load", "category": "production"}
        id = await self.ask("worker", "submit-proposal", key, body, patience=1)
        if id:
            self.ledger.accepted[title] = id
        else:
            self.ledger.unknown[title] = key
        return id

    async def ask(
        self, who: str, what: str, key: str, body: dict[str, Any], *, patience: int = 60
    ) -> str | None:
        """The id when it was accepted; None when nobody knows after `patience` tries with the
        same key, which is what a person's browser would do."""
        for _ in range(patience):
            try:
                answer = await self.clients[who].post(
                    f"/api/v1/democracy/{what}", json=body, headers={"Idempotency-Key": key}
                )
            except httpx.HTTPError:
                await asyncio.sleep(0.2)
                continue
            if answer.status_code == 201:
                id: str = answer.json()["id"]
                return id
            if answer.status_code == 503:
                await asyncio.sleep(0.2)
                continue
            self.ledger.refused += 1
            raise AssertionError(f"{what}: {answer.status_code} {answer.text}")
        return None

    async def settle(self) -> tuple[int, int]:
        """Asks again, with the same key, for every outcome that nobody knew: half of them, so
        that the other half shows that asking is not what makes them whole."""
        titles = sorted(self.ledger.unknown)
        for title in titles[::2]:
            key = self.ledger.unknown.pop(title)
            body = {"title": title, "body": "said under load", "category": "production"}
            id = await self.ask("worker", "submit-proposal", key, body)
            assert id, "a healed site answers"
            self.ledger.accepted[title] = id
        return len(titles[::2]), len(self.ledger.unknown)
