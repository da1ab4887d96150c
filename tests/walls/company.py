"""A company made for trying rights: each role at each place, and what can be done to whom."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import text

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, keep_account
from shared.calendar import today
from shared.messages import uuid7
from tests.journeys.conftest import Company, event
from tests.scim.conftest import GROUP as SCIM_GROUP
from tests.scim.conftest import user as scim_user

COMPANY = "company"
PLANT, TEAM = "company/w-plant", "company/w-plant/w-team"
OTHER, FAR = "company/w-other", "company/w-other/w-far"
HOME = "company/w-home"
"""Where the holders of posts work, so that nobody's own place mixes with what they may do."""
PLACES = (COMPANY, PLANT, TEAM, OTHER)
OWNERS = ("worker", "stranger")
"""Whose things there are."""
GONE = ((TEAM, "W93"), (FAR, "W94"))
"""Who has left, by where they were last: they may be erased."""
TWICE = ((TEAM, "W95"), (TEAM, "W96"), (FAR, "W97"), (FAR, "W98"))
"""Have left too: two numbers each that may be of one person."""
AGAIN = ("2019-03-01", "2019-04-01")
POSTS = ("leader", "officer", "chair", "manager", "director")
SYSTEMS = ("hr", "auditor", "it")


@dataclass(frozen=True)
class Account:
    """Who asks. `at` is where the person works: None in no unit; no `employee`, no person."""

    name: str
    employee: str | None = None
    at: str | None = None
    employed: bool = True
    grants: frozenset[tuple[str, str]] = frozenset()

    def holds(self, role: str, place: str) -> bool:
        return any(
            role == held and (place == at or place.startswith(f"{at}/")) for held, at in self.grants
        )


@dataclass(frozen=True)
class Thing:
    """What is asked about: where it is at home, whose it is, and how a request names it."""

    name: str
    at: str
    named: str
    of: str | None = None


def code(place: str) -> str:
    return place.rpartition("/")[2]


def cast() -> dict[str, Account]:
    """Every role at every place, and everyone else who may come to the door."""
    people = [
        Account("worker", "W1", TEAM),
        Account("stranger", "W2", FAR),
        Account("unplaced", "W3", None),
        Account("former", "W4", None, employed=False),
        Account("was-officer", "W5", HOME),
        Account("will-be-officer", "W6", HOME),
        Account("nobody"),
    ]
    people += [Account(role, None, None, False, frozenset({(role, COMPANY)})) for role in SYSTEMS]
    people += [
        Account(
            f"{role}-of-{code(place)}",
            f"W{10 * (1 + POSTS.index(role)) + PLACES.index(place)}",
            HOME,
            grants=frozenset({(role, place)}),
        )
        for role in POSTS
        for place in PLACES
    ]
    return {account.name: account for account in people}


@dataclass
class Stage:
    """The company on the running site. `tokens` of each account; `spare` ones may be ended."""

    company: Company
    accounts: dict[str, Account]
    spare: dict[str, str] = field(default_factory=dict)
    things: dict[str, list[Thing]] = field(default_factory=dict)

    @property
    def client(self) -> httpx.AsyncClient:
        return self.company.client

    async def made(self, who: str, what: str, body: dict[str, object]) -> str:
        answer = await self.company.ask(who, what, body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


@asynccontextmanager
async def staged(site: Home, routes: set[str]) -> AsyncIterator[Stage]:
    """`routes`: those of the gateway, so that only what exists is made."""
    async with httpx.AsyncClient(base_url=site.url, timeout=60, trust_env=False) as client:
        stage = Stage(Company(client, {}), cast())
        async with gateway_session(site) as session:
            for account in stage.accounts.values():
                name = f"w-{account.name}"
                roles = [account.name] if account.name in SYSTEMS else []
                await keep_account(session, name, employee=account.employee, roles=roles)
                stage.company.tokens[account.name], _ = await begin_session(session, name)
                stage.spare[account.name], _ = await begin_session(session, name)
            await session.commit()
        await _people(stage)
        await _posts(stage)
        await _things(stage, routes)
        await _files(stage, site)
        await _payrolls(stage, routes)
        await _lapsed(stage, routes)
        yield stage


async def _people(stage: Stage) -> None:
    events = [
        event("unit-created", unit=code(place), name=code(place), kind=kind, parent=parent)
        for place, kind, parent in (
            (PLANT, "plant", COMPANY),
            (OTHER, "plant", COMPANY),
            (HOME, "plant", COMPANY),
            (TEAM, "team", code(PLANT)),
            (FAR, "team", code(OTHER)),
        )
    ]
    for account in stage.accounts.values():
        who = {"employee": account.employee, "on": "2019-01-01"}
        if account.employee:
            events.append(event("employee-hired", name="某", **who))
        if account.at:
            events.append(event("employee-assigned", unit=code(account.at), **who))
        if account.name in OWNERS:
            # Hired again before they left, twice: what an officer has to settle.
            events += [event("employee-hired", name="某", **who | {"on": on}) for on in AGAIN]
        if account.employee and not account.employed:
            events.append(event("employee-left", employee=account.employee, on="2021-01-01"))
    for place, number in (*GONE, *TWICE):
        who = {"employee": number}
        name = f"双号{code(place)}" if (place, number) in TWICE else "某"
        events += [
            event("employee-hired", name=name, on="2019-01-01", **who),
            event("employee-assigned", unit=code(place), on="2019-01-01", **who),
            event("employee-left", on="2020-01-01", **who),
        ]
    answer = await stage.company.feed(*events)
    assert (answer.status_code, answer.json()["heard"]) == (200, True), answer.text


async def _posts(stage: Stage) -> None:
    was, will_be = stage.accounts["was-officer"], stage.accounts["will-be-officer"]
    yesterday, tomorrow = str(today() - timedelta(1)), str(today() + timedelta(1))
    posts = [
        (account, role, place, {"on": "2024-01-01"})
        for account in stage.accounts.values()
        for role, place in account.grants
        if account.employee
    ]
    posts += [
        (was, "officer", COMPANY, {"on": "2024-01-01", "until": str(today())}),
        (was, "manager", COMPANY, {"on": "2024-01-01", "until": yesterday}),
        (will_be, "officer", COMPANY, {"on": tomorrow}),
    ]
    await asyncio.gather(
        *(
            stage.made(
                "it",
                "membership/appoint-post",
                {"employee": account.employee, "role": role, "unit": code(place), **days},
            )
            for account, role, place, days in posts
        )
    )


async def _things(stage: Stage, routes: set[str]) -> None:
    things, visitor = stage.things, stage.accounts["former"].employee
    owners = [stage.accounts[name] for name in OWNERS]
    things["nothing"] = [Thing("nothing", COMPANY, "")]
    for kind, body in (
        ("Users", scim_user("W76")),
        ("Groups", {"schemas": [SCIM_GROUP], "displayName": "w-76"}),
    ):
        if f"POST /scim/v2/{kind}" in routes:
            answer = await stage.client.post(
                f"/scim/v2/{kind}", json=body, headers=stage.company.bearer("hr")
            )
            assert answer.status_code == 201, answer.text
            made = Thing(f"the directory's {kind}", COMPANY, answer.json()["id"])
            things[f"directory's {kind}"] = [made]
    things["unit"] = [Thing(code(place), place, code(place)) for place in (COMPANY, TEAM)]
    things["person"] = [
        Thing(each.name, each.at or COMPANY, str(each.employee), each.name)
        for each in (*owners, stage.accounts["unplaced"])
    ]
    said: dict[str, object] = {"title": "t", "body": "b", "category": "training"}
    held: dict[str, object] = {"role": "leader", "on": "2020-01-01", "until": "2020-02-01"}
    course: dict[str, object] = {"title": "t", "starts_on": "2024-05-01", "seats": 10_000}
    honour: dict[str, object] = {"title": "t", "level": "team", "on": "2024-05-01"}
    seen: dict[str, object] = {"occasion": "festival", "on": "2024-05-01", "visitors": [visitor]}
    wrong: dict[str, object] = {"about": "work", "wrong": "w"}
    for each in owners:
        assert each.at
        whose: dict[str, object] = {"employee": each.employee}
        where: dict[str, object] = {"unit": code(each.at)}
        for kind, who, what, body in (
            ("proposal", each.name, "democracy/submit-proposal", said),
            ("post", "it", "membership/appoint-post", held | whose | where),
            ("course", "officer-of-company", "training/open-course", course | where),
            ("visit", "officer-of-company", "welfare/log-visit", seen | whose),
            ("honour", "officer-of-company", "membership/award-honour", honour | whose),
            ("correction", each.name, "membership/ask-correction", wrong),
        ):
            if f"POST /api/v1/{what}" in routes:
                id = await stage.made(who, what, body)
                of = each.name if kind in ("proposal", "correction") else None
                made = Thing(f"{kind} at {code(each.at)}", each.at, id, of)
                things.setdefault(kind, []).append(made)
        if "POST /api/v1/membership/settle-unfit" in routes:
            named = f"ruling at {code(each.at)}"
            things.setdefault("ruling", []).append(Thing(named, each.at, await _ruled(each, stage)))
        if "POST /api/v1/membership/found-body" in routes:
            await _body(stage, each)
    if "POST /api/v1/membership/rule-two-people" in routes:
        for (place, number), each in zip(GONE, owners, strict=True):
            assert place == each.at
            said = {"employee": each.employee, "other": number, "reason": "r"}
            id = await stage.made("officer-of-company", "membership/rule-two-people", said)
            named = f"two people at {code(place)}"
            things.setdefault("two people", []).append(Thing(named, place, id))
    if "POST /api/v1/membership/ask-erasure" in routes:
        for place, number in GONE:
            said = {"employee": number}
            id = await stage.made("officer-of-company", "membership/ask-erasure", said)
            things.setdefault("erasure", []).append(Thing(f"erasure at {code(place)}", place, id))
    if "POST /api/v1/membership/note-drift" in routes:
        things["drift"] = await _drift(stage, owners)


async def _drift(stage: Stage, owners: list[Account]) -> list[Thing]:
    """A list of HR's says of both that they are nowhere."""
    lines = [
        {"kind": "moved", "employee": each.employee, "our_unit": code(str(each.at))}
        for each in owners
    ]
    said = {"comparison": str(uuid7()), "on": "2024-05-01", "lines": lines, "last": True}
    await stage.made("hr", "membership/note-drift", said)
    found = (await stage.company.get("hr", "membership/drift", limit=1000)).json()["items"]
    ids = {each["employee"]: each["drift"] for each in found}
    return [
        Thing(f"drift at {code(str(each.at))}", str(each.at), ids[str(each.employee)])
        for each in owners
    ]


async def _ruled(account: Account, stage: Stage) -> str:
    """One of the two contradictions about that person is settled."""
    whose = {"employee": str(account.employee)}
    case = await stage.company.get("officer-of-company", "membership/unfit-case", **whose)
    choice = case.json()["choices"][0]
    ruled = {"ruling": choice["ruling"], "event": choice["event"], "reason": "r"}
    return await stage.made("officer-of-company", "membership/settle-unfit", whose | ruled)


async def _payrolls(stage: Stage, routes: set[str]) -> None:
    """At each plant one that is booked, with somebody unknown in it; one that may be taken back;
    and money that came in."""
    if "POST /api/v1/membership/open-payroll" not in routes:
        return
    who, things = "officer-of-company", stage.things
    row = {"line": 2, "employee": "W-unknown", "wages": "10", "dues": ""}
    for place in (PLANT, OTHER):
        for kind, month in (("payroll", "2024-05"), ("old payroll", "2024-04")):
            where: dict[str, object] = {"unit": code(place), "month": month}
            sums: dict[str, object] = {"rows": 1, "wages": 1000, "dues": 0}
            id = await stage.made(who, "membership/open-payroll", where | sums)
            await stage.made(who, "membership/add-payroll", {"payroll": id, "rows": [row]})
            await stage.made(who, "membership/book-payroll", {"payroll": id})
            things.setdefault(kind, []).append(Thing(f"{kind} of {code(place)}", place, id))
        where = {"unit": code(place), "month": "2024-05"}
        slip: dict[str, object] = {"amount": 1, "on": "2024-06-01", "reference": "r"}
        id = await stage.made(who, "membership/enter-receipt", where | slip)
        things.setdefault("receipt", []).append(Thing(f"receipt of {code(place)}", place, id))
        if place == PLANT:  # its pages name the plant too
            things["plant's receipt"] = things["receipt"][-1:]
        answer = await stage.client.get(
            "/api/v1/membership/dues-faults",
            params={name: str(value) for name, value in where.items()},
            headers=stage.company.bearer(who),
        )
        id = answer.json()["items"][0]["fault"]
        things.setdefault("fault", []).append(Thing(f"fault of {code(place)}", place, id))


async def _lapsed(stage: Stage, routes: set[str]) -> None:
    """At each plant a member without dues for six months, who has no account."""
    if "GET /api/v1/membership/lapses" not in routes:
        return
    who, months = "officer-of-company", [today().replace(day=1) - timedelta(1)]
    while len(months) < 6:
        months.append(months[-1].replace(day=1) - timedelta(1))
    for place, number in ((TEAM, "W91"), (FAR, "W92")):
        hired: dict[str, Any] = {"employee": number, "on": "2019-01-01"}
        await stage.company.feed(
            event("employee-hired", name="某", **hired),
            event("employee-assigned", unit=code(place), **hired),
        )
        await stage.made(who, "membership/admit-member", hired | {"reference": "r"})
    for place in (PLANT, OTHER):
        for month in months:
            sums: dict[str, object] = {"rows": 1, "wages": 1000, "dues": 0}
            where: dict[str, object] = {"unit": code(place), "month": f"{month:%Y-%m}"}
            id = await stage.made(who, "membership/open-payroll", where | sums)
            row = {"line": 2, "employee": "W-unknown", "wages": "10", "dues": ""}
            await stage.made(who, "membership/add-payroll", {"payroll": id, "rows": [row]})
            await stage.made(who, "membership/book-payroll", {"payroll": id})


async def _body(stage: Stage, whose: Account) -> None:
    """A body of the union at a person's place, with that person elected into it."""
    assert whose.at
    auditors: dict[str, object] = {
        "kind": "auditors",
        "unit": code(whose.at),
        "name": "n",
        "on": "2020-01-01",
    }
    body = await stage.made("it", "membership/found-body", auditors)
    elected = [{"employee": whose.employee, "post": "member"}]
    election: dict[str, object] = {"body": body, "years": 5, "since": "2024-05-01"}
    election |= {"vouched": True, "elected": elected}
    term = await stage.made("it", "membership/open-term", election)
    answer = await stage.client.get(
        "/api/v1/membership/body", params={"body": body}, headers=stage.company.bearer("it")
    )
    seat = answer.json()["terms"][0]["held"][0]["seat"]
    for kind, id in (("body", body), ("term", term), ("seat", seat)):
        made = Thing(f"{kind} at {code(whose.at)}", whose.at, id)
        stage.things.setdefault(kind, []).append(made)


_FILE = text("""
    INSERT INTO file (proposal, part, name, shows, kind, size, sha256, preview)
    VALUES (:proposal, 'matter', 'a.png', '', 'image/png', 0, sha256(CAST(:name AS bytea)), 'x')
    RETURNING id
""")


async def _files(stage: Stage, site: Home) -> None:
    """At each proposal one to read, and one to take off."""
    async with gateway_session(site) as session:
        for proposal in stage.things.get("proposal", ()):
            for kind in ("file", "old file"):
                given = {"proposal": proposal.named, "name": kind.encode()}
                id = str(await session.scalar(_FILE, given))
                made = Thing(f"{kind} of {proposal.name}", proposal.at, id, proposal.of)
                stage.things.setdefault(kind, []).append(made)
        await session.commit()
