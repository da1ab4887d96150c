"""What the tests of bodies share: two plants with members, and bodies that are elected."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from deploy.local.home import Home
from services.membership.bodies.elections import open_term
from services.membership.bodies.founding import found_body
from services.membership.bodies.telling import bodies, body
from services.membership.on_paper import admit_member
from services.membership.units import open_root
from shared.contracts.membership import (
    AdmitMember,
    Bodies,
    BodiesOf,
    Body,
    BodyOf,
    FoundBody,
    OpenTerm,
    SeatSeen,
)
from shared.database import ReadSession, Session
from shared.messages import Fact, uuid7
from shared.rights import Actor, Grant
from tests.conftest import rolled_back
from tests.membership.test_hr_events import event, take
from tests.membership.test_members import IT
from tests.membership.test_roll import hired

ONE, OTHER, TEAM = "b-one", "b-two", "b-team"
CHAIR = Actor("c", uuid7(), (Grant("chair", f"company/{ONE}"),))
OFFICER = Actor("o", uuid7(), (Grant("officer", f"company/{ONE}"),))
FIRST, SECOND = date(2020, 5, 1), date(2023, 5, 1)
MEMBERS = [f"B{number}" for number in range(1, 9)]


@asynccontextmanager
async def eight_members(home: Home) -> AsyncIterator[Session]:
    """Two plants, one with a team. B1 to B8 are members since 2020, N1 works there and is none, L1
    has been one since 2024 and worked there before, G1 left in 2021."""
    async with rolled_back(home, "membership") as session:
        await open_root(session)
        units = ((ONE, "company"), (TEAM, ONE), (OTHER, "company"))
        events = [event("unit-created", unit=u, name=u, kind="plant", parent=p) for u, p in units]
        for employee in (*MEMBERS, "N1", "L1", "G1"):
            events += hired(employee, f"某{employee}", TEAM, "2020-01-01")
        events.append(event("employee-left", employee="G1", on="2021-01-01"))
        await take(events, session)
        for employee, since in (*((each, "2020-02-01") for each in MEMBERS), ("L1", "2024-01-01")):
            signed = AdmitMember(employee=employee, on=date.fromisoformat(since), reference="b")
            await admit_member(signed, OFFICER, session)
        session.info.pop("stated", None)
        yield session


def stated(session: Session) -> list[Fact]:
    facts: list[Fact] = session.info.pop("stated", [])
    return facts


async def founded(session: Session, **asked: Any) -> UUID:
    given = {"kind": "committee", "unit": ONE, "name": "工会委员会", "on": FIRST} | asked
    return (await found_body(FoundBody.model_validate(given), IT, session)).id


async def elected(session: Session, body: UUID, since: date, *who: str, **more: Any) -> UUID:
    """`who`: the chair first, then members; or `post:number`."""
    rows = [
        each.split(":") if ":" in each else ["chair" if number == 0 else "member", each]
        for number, each in enumerate(who)
    ]
    given = {
        "body": body,
        "years": 3,
        "since": since,
        "elected": [{"post": post, "employee": employee} for post, employee in rows],
    }
    return (await open_term(OpenTerm.model_validate(given | more), IT, session)).id


async def seen(
    session: Session, id: UUID, on: date | None = None, actor: Actor = IT, **more: Any
) -> BodyOf:
    return await body(Body(body=id, on=on, **more), actor, ReadSession(session))


async def listed(session: Session, actor: Actor = IT, **asked: Any) -> BodiesOf:
    return await bodies(Bodies(**({"unit": ONE} | asked)), actor, ReadSession(session))


def held(told: BodyOf) -> list[tuple[str, str, bool]]:
    return [
        (seat.post, seat.employee, seat.acting is not None)
        for term in told.terms
        for seat in term.held
        if seat.held
    ]


def seat_of(told: BodyOf, employee: str) -> SeatSeen:
    return next(seat for term in told.terms for seat in term.held if seat.employee == employee)


async def chairs(session: Session, on: date, unit: str = ONE, role: str = "chair") -> list[str]:
    """Who has the post with its rights on a day."""
    rows = await session.execute(
        text("""
            SELECT person.employee FROM post JOIN person ON person.id = post.person
            JOIN unit ON unit.id = post.unit
            WHERE unit.code = :unit AND role = :role AND during @> CAST(:on AS date)
            ORDER BY 1
        """),
        {"unit": unit, "on": on, "role": role},
    )
    return list(rows.scalars())
