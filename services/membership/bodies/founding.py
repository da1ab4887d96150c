"""A body of the union begins and ends."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.membership.bodies.following import follow
from shared.calendar import today
from shared.contracts.membership import DissolveBody, FoundBody
from shared.database import Session
from shared.for_whom import COMPANY, ForWhom
from shared.handling import asked
from shared.messages import Accepted, uuid7
from shared.rights import Actor, RuleBroken

MANY = ("group",)
"""Of this kind a unit may have several; of the others one at a time."""


@asked(FoundBody)
async def found_body(command: FoundBody, actor: Actor, session: Session) -> Accepted:
    """It has no term yet: that begins with an election."""
    unit = (
        await session.execute(
            # Its row is what two that found at once wait for.
            text("SELECT id, path, ended_on FROM unit WHERE code = :code AND known FOR UPDATE"),
            {"code": command.unit},
        )
    ).one_or_none()
    command.for_whom.must_include(actor, at=unit.path if unit else COMPANY)
    if unit is None:
        raise RuleBroken(
            "unknown-unit", f"there is no unit with the code {command.unit}", field="unit"
        )
    id, on = uuid7(), command.on or today()
    must_be_there(command.unit, unit.ended_on, on)
    body = {"body": id, "kind": command.kind, "unit": unit.id, "name": command.name, "on": on}
    there_is = await session.scalar(
        text("""
            SELECT id FROM body WHERE unit = :unit AND kind = :kind AND NOT kind = ANY(:many)
            AND (dissolved_on IS NULL OR dissolved_on > :on)
        """),
        body | {"many": list(MANY)},
    )
    if there_is is not None:
        raise RuleBroken(
            "already-founded",
            f"{command.unit} has such a body already; dissolve that one first",
            field="kind",
        )
    await session.execute(
        text("""
            INSERT INTO body (id, kind, unit, name, founded_on)
            VALUES (:body, :kind, :unit, :name, :on)
        """),
        body,
    )
    return Accepted(id=id)


def must_be_there(unit: str, ended_on: date | None, on: date) -> None:
    """Raises `RuleBroken` (409) for a unit that is no more on the day."""
    if ended_on is not None and ended_on <= on:
        raise RuleBroken("unit-ended", f"the unit {unit} ended on {ended_on}", field="unit")


@asked(DissolveBody)
async def dissolve_body(command: DissolveBody, actor: Actor, session: Session) -> Accepted:
    """Every seat in it ends on that day at the latest, and the posts that came with them. Said
    again, the later word counts."""
    body = await locked_body(command.body, session)
    command.for_whom.must_include(actor, at=body.path)
    on = command.on or today()
    last = await session.scalar(
        text("SELECT max(since) FROM term WHERE body = :body AND withdrawn_at IS NULL"),
        {"body": body.id},
    )
    begun = max(body.founded_on, last or body.founded_on)
    if on < begun:
        raise RuleBroken(
            "before-it-began", f"it began, or its last term did, on {begun}", field="on"
        )
    await session.execute(
        text("UPDATE body SET dissolved_on = :on, dissolved_at = now() WHERE id = :body"),
        {"body": body.id, "on": on},
    )
    await follow(body.id, session)
    return Accepted(id=body.id)


_BODY = """
    SELECT body.id, body.kind, body.unit AS unit_id, body.name, body.founded_on, body.dissolved_on,
        unit.path, unit.code, unit.ended_on
    FROM body JOIN unit ON unit.id = body.unit WHERE body.id = :body FOR UPDATE OF body
"""


async def locked_body(id: UUID, session: Session) -> Any:
    """The body with its unit; its row is the serial point of all that is said of it. Raises
    `RuleBroken` (409)."""
    row = (await session.execute(text(_BODY), {"body": id})).one_or_none()
    if row is None:
        raise RuleBroken("unknown-body", f"there is no union body {id}", field="body")
    return row


async def body_to_change(
    id: UUID, for_whom: ForWhom, actor: Actor, session: Session, *, on: date
) -> Any:
    """The same, for who may change it, on a day on which it is there. Raises `RuleBroken`."""
    body = await locked_body(id, session)
    for_whom.must_include(actor, at=body.path)
    if on < body.founded_on:
        raise RuleBroken("before-it-began", f"it was founded on {body.founded_on}", field="on")
    if body.dissolved_on is not None and on >= body.dissolved_on:
        raise RuleBroken("dissolved", f"it was dissolved on {body.dissolved_on}", field="body")
    must_be_there(body.code, body.ended_on, on)
    return body
