"""A small company on the running site, and a directory that speaks SCIM to it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, keep_account
from shared.testing import eventually
from tests.journeys.conftest import Company, event

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
NORTH, SOUTH = "sc-north", "sc-south"
SCIM = {"Content-Type": "application/scim+json"}


def number() -> str:
    return f"SC{uuid4().hex[:10]}"


def user(employee: str, **more: Any) -> dict[str, Any]:
    """`department` and the like of the extension by name; the rest as SCIM has it."""
    extension = {"employeeNumber": employee}
    if "department" in more:
        extension["department"] = more.pop("department")
    return {
        "schemas": [USER, ENTERPRISE],
        "userName": employee.lower(),
        "displayName": "某人",
        ENTERPRISE: extension,
    } | more


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


def replace(path: str, value: Any) -> dict[str, Any]:
    return patch({"op": "replace", "path": path, "value": value})


@dataclass
class Directory:
    """The company's directory, with the token of `hr`; and the officer who looks at the roll."""

    client: httpx.AsyncClient
    company: Company

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        told = self.company.bearer("hr") | SCIM | headers
        answer = await self.client.request(method, f"/scim/v2{path}", json=body, headers=told)
        assert answer.status_code < 500, answer.text
        return answer

    async def made(self, body: dict[str, Any], kind: str = "Users") -> dict[str, Any]:
        answer = await self.ask("POST", f"/{kind}", body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def change(self, id: str, path: str, value: Any) -> httpx.Response:
        answer = await self.ask("PATCH", f"/Users/{id}", replace(path, value))
        assert answer.status_code == 204, answer.text
        return answer

    async def on_roll(self, employee: str) -> dict[str, Any] | None:
        """As membership knows the person today."""
        answer = await self.company.get("officer", "membership/profile", employee=employee)
        if answer.status_code == 404:
            return None
        found: dict[str, Any] = answer.json()
        return found

    async def becomes(self, employee: str, **expected: Any) -> None:
        """What the roll says of the person is so soon."""

        async def so() -> bool:
            found = await self.on_roll(employee)
            return found is not None and expected.items() <= found.items()

        try:
            await eventually(so, seconds=10)
        except Exception:
            raise AssertionError(f"{await self.on_roll(employee)} is not {expected}") from None


@pytest.fixture(scope="session")
async def directory(site: Home) -> AsyncIterator[Directory]:
    async with httpx.AsyncClient(base_url=site.url, timeout=60, trust_env=False) as client:
        company = Company(client, {})
        async with gateway_session(site) as session:
            await keep_account(session, "sc-hr", employee=None, roles=["hr"])
            await keep_account(session, "sc-it", employee=None, roles=["it"])
            await keep_account(session, "sc-officer", employee="SCOFFICER", roles=[])
            for who in ("hr", "it", "officer"):
                company.tokens[who], _ = await begin_session(session, f"sc-{who}")
            await session.commit()
        told = await company.feed(
            event("unit-created", unit=NORTH, name="北厂", kind="plant", parent="company"),
            event("unit-created", unit=SOUTH, name="南厂", kind="plant", parent="company"),
            event("employee-hired", employee="SCOFFICER", name="干事", on="2024-01-01"),
            event("employee-assigned", employee="SCOFFICER", unit=NORTH, on="2024-01-01"),
        )
        assert told.json()["heard"], told.text
        post = {"employee": "SCOFFICER", "role": "officer", "unit": "company", "on": "2024-02-01"}
        answer = await company.ask("it", "membership/appoint-post", post)
        assert answer.status_code == 201, answer.text
        yield Directory(client, company)
