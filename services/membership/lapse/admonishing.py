"""Admonitions and what follows from them. A machine ends no membership: the clock says only that
the time to mend is over, and the committee's decision is entered by a person."""

import json
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from services.membership import members
from services.membership.lapse import rules
from services.membership.lapse.evidence import evidence_of, law_at
from services.membership.lapse.rules import Evidence, Law, Run
from services.membership.on_paper import must_look_after
from services.membership.whose import EITHER, SAID_BY
from shared.calendar import midnight, today
from shared.contracts.membership import (
    AdmonishMember,
    AdmonitionEnd,
    DeclareLeft,
    NoticeClosed,
    NoticeGiven,
    ReverseDeclaration,
    WithdrawAdmonition,
)
from shared.database import Session
from shared.handling import asked
from shared.messages import Accepted, uuid7
from shared.outbox import state
from shared.rights import Actor, RuleBroken
from shared.rulebook import Version
from shared.ticker import fall_due, no_longer_due

MENDING_OVER = "mending-over"
"""Falls due on the day after the last one to mend; by admonition."""


class Open(NamedTuple):
    """An admonition that stands; its row is locked."""

    id: UUID
    person: UUID
    run: Run
    due_on: date


# ---------------------------------------------------------------------------------- commands


@asked(AdmonishMember)
async def admonish_member(command: AdmonishMember, actor: Actor, session: Session) -> Accepted:
    """An officer has told the member what is missing; from here the time to mend runs."""
    person = await must_look_after(command.employee, command.for_whom, actor, session)
    if command.on > today():
        raise RuleBroken("not-yet", "the day of the talk cannot be to come", field="on")
    await members.locked(person, session)
    if await _standing([person], session):
        raise RuleBroken("already-admonished", "an admonition stands already", field="employee")
    by = await law_at(person, session)
    seen = (await evidence_of([person], session))[person]
    _must_not_be_away(seen, by.proof)
    run = rules.lapsed(seen, today(), by)
    if run is None:
        raise _broken(
            "not-lapsed",
            f"there are no {by.months} booked months in a row without dues and without taking part",
            by.deemed,
            "employee",
        )
    if command.on < run.after:
        raise RuleBroken("too-early", f"the months are full only from {run.after} on", field="on")
    id, due_on = uuid7(), rules.due_on(today(), by)
    await session.execute(
        text("""
            INSERT INTO admonition (id, person, said_on, way, reason, first_month, last_month,
                due_on, verdict, entered_by)
            VALUES (:id, :person, :on, :way, :reason, :first, :last, :due_on,
                CAST(:verdict AS jsonb), :by)
        """),
        {
            "id": id,
            "person": person,
            **command.model_dump(include={"on", "way", "reason"}),
            "first": run.first,
            "last": run.last,
            "due_on": due_on,
            "verdict": _verdict(by, run, seen),
            "by": actor.signature,
        },
    )
    fall_due(session, MENDING_OVER, key=str(id), at=midnight(due_on + timedelta(1)))
    state(session, NoticeGiven(notice=id, person=person, due_on=due_on))
    return Accepted(id=id)


@asked(WithdrawAdmonition)
async def withdraw_admonition(
    command: WithdrawAdmonition, actor: Actor, session: Session
) -> Accepted:
    """It was wrong, or there is a reason; the months may speak against the member again later."""
    person = await must_look_after(command.employee, command.for_whom, actor, session)
    await members.locked(person, session)
    admonition = await _the_standing(person, session)
    await _close(admonition, "withdrawn", session, by=actor.signature, reason=command.reason)
    return Accepted(id=admonition.id)


@asked(DeclareLeft)
async def declare_left(command: DeclareLeft, actor: Actor, session: Session) -> Accepted:
    """The committee has decided: the membership ends on that day, until it is reversed."""
    person = await must_look_after(command.employee, command.for_whom, actor, session)
    if command.on > today():
        raise RuleBroken("not-yet", "the day of the decision cannot be to come", field="on")
    days, _ = await members.locked(person, session)
    admonition = await _the_standing(person, session)
    by = await law_at(person, session)
    if command.on <= admonition.due_on:
        raise _broken(
            "still-mending", f"the member may mend until {admonition.due_on}", by.mending, "on"
        )
    seen = (await evidence_of([person], session))[person]
    _must_not_be_away(seen, by.proof)
    if not rules.stands(admonition.run, seen, today(), by):
        raise _broken(
            "mended",
            "dues were paid or excused, or the member took part: nothing is to be declared",
            by.deemed,
            "employee",
        )
    id = uuid7()
    await session.execute(
        text("""
            INSERT INTO deemed_left (id, person, admonition, left_on, reference, verdict,
                declared_by)
            VALUES (:id, :person, :admonition, :on, :reference, CAST(:verdict AS jsonb), :by)
        """),
        {
            "id": id,
            "person": person,
            "admonition": admonition.id,
            "on": command.on,
            "reference": command.reference,
            "verdict": _verdict(by, admonition.run, seen),
            "by": actor.signature,
        },
    )
    await _close(admonition, "declared", session, by=actor.signature)
    await members.follow({person: (days, days)}, session)
    state(session, NoticeGiven(notice=admonition.id, person=person, due_on=None))
    return Accepted(id=id)


@asked(ReverseDeclaration)
async def reverse_declaration(
    command: ReverseDeclaration, actor: Actor, session: Session
) -> Accepted:
    """As if it had never been made: the consent that was given goes on."""
    person = await must_look_after(command.employee, command.for_whom, actor, session)
    days, _ = await members.locked(person, session)
    reversed_ = await session.execute(
        text(f"""
            UPDATE deemed_left SET reversed_on = :on, reversed_by = :by, reversed_for = :reason
            WHERE id = (
                SELECT id FROM deemed_left WHERE person = ANY({EITHER}) AND reversed_on IS NULL
                ORDER BY left_on DESC LIMIT 1
            ) RETURNING id, admonition
        """),  # noqa: S608
        {"person": person, "on": today(), "by": actor.signature, "reason": command.reason},
    )
    declaration = reversed_.one_or_none()
    if declaration is None:
        raise RuleBroken(
            "not-declared", "no declaration that this member has left stands", field="employee"
        )
    await members.follow({person: (days, days)}, session)
    state(session, NoticeGiven(notice=declaration.admonition, person=person, due_on=None))
    return Accepted(id=declaration.id)


def _must_not_be_away(seen: Evidence, proof: Version) -> None:
    if rules.away_on(seen, today()):
        raise _broken(
            "member-away",
            "the member is away today; that waits until they are back",
            proof,
            "employee",
        )


def _broken(code: str, detail: str, by: Version, field: str) -> RuleBroken:
    return RuleBroken(code, detail, field=field, rule=by.rule, citation=by.citation)


def _verdict(by: Law, run: Run, seen: Evidence) -> str:
    inputs = {
        "from": run.first.isoformat(),
        "until": run.after.isoformat(),
        "active_on": seen.active_on and seen.active_on.isoformat(),
        "days_away": rules.days_away(seen, run.first, run.after),
        "province": by.province,
    }
    return json.dumps(by.deemed.verdict(inputs, provisional=False).as_json())


# ---------------------------------------------------------------------------------- following

# Of these people, whichever of their ids is given, and whichever it was said of.
_STANDING = text(f"""
    SELECT admonition.id, person.id AS person, first_month, last_month, due_on
    FROM admonition JOIN {SAID_BY.format("admonition")}
    WHERE admonition.person = ANY(ARRAY(
            SELECT either.id FROM person AS given JOIN person AS either
                ON either.id = coalesce(given.same_as, given.id)
                OR either.same_as = coalesce(given.same_as, given.id)
            WHERE given.id = ANY(:people)))
        AND ended IS NULL ORDER BY admonition.id FOR UPDATE OF admonition
""")  # noqa: S608 - all of it is ours


async def _standing(people: Collection[UUID], session: Session) -> list[Open]:
    rows = await session.execute(_STANDING, {"people": list(people)})
    return [
        Open(row.id, row.person, Run(row.first_month, row.last_month), row.due_on) for row in rows
    ]


async def _the_standing(person: UUID, session: Session) -> Open:
    """Raises `RuleBroken` (409)."""
    found = await _standing([person], session)
    if not found:
        raise RuleBroken("not-admonished", "no admonition stands", field="employee")
    return found[0]


async def _close(admonition: Open, how: AdmonitionEnd, session: Session, **by: Any) -> None:
    await session.execute(
        text("""
            UPDATE admonition SET ended = :how, ended_on = :on, ended_by = :by, ended_for = :reason
            WHERE id = :id
        """),
        {"id": admonition.id, "how": how, "on": today(), "by": None, "reason": None} | by,
    )
    await no_longer_due(session, MENDING_OVER, key=str(admonition.id))
    if how != "declared":  # of which there is something to say
        state(session, NoticeClosed(notice=admonition.id))


async def look_again(people: Collection[UUID], session: Session) -> list[Open]:
    """Something about dues or taking part of these people has changed: who has mended is told that
    there is nothing more to do. Returns the admonitions that still stand."""
    standing = await _standing(people, session)
    if not standing:
        return []
    seen = await evidence_of({each.person for each in standing}, session)
    still = []
    for each in standing:
        by = await law_at(each.person, session)
        if rules.stands(each.run, seen[each.person], today(), by):
            still.append(each)
        else:
            await _close(each, "mended", session)
    return still


async def mending_is_over(admonition: UUID, session: Session) -> None:
    """The last day has passed: it is for the committee now, and the member may still speak up."""
    person = await session.scalar(
        text("SELECT person FROM admonition WHERE id = :id AND ended IS NULL"), {"id": admonition}
    )
    for each in await look_again([person], session) if person else ():
        state(session, NoticeGiven(notice=each.id, person=each.person, due_on=None))
