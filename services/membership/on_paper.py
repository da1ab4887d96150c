"""What officers enter about somebody's membership, because it came on paper or from elsewhere."""

from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text

from services.membership import members
from services.membership.whereabouts import place_of
from services.membership.whose import EITHER
from shared.calendar import today
from shared.contracts.membership import (
    AdmitMember,
    EndMembership,
    KeepMembership,
    MayAdmit,
    MayAdmitOf,
    RecordOtherUnion,
)
from shared.database import ReadSession, Session
from shared.for_whom import ForWhom
from shared.handling import asked
from shared.messages import Accepted
from shared.rights import Actor, RuleBroken


@asked(AdmitMember)
async def admit_member(command: AdmitMember, actor: Actor, session: Session) -> Accepted:
    """A signed application takes effect from the day of the signature."""
    person = await must_look_after(command.employee, command.for_whom, actor, session)
    days, grounds = await members.locked(person, session)
    _must_be_signed_at_work(command, days)
    members.must_be_nowhere_else(command)
    paper = {"reference": command.reference, "entered_by": actor.signature}
    await members.admit(person, command.on, days, grounds, session, **paper)
    return Accepted(id=person)


@asked(MayAdmit)
async def may_admit(query: MayAdmit, actor: Actor, session: ReadSession) -> MayAdmitOf:
    """By the same rules, without doing it."""
    person = await must_look_after(query.employee, query.for_whom, actor, session)
    days, grounds = await members.looked_at(person, session)
    _must_be_signed_at_work(query, days)
    members.must_be_admissible(query.on, grounds)
    return MayAdmitOf(since=query.on)


def _must_be_signed_at_work(paper: AdmitMember | MayAdmit, days: members.Days) -> None:
    """Raises `RuleBroken` (409)."""
    if paper.on > today():
        raise RuleBroken("not-yet", "the day of the signature cannot be to come", field="on")
    if not days.employs(paper.on):
        raise RuleBroken(
            "not-employed", f"{paper.employee} was not employed on {paper.on}", field="on"
        )


@asked(EndMembership)
async def end_membership(command: EndMembership, actor: Actor, session: Session) -> Accepted:
    """Somebody wrote that they leave, went to another union, or died."""
    person = await must_look_after(command.employee, command.for_whom, actor, session)
    days, grounds = await members.locked(person, session)
    await members.end(
        person,
        command.on,
        days,
        grounds,
        session,
        because=command.because,
        reference=command.reference,
        entered_by=actor.signature,
    )
    return Accepted(id=person)


@asked(KeepMembership)
async def keep_membership(command: KeepMembership, actor: Actor, session: Session) -> Accepted:
    """The union keeps whom HR only says to have left; or takes that back."""
    person = await must_look_after(command.employee, command.for_whom, actor, session)
    days, _ = await members.locked(person, session)
    if not any(spell.since <= command.on for spell in days.employed):
        raise RuleBroken(
            "not-employed",
            f"{command.employee} had not been employed by {command.on}",
            field="on",
        )
    given = {"person": person, "on": command.on, "account": actor.signature}
    changed = await session.scalar(text(_KEEP if command.kept else _NOT_KEPT), given)
    if changed is None:
        code, said = ("already-kept", "is") if command.kept else ("not-kept", "is not")
        raise RuleBroken(code, f"the membership {said} kept from {command.on}", field="on")
    await members.follow({person: (days, days)}, session)
    return Accepted(id=person)


_KEEP = """
    INSERT INTO keeping (person, kept_from, entered_by) VALUES (:person, :on, :account)
    ON CONFLICT (person, kept_from) WHERE withdrawn_at IS NULL DO NOTHING RETURNING person
"""
_NOT_KEPT = f"""
    UPDATE keeping SET withdrawn_at = now(), withdrawn_by = :account
    WHERE person = ANY({EITHER}) AND kept_from = :on AND withdrawn_at IS NULL RETURNING person
"""  # noqa: S608 - all of it is ours


@asked(RecordOtherUnion)
async def record_other_union(command: RecordOtherUnion, actor: Actor, session: Session) -> Accepted:
    """One belongs in one place only; the days in the other are none here. What was entered with the
    same first day counts no more, and stays on record."""
    person = await must_look_after(command.employee, command.for_whom, actor, session)
    if command.until is not None and command.until < command.since:
        raise RuleBroken("no-days", f"until must not be before {command.since}", field="until")
    days, _ = await members.locked(person, session)
    given: dict[str, Any] = command.model_dump(include={"union", "since", "until"}) | {
        "person": person,
        "account": actor.signature,
    }
    await session.execute(text(_OVER), given)
    if command.until != command.since:
        other = await session.scalar(
            text(f"""
                SELECT lower(during) FROM other_union WHERE person = ANY({EITHER})
                    AND withdrawn_at IS NULL AND during && daterange(:since, :until)
            """),  # noqa: S608
            given,
        )
        if other is not None:
            raise RuleBroken(
                "already-elsewhere",
                f"in some of those days membership lies elsewhere since {other} already",
                field="since",
            )
        await session.execute(
            text("""
                INSERT INTO other_union (person, name, during, entered_by)
                VALUES (:person, :union, daterange(:since, :until), :account)
            """),
            given,
        )
    await members.follow({person: (days, days)}, session)
    return Accepted(id=person)


_OVER = f"""
    UPDATE other_union SET withdrawn_at = now(), withdrawn_by = :account
    WHERE person = ANY({EITHER}) AND lower(during) = :since AND withdrawn_at IS NULL
"""  # noqa: S608


async def must_look_after(
    employee: str,
    for_whom: ForWhom,
    actor: Actor,
    session: Session | ReadSession,
    *,
    status: Literal[404, 409] = 409,
) -> UUID:
    """The person, whom the actor may look after where they are today or were last. Raises
    `RuleBroken` (403, then `unknown-employee`: nobody learns by trying who is on the roll)."""
    whose = await place_of(employee, session)
    for_whom.must_include(actor, at=whose.path, whose=whose.person)
    whose.must_be_known(status)
    assert whose.person
    return whose.person
