"""A term of a body: recorded with all who were elected at once, and taken back whole."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.membership.as_known import as_known
from services.membership.bodies import rules
from services.membership.bodies.electable import People, people_on
from services.membership.bodies.following import follow
from services.membership.bodies.founding import body_to_change, locked_body
from services.membership.bodies.held import TERM_HELD
from services.membership.provinces.lying import province_of
from shared.calendar import today
from shared.contracts.membership import OpenTerm, WithdrawTerm
from shared.database import ReadSession, Session
from shared.for_whom import COMPANY
from shared.handling import asked
from shared.messages import Accepted, RefusedRow, uuid7
from shared.rights import Actor, RuleBroken


@asked(OpenTerm)
async def open_term(command: OpenTerm, actor: Actor, session: Session) -> Accepted:
    """The result of an election, entered from its minutes: all of it or nothing. Whoever sat before
    is out of office when it begins."""
    body = await body_to_change(command.body, command.for_whom, actor, session, on=command.since)
    elected_on = command.elected_on or command.since
    _must_be_in_order(elected_on, command.since)
    number = await _number(command, session)
    people = await people_on(elected_on, [row.employee for row in command.elected], session)
    province = await province_of(body.unit_id, elected_on, session)
    _must_be_electable(command, body.kind, people, province)
    term = rules.term(command.since, command.years, province)
    members = command.members or await members_below(body, elected_on, session)
    seats = command.seats or len({row.employee for row in command.elected})
    size = rules.size(body.kind, members, on=elected_on, seats=seats, province=province)
    id = uuid7()
    await session.execute(
        text("""
            INSERT INTO term (id, body, number, years, since, elected_on, due_on, prepare_on, seats,
                members, counted, minutes, verdicts)
            VALUES (:id, :body, :number, :years, :since, :elected_on, :due_on, :prepare_on, :seats,
                :members, :counted, :minutes, CAST(:verdicts AS jsonb))
        """),
        command.model_dump(include={"years", "since", "minutes"})
        | {
            "id": id,
            "body": body.id,
            "number": number,
            "elected_on": elected_on,
            "due_on": term.due_on,
            "prepare_on": term.prepare_on,
            "seats": seats,
            "members": members,
            "counted": "minutes" if command.members else "roll",
            "verdicts": json.dumps(
                {
                    "size": size.model_dump(),
                    "length": term.length.model_dump(),
                    "prepared": term.prepared.model_dump(),
                }
            ),
        },
    )
    await session.execute(
        text("""
            INSERT INTO seat (id, term, post, person, since, vouched, role)
            VALUES (:id, :term, :post, :person, :since, :vouched, :role)
        """),
        [
            {
                "id": uuid7(),
                "term": id,
                "post": row.post,
                "person": people[row.employee].person,
                "since": command.since,
                "vouched": not people[row.employee].member,
                "role": rules.GIVES.get((body.kind, row.post)) if command.gives_posts else None,
            }
            for row in command.elected
        ],
    )
    await follow(body.id, session)
    return Accepted(id=id)


@asked(WithdrawTerm)
async def withdraw_term(command: WithdrawTerm, actor: Actor, session: Session) -> Accepted:
    """Entered by mistake: posts that came with it were never held, and whoever sat before still
    does. A post by hand that the election had ended is appointed anew."""
    body = await session.scalar(
        text("SELECT body FROM term WHERE id = :term"), {"term": command.term}
    )
    if body is None:
        raise RuleBroken("unknown-term", f"there is no term {command.term}", field="term")
    there = await locked_body(body, session)
    command.for_whom.must_include(actor, at=there.path)
    taken_back = await session.scalar(
        text("""
            UPDATE term SET withdrawn_at = now(), withdrawn_why = :reason
            WHERE id = :term AND withdrawn_at IS NULL RETURNING id
        """),
        {"term": command.term, "reason": command.reason},
    )
    if taken_back is None:
        raise RuleBroken("term-withdrawn", "this term was taken back already", field="term")
    await follow(there.id, session)
    return Accepted(id=command.term)


def _must_be_in_order(elected_on: date, since: date) -> None:
    if elected_on > today():
        raise RuleBroken(
            "not-yet", "an election is recorded on its day or later", field="elected_on"
        )
    if since < elected_on:
        raise RuleBroken(
            "elected-later", f"it was elected on {elected_on}, not before", field="since"
        )


async def _number(command: OpenTerm, session: Session) -> int:
    """Terms are counted in their order; an older one may be entered later."""
    rows = await session.execute(
        text("SELECT number, since FROM term WHERE body = :body AND withdrawn_at IS NULL"),
        {"body": command.body},
    )
    said = [(row.since, row.number) for row in rows]
    if any(since == command.since for since, _ in said):
        raise RuleBroken(
            "already-elected", f"a term begins on {command.since} already", field="since"
        )
    before = max((number for since, number in said if since < command.since), default=0)
    after = min((number for since, number in said if since > command.since), default=None)
    number = command.number or before + 1
    if number <= before or (after is not None and number >= after):
        raise RuleBroken(
            "term-out-of-order",
            f"the term before is number {before}"
            + (f", the one after is number {after}" if after is not None else ""),
            field="number",
        )
    return number


def _must_be_electable(command: OpenTerm, kind: Any, people: People, province: str) -> None:
    """Raises `RuleBroken` (409) that says row by row what is wrong."""
    wrong: list[RefusedRow] = []
    seen: set[tuple[str, str]] = set()
    heads = 0
    for number, row in enumerate(command.elected, start=1):
        code = people.why_not(row.employee, vouched=command.vouched)
        if row.post not in rules.POSTS[kind]:
            code = "no-such-seat"
        elif (row.employee, row.post) in seen:
            code = "already-seated"
        elif row.post == rules.HEADS[kind] and heads:
            code = "one-head"
        seen.add((row.employee, row.post))
        heads += row.post == rules.HEADS[kind]
        if code:
            wrong.append(RefusedRow(row=number, code=code, detail=f"{row.employee}: {SAID[code]}"))
    if wrong:
        raise refused_rows(wrong, on=command.elected_on or command.since, province=province)


SAID = {
    "unknown-employee": "nobody on the roll has this number",
    "not-employed": "was not employed on that day",
    "not-a-member-then": "was no member of the union on that day",
    "no-such-seat": "a body of this kind has no such post",
    "already-seated": "is in that post already",
    "one-head": "this post is held by one person at a time",
}


def refused_rows(rows: Sequence[RefusedRow], *, on: date, province: str) -> RuleBroken:
    """The first code stands for the whole; who is no member cannot be elected by a rule."""
    code = rows[0].code if len({row.code for row in rows}) == 1 else "rows-refused"
    unlawful = any(row.code == "not-a-member-then" for row in rows)
    by = rules.electable(on=on, province=province) if unlawful else None
    return RuleBroken(
        code,
        "; ".join(f"row {row.row}: {row.detail}" for row in rows),
        field="elected",
        rule=by.rule if by else None,
        citation=by.citation if by else None,
        rows=list(rows),
    )


# The whole company is counted by the days of memberships alone, anything else unit by unit.
_ALL = "SELECT count(*) FROM member WHERE during @> CAST(:on AS date) AND NOT kept"
_BELOW = """
    WITH here AS MATERIALIZED (
        SELECT path FROM unit_placement WHERE unit = :unit AND during @> CAST(:on AS date)
    ), below AS MATERIALIZED (
        SELECT placed.unit AS id FROM here JOIN unit_placement AS placed
            ON placed.path = here.path OR starts_with(placed.path, here.path || '/')
        WHERE placed.during @> CAST(:on AS date)
    )
    SELECT count(*) FROM below CROSS JOIN LATERAL (
        SELECT person FROM stay
        WHERE stay.unit = below.id AND stay.during @> CAST(:on AS date) OFFSET 0
    ) AS placed CROSS JOIN LATERAL (
        SELECT FROM member
        WHERE member.person = placed.person AND during @> CAST(:on AS date) OFFSET 0
    ) AS joined
"""


_KNOWN = {each: as_known(each) for each in (_ALL, _BELOW)}


async def members_below(
    body: Any, on: date, session: Session | ReadSession, *, known: datetime | None = None
) -> int:
    """How many members of the union with a vote are placed in the unit of a body and below it on a
    day, as the tree was then; as it was known at a moment when one is given."""
    statement = _ALL if body.path == COMPANY else _BELOW
    given = {"on": on} | ({} if body.path == COMPANY else {"unit": body.unit_id})
    if known:
        statement, given = _KNOWN[statement], given | {"known": known}
    return int(await session.scalar(text(statement), given) or 0)


async def term_on(body: UUID, on: date, session: Session) -> Any:
    """The term that holds on a day; None when there is none."""
    return (
        await session.execute(
            text(f"""
                SELECT id, since, elected_on, over_on FROM {TERM_HELD} AS term_held
                WHERE body = :body AND since <= :on AND (over_on IS NULL OR :on < over_on)
            """),  # noqa: S608
            {"body": body, "on": on},
        )
    ).one_or_none()
