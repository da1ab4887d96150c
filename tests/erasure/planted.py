"""Somebody unmistakable, and how they are spoken for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx

from deploy.local.home import Home
from shared.calendar import today
from tests.operator.conftest import Operated
from tests.pages.conftest import HTML

NUMBER = "ZXQ-7741"
NAME = "欧阳鸑鷟"
FORMER = "欧阳鸑"
PHONE = "13977417741"
MAIL = "ouyang.zxq@planted.example"
ACCOUNT = "zxq.planted"
WORDS = "鸑鷟自己说的话"
TITLE = "鸑鷟的题目"
SAID_OF = "关于鸑鷟的一句话"
PLANTED = (NUMBER, NUMBER.lower(), FORMER, "鸑", PHONE, MAIL, ACCOUNT)
"""What is looked for. The signs of the name are rare, so that nobody else's has them."""
TEAM, PLANT = "demo-qinghe-dianjie-1", "demo-qinghe"
YESTERDAY = today() - timedelta(days=1)
MONTHS_AGO = today() - timedelta(days=200)


def said(what: str, **data: Any) -> dict[str, Any]:
    """An event of HR; what we do not read of it is kept too."""
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/planting",
        "type": f"hr.{what}",
        "data": {"employee": NUMBER, **data},
    }


HISTORY = (
    said("employee-hired", name=FORMER, on=str(MONTHS_AGO), phone=PHONE, mail=MAIL),
    said("employee-assigned", unit=TEAM, post="钳工", on=str(MONTHS_AGO)),
    said("employee-renamed", name=NAME, on=str(MONTHS_AGO + timedelta(days=3))),
    said("leave-started", kind="sick", on=str(today() - timedelta(days=3))),
    # What an officer has to settle.
    said("employee-hired", name=NAME, on=str(MONTHS_AGO + timedelta(days=9))),
)
LEFT = (
    said("leave-ended", kind="sick", on=str(YESTERDAY)),
    said("employee-left", on=str(YESTERDAY), reason="resigned"),
)


@dataclass
class Planted:
    """The site with the person in it. `own` speaks as that person."""

    operated: Operated
    own: httpx.AsyncClient
    proposals: list[str] = field(default_factory=list)

    @property
    def home(self) -> Home:
        return self.operated.home

    async def ask(self, who: str, what: str, body: Mapping[str, Any], status: int = 201) -> Any:
        client = self.own if who == "own" else self.operated.clients[who]
        answer = await client.post(f"/api/v1/{what}", json=dict(body))
        assert answer.status_code == status, f"{what}: {answer.text}"
        return answer.json() if answer.content else None

    async def get(self, who: str, what: str, **query: Any) -> Any:
        client = self.own if who == "own" else self.operated.clients[who]
        answer = await client.get(f"/api/v1/{what}", params=query)
        assert answer.status_code == 200, f"{what}: {answer.text}"
        return answer.json()

    async def feed(self, *events: Mapping[str, Any]) -> None:
        answer = await self.operated.clients["hr"].post(
            "/hooks/hr",
            content=json.dumps(events),
            headers={"Content-Type": "application/cloudevents-batch+json"},
        )
        assert answer.json() == {"kept": len(events), "heard": True}, answer.text

    def browser(self, who: str) -> httpx.AsyncClient:
        """One in which they have signed in; whoever opens it closes it."""
        client = self.own if who == "own" else self.operated.clients[who]
        token = client.headers["Authorization"].removeprefix("Bearer ")
        return httpx.AsyncClient(
            base_url=self.home.url,
            timeout=30,
            trust_env=False,
            headers=HTML,
            cookies={"session": token},
        )
