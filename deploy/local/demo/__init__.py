"""The invented company that a first start loads, so that there is something to try.

It comes in by the same doors as real things: HR's events through HR's stream, everything else by
HTTP, each with an Idempotency-Key, so that a load that was broken off can be begun again.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import httpx

from deploy.local.demo.accounts import ACCOUNTS, MANAGERS, Right
from deploy.local.demo.bodies import Union, bodies
from deploy.local.demo.company import events
from deploy.local.demo.courses import Course, courses
from deploy.local.demo.proposals import Proposal, proposals
from deploy.local.demo.visits import Leave, leaves
from deploy.local.errors import SiteError
from deploy.local.feed import Feed
from deploy.local.gateway import gateway_session, pin_key
from deploy.local.home import Home
from services.gateway.accounts import begin_session, drop_account, keep_account
from services.gateway.pins import set_pin
from shared.calendar import today
from shared.contracts.hr import parse

__all__ = ["ACCOUNTS", "PASSWORD", "PIN", "load"]

PASSWORD = "tongxin-demo"  # noqa: S105 - published on purpose: demo accounts are loopback only
PIN = "580264"
"""Of the same accounts at the kiosk, each with its own badge."""
HELPER = "demo-"
"""Accounts of demo people who have none of their own; they are gone after the load."""

Say = Callable[[str], None]


async def load(home: Home, say: Say) -> None:
    """Does nothing when it was done before."""
    done = home.path / "demo.loaded"
    if done.exists():
        return
    taught, away = courses(today()), leaves(today())
    told = [parse(event) for event in (*events(), *(leave.event for leave in away))]
    say(f"demo: {len(told)} events of HR")
    feed = Feed(home)
    await feed.send(told)
    await feed.settled()
    said = proposals()
    await _accounts(home, _speakers(said))
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{home.port}/api/v1", timeout=30, trust_env=False
    ) as client:
        speak = Speaking(client, await _tokens(home, _speakers(said)))
        await speak.posts()
        await asyncio.gather(*(speak.body(n, each) for n, each in enumerate(bodies(today()))))
        say(f"demo: {len(said)} proposals and what became of them")
        await asyncio.gather(*(speak.proposal(number, each) for number, each in enumerate(said)))
        say(f"demo: {len(taught)} courses, {len(away)} leaves and the visits to them")
        await asyncio.gather(*(speak.course(n, each) for n, each in enumerate(taught)))
        await asyncio.gather(*(speak.visit(n, each) for n, each in enumerate(away)))
    async with gateway_session(home) as session:
        for employee in _speakers(said):
            await drop_account(session, HELPER + employee)
        await session.commit()
    done.touch()


def _speakers(said: Sequence[Proposal]) -> list[str]:
    """Everyone who says, supports or answers something."""
    numbers = {number for each in said for number in (each.author, *each.supporters)}
    numbers |= {each.answer.by for each in said if each.answer}
    return sorted(numbers)


async def _accounts(home: Home, helpers: Sequence[str]) -> None:
    async with gateway_session(home) as session:
        for account in ACCOUNTS:
            await keep_account(
                session,
                account.account,
                employee=account.employee,
                roles=[right.role for right in account.account_roles],
                password=PASSWORD,
                demo=True,
            )
            hashed = await pin_key(home).hashed(PIN)
            await set_pin(session, account.account, hashed, given=False)
        for employee in helpers:
            await keep_account(session, HELPER + employee, employee=employee, roles=[], demo=True)
        await session.commit()


async def _tokens(home: Home, helpers: Sequence[str]) -> dict[str, str]:
    """Account, or employee number of those who have none → token."""
    accounts = {account.account: account.account for account in ACCOUNTS}
    accounts |= {employee: HELPER + employee for employee in helpers}
    async with gateway_session(home) as session:
        tokens = {
            name: (await begin_session(session, account))[0] for name, account in accounts.items()
        }
        await session.commit()
    return tokens


class Speaking:
    """Says things over HTTP on behalf of the demo's people."""

    def __init__(self, client: httpx.AsyncClient, tokens: dict[str, str]) -> None:
        self.client, self.tokens = client, tokens
        self.turn = asyncio.Semaphore(8)

    async def _say(self, who: str, what: str, key: str, body: dict[str, Any]) -> str:
        headers = {"Authorization": f"Bearer {self.tokens[who]}", "Idempotency-Key": f"demo-{key}"}
        async with self.turn:
            answer = await self.client.post(f"/{what}", json=body, headers=headers)
        if answer.status_code != 201:
            raise SiteError(
                f"The demo could not be loaded ({what}: {answer.status_code} {answer.text}); "
                "start again, or start with --no-demo."
            )
        id: str = answer.json()["id"]
        return id

    async def posts(self) -> None:
        """IT appoints, as for the first posts of any site."""
        rights: set[tuple[str, Right]] = set(MANAGERS)
        rights |= {(each.employee, right) for each in ACCOUNTS for right in each.posts}
        for employee, right in sorted(rights):
            await self._say(
                "it",
                "membership/appoint-post",
                f"post-{employee}-{right.role}",
                {
                    "employee": employee,
                    "role": right.role,
                    "unit": right.at,
                    "on": right.since.isoformat(),
                },
            )
        for account in ACCOUNTS:
            await self._say(account.account, "membership/join-union", "join", {"consent": True})

    async def body(self, number: int, told: Union) -> None:
        """A body of the union, and the election of its term."""
        body = await self._say("it", "membership/found-body", f"body-{number}", told.founded)
        election = told.election | {"body": body}
        await self._say("it", "membership/open-term", f"term-{number}", election)

    async def proposal(self, number: int, told: Proposal) -> None:
        """One proposal, those who stand behind it, and the plant's answer."""
        body = {
            "title": told.title,
            "body": told.body,
            "category": told.category.value,
            "hidden": told.hidden,
        }
        id = await self._say(told.author, "democracy/submit-proposal", f"proposal-{number}", body)
        for supporter in told.supporters:
            await self._say(
                supporter, "democracy/support-proposal", f"support-{number}", {"proposal": id}
            )
        if told.answer:
            await self._say(
                told.answer.by,
                "democracy/answer-proposal",
                f"answer-{number}",
                {
                    "proposal": id,
                    "decision": told.answer.decision,
                    "reasons": told.answer.reasons,
                },
            )

    async def course(self, number: int, told: Course) -> None:
        """One course, who takes it and how it ended."""
        course = await self._say("officer", "training/open-course", f"course-{number}", told.body)
        for employee, result in told.results.items():
            seat: dict[str, Any] = {"course": course, "employee": employee}
            await self._say("officer", "training/enrol", f"seat-{number}-{employee}", seat)
            if result:
                await self._say(
                    "officer",
                    "training/complete-course",
                    f"result-{number}-{employee}",
                    seat | {"result": result, "on": told.ends_on.isoformat()},
                )

    async def visit(self, number: int, told: Leave) -> None:
        """The visit to somebody on leave, if there was one."""
        if told.visit:
            await self._say("officer", "welfare/log-visit", f"visit-{number}", told.visit)
