"""A small company on the running site: people who came by HR's door, and their accounts."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, keep_account

PLANT, TEAM = "j-plant", "j-team"
PEOPLE = {"worker": "J1", "officer": "J2", "manager": "J3", "mate": "J4", "director": "J5"}
SYSTEMS = {"hr": "hr", "it": "it"}


def event(what: str, /, **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/journeys",
        "type": f"hr.{what}",
        "data": data,
    }


@dataclass
class Company:
    """Speaks to the site as one of its people."""

    client: httpx.AsyncClient
    tokens: dict[str, str]

    def bearer(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[who]}"}

    async def ask(
        self, who: str, what: str, body: Any, *, key: str | None = None
    ) -> httpx.Response:
        headers = self.bearer(who) | ({"Idempotency-Key": key} if key else {})
        return await self.client.post(f"/api/v1/{what}", json=body, headers=headers)

    async def get(self, who: str, what: str, **query: Any) -> httpx.Response:
        return await self.client.get(f"/api/v1/{what}", params=query, headers=self.bearer(who))

    async def feed(self, *events: dict[str, Any]) -> httpx.Response:
        headers = self.bearer("hr") | {"Content-Type": "application/cloudevents-batch+json"}
        return await self.client.post("/hooks/hr", content=json.dumps(events), headers=headers)

    async def submit(self, who: str, title: str, **more: Any) -> str:
        body = {"title": title, "body": "说明", "category": "production"} | more
        answer = await self.ask(who, "democracy/submit-proposal", body)
        assert answer.status_code == 201, answer.text
        id: str = answer.json()["id"]
        return id

    async def seen(self, who: str, id: str) -> dict[str, Any] | None:
        """The proposal as that person's first look at the view shows it."""
        items = (await self.get(who, "views/proposals", limit=200)).json()["items"]
        found: dict[str, Any] | None = next((each for each in items if each["id"] == id), None)
        return found


@pytest.fixture(scope="session")
async def company(site: Home) -> AsyncIterator[Company]:
    async with httpx.AsyncClient(base_url=site.url, timeout=60, trust_env=False) as client:
        found = Company(client, {})
        async with gateway_session(site) as session:
            for name, employee in PEOPLE.items():
                await keep_account(session, f"j-{name}", employee=employee, roles=[])
            for name, role in SYSTEMS.items():
                await keep_account(
                    session, f"j-{name}", employee=None, roles=[role], password="a long password"
                )
            for name in (*PEOPLE, *SYSTEMS):
                found.tokens[name], _ = await begin_session(session, f"j-{name}")
            await session.commit()
        await _settle(found)
        yield found


async def _settle(company: Company) -> None:
    answer = await company.feed(
        event("unit-created", unit=PLANT, name="北厂", kind="plant", parent="company"),
        event("unit-created", unit=TEAM, name="二班", kind="team", parent=PLANT),
        *(
            each
            for number in PEOPLE.values()
            for each in (
                event("employee-hired", employee=number, name=f"某{number}", on="2024-01-01"),
                event("employee-assigned", employee=number, unit=TEAM, on="2024-01-01"),
            )
        ),
    )
    assert (answer.status_code, answer.json()["heard"]) == (200, True), answer.text
    for who, unit in (("officer", "company"), ("manager", PLANT), ("director", "company")):
        body = {"employee": PEOPLE[who], "role": who, "unit": unit, "on": "2024-02-01"}
        answer = await company.ask("it", "membership/appoint-post", body)
        assert answer.status_code == 201, answer.text
