"""会员档案: one person's membership as the roll holds it, and the honours in it."""

from typing import Any

from sqlalchemy import text

from services.membership.life import moves
from services.membership.on_paper import must_look_after
from shared.calendar import today
from shared.contracts.membership import (
    AwardHonour,
    MemberRecord,
    MemberRecordOf,
    Stay,
    WithdrawHonour,
)
from shared.database import ReadSession, Session
from shared.handling import asked
from shared.messages import Accepted, uuid7
from shared.rights import Actor, RuleBroken


@asked(AwardHonour)
async def award_honour(command: AwardHonour, actor: Actor, session: Session) -> Accepted:
    """Stands in the record of the person from now on."""
    person = await must_look_after(command.employee, command.for_whom, actor, session)
    if command.on > today():
        raise RuleBroken("not-yet", "the day of the award cannot be to come", field="on")
    id = uuid7()
    await session.execute(
        text("""
            INSERT INTO honour (id, person, title, level, awarded_on, reference, entered_by)
            VALUES (:id, :person, :title, :level, :on, :reference, :account)
        """),
        command.model_dump() | {"id": id, "person": person, "account": actor.signature},
    )
    return Accepted(id=id)


@asked(WithdrawHonour)
async def withdraw_honour(command: WithdrawHonour, actor: Actor, session: Session) -> Accepted:
    """It is shown no more; that it stood there, and why not any more, is kept."""
    row = (
        await session.execute(
            text("""
                SELECT employee, withdrawn_at IS NOT NULL AS gone
                FROM honour JOIN person ON person.id = honour.person
                WHERE honour.id = :honour FOR UPDATE OF honour
            """),
            {"honour": command.honour},
        )
    ).one_or_none()
    if row is None:
        command.for_whom.must_include(actor)
        raise RuleBroken("unknown-honour", f"there is no honour {command.honour}", field="honour")
    await must_look_after(row.employee, command.for_whom, actor, session)
    if row.gone:
        raise RuleBroken("already-withdrawn", "it was taken out already", field="honour")
    await session.execute(
        text("""
            UPDATE honour SET withdrawn_at = now(), withdrawn_by = :account, withdrawn_for = :reason
            WHERE id = :honour
        """),
        command.model_dump() | {"account": actor.signature},
    )
    return Accepted(id=command.honour)


_RECORD = text("""
    WITH theirs AS (SELECT id FROM person WHERE id = :person OR same_as = :person)
    SELECT person.employee,
        (SELECT min(lower(during)) FROM employment WHERE person = :person) AS invited_on,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('given_on', given_on,
                'how', CASE WHEN entered_by IS NULL THEN 'in-person' ELSE 'on-paper' END,
                'reference', reference, 'withdrawn_on', coalesce(declared.left_on, withdrawn_on),
                'ended_by', CASE WHEN declared.left_on IS NULL THEN ended_by ELSE 'deemed-left' END)
                ORDER BY given_on), '[]')
            FROM consent LEFT JOIN LATERAL (
                SELECT min(left_on) AS left_on FROM deemed_left
                WHERE deemed_left.person IN (SELECT id FROM theirs) AND reversed_on IS NULL
                    AND left_on > given_on AND (withdrawn_on IS NULL OR left_on < withdrawn_on)
            ) AS declared ON true WHERE person IN (SELECT id FROM theirs)) AS consents,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('since', lower(during),
                'until', upper(during), 'kept', kept) ORDER BY during), '[]')
            FROM member WHERE person = :person) AS memberships,
        (SELECT coalesce(jsonb_agg(kept_from ORDER BY kept_from), '[]')
            FROM keeping WHERE person IN (SELECT id FROM theirs)
                AND withdrawn_at IS NULL) AS kept_from,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('union', name, 'since', lower(during),
                'until', upper(during)) ORDER BY during), '[]')
            FROM other_union WHERE person IN (SELECT id FROM theirs)
                AND withdrawn_at IS NULL) AS other_unions,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('honour', id, 'title', title, 'level', level,
                'on', awarded_on, 'reference', reference) ORDER BY awarded_on, id), '[]')
            FROM honour WHERE person IN (SELECT id FROM theirs)
                AND withdrawn_at IS NULL) AS honours,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('since', lower(during),
                'until', upper(during), 'unit', plant.id, 'code', plant.code)
                ORDER BY during), '[]')
            FROM stay JOIN unit ON unit.id = stay.unit JOIN unit AS plant ON plant.path = unit.plant
            WHERE person = :person) AS stays
    FROM person WHERE id = :person
""")


@asked(MemberRecord)
async def member_record(query: MemberRecord, actor: Actor, session: ReadSession) -> MemberRecordOf:
    """All of it in one statement."""
    person = await must_look_after(query.employee, query.for_whom, actor, session, status=404)
    row = (await session.execute(_RECORD, {"person": person})).one()
    return MemberRecordOf.model_validate(
        {**row._mapping, "person": person, "moves": _moves(row.stays)}
    )


def _moves(stays: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Between plants, by their codes."""
    placed = [Stay.model_validate(stay) for stay in stays]
    codes = {stay.unit: each["code"] for stay, each in zip(placed, stays, strict=True)}
    return [
        {
            "on": move.since,
            "from_plant": codes[move.from_plant],
            "to_plant": codes[move.to_plant],
        }
        for move in moves(placed, {plant: plant for plant in codes})
    ]
