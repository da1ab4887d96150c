"""Asking for an erasure, granting it, letting everything stay; and doing it when its day comes."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.membership.erasure.doing import erase
from services.membership.erasure.obstacles import obstacles
from services.membership.erasure.rules import due_on, refuse
from services.membership.on_paper import must_look_after
from services.membership.whereabouts import place_of
from shared.calendar import calendar_days_after, midnight, today
from shared.contracts.membership import AskErasure, GrantErasure, WithdrawErasure
from shared.database import Session
from shared.handling import asked
from shared.messages import Accepted, uuid7
from shared.rights import Actor, RuleBroken
from shared.ticker import due, fall_due, no_longer_due

ERASURE = "erasure"

_LOCK = text("SELECT FROM person WHERE id = :person FOR UPDATE")
_ASK = text("""
    INSERT INTO erasure (id, person, by_themselves, asked_on, asked_by)
    VALUES (:id, :person, :by_themselves, :on, :by)
    ON CONFLICT (person) WHERE withdrawn_on IS NULL AND done_on IS NULL DO NOTHING RETURNING id
""")
_THE_ONE = text("""
    SELECT erasure.id, person, person.employee, asked_by, granted_on, due_on, withdrawn_on, done_on
    FROM erasure JOIN person ON person.id = erasure.person
    WHERE erasure.id = :erasure FOR UPDATE
""")
_GRANT = text("""
    UPDATE erasure SET granted_on = :on, granted_by = :by, due_on = :due, stopped_for = NULL
    WHERE id = :erasure
""")
_WITHDRAW = text("""
    UPDATE erasure SET withdrawn_on = :on, withdrawn_by = :by WHERE id = :erasure
""")
_STOPPED = text("""
    UPDATE erasure SET granted_on = NULL, granted_by = NULL, due_on = NULL, stopped_for = :found
    WHERE id = :erasure
""")
_DONE = text("UPDATE erasure SET done_on = :on, stopped_for = NULL WHERE id = :erasure")


@asked(AskErasure)
async def ask_erasure(command: AskErasure, actor: Actor, session: Session) -> Accepted:
    """The person wants it, or an officer does for one who has left. Nothing happens yet."""
    person = await must_look_after(command.employee, command.for_whom, actor, session)
    await session.execute(_LOCK, {"person": person})
    if found := await obstacles(person, today(), session):
        refuse(found, today())
    given = {
        "id": uuid7(),
        "person": person,
        "by_themselves": actor.person == person,
        "on": today(),
        "by": actor.signature,
    }
    id: UUID | None = await session.scalar(_ASK, given)
    if id is None:
        raise RuleBroken("already-asked", "that was asked for already", field="employee")
    return Accepted(id=id)


@asked(GrantErasure)
async def grant_erasure(command: GrantErasure, actor: Actor, session: Session) -> Accepted:
    """An officer, not the person themselves, and not who has asked for them, says yes."""
    one = await _the_one(command.erasure, command, actor, session)
    _must_be_open(one)
    if one.granted_on is not None:
        raise RuleBroken("already-granted", f"granted already, for {one.due_on}", field="erasure")
    if actor.signature == one.asked_by or actor.person == one.person:
        raise RuleBroken(
            "two-people", "who has asked cannot grant it; another officer has to", field="erasure"
        )
    on = today()
    if found := await obstacles(one.person, on, session):
        refuse(found, on)
    day = due_on(on)
    given = {"erasure": one.id, "on": on, "by": actor.signature, "due": day}
    await session.execute(_GRANT, given)
    fall_due(session, ERASURE, key=str(one.id), at=midnight(day))
    return Accepted(id=one.id)


@asked(WithdrawErasure)
async def withdraw_erasure(command: WithdrawErasure, actor: Actor, session: Session) -> Accepted:
    """Everything stays as it is."""
    one = await _the_one(command.erasure, command, actor, session)
    _must_be_open(one)
    given = {"erasure": one.id, "on": today(), "by": actor.signature}
    await session.execute(_WITHDRAW, given)
    await no_longer_due(session, ERASURE, key=str(one.id))
    return Accepted(id=one.id)


@due(ERASURE)
async def erasure_is_due(key: str, session: Session) -> None:
    """Its day has come. If something is in the way by now, it has to be granted anew."""
    one = (await session.execute(_THE_ONE, {"erasure": UUID(key)})).one()
    if one.withdrawn_on or one.done_on or one.due_on is None:
        return
    on = today()
    found = await obstacles(one.person, on, session)
    if found == ["told-today"]:
        tomorrow = calendar_days_after(on, 1).day
        fall_due(session, ERASURE, key=key, at=midnight(tomorrow))
    elif found:
        await session.execute(_STOPPED, {"erasure": one.id, "found": found})
    else:
        await session.execute(_DONE, {"erasure": one.id, "on": on})
        await erase(one.person, on, session)


async def _the_one(
    erasure: UUID, command: GrantErasure | WithdrawErasure, actor: Actor, session: Session
) -> Any:
    """With its row and the person's locked. Raises `RuleBroken` (403, then 409)."""
    one = (await session.execute(_THE_ONE, {"erasure": erasure})).one_or_none()
    whose = await place_of(one.employee if one else None, session)
    command.for_whom.must_include(actor, at=whose.path, whose=whose.person)
    if one is None:
        raise RuleBroken("unknown-erasure", f"there is no erasure {erasure}", field="erasure")
    return one


def _must_be_open(one: Any) -> None:
    """Raises `RuleBroken` (409)."""
    if one.done_on is not None:
        raise RuleBroken("already-erased", "that is done and cannot be undone", field="erasure")
    if one.withdrawn_on is not None:
        raise RuleBroken("already-withdrawn", "that was withdrawn; ask anew", field="erasure")
