"""What is told of the bodies: those of a place as of a day, and one of them whole."""

from datetime import date, datetime
from typing import Any, get_args

from sqlalchemy import text

from services.membership.as_known import as_known, moment
from services.membership.bodies import rules
from services.membership.bodies.elections import members_below
from services.membership.bodies.held import SEAT_HELD, TERM_HELD
from services.membership.paging import cursor_after, place_in, unknown_cursor
from services.membership.provinces.lying import province_of
from services.membership.units import unit_asked_about
from shared.calendar import today
from shared.contracts.membership import (
    Bodies,
    BodiesOf,
    Body,
    BodyHead,
    BodyKind,
    BodyOf,
    BodySeen,
    Judged,
    SeatSeen,
    TermSeen,
)
from shared.database import ReadSession
from shared.for_whom import COMPANY
from shared.handling import asked
from shared.rights import Actor, RuleBroken

KINDS = list(get_args(BodyKind))
"""In the order in which a unit's bodies are listed."""
_HOLDS = "since <= CAST(:on AS date) AND (until IS NULL OR until > CAST(:on AS date))"
# Unit by unit, body by body, and then who sits in those that are shown. The tree is that of the
# day; rights go by where a unit stands today.
BODIES = f"""
    WITH here AS MATERIALIZED (
        SELECT placed.path FROM unit JOIN unit_placement AS placed ON placed.unit = unit.id
        WHERE unit.code = :unit AND placed.during @> CAST(:on AS date)
    ), below AS MATERIALIZED (
        SELECT unit.id, unit.code, placed.name, placed.path
        FROM here JOIN unit_placement AS placed
            ON placed.path = here.path OR starts_with(placed.path, here.path || '/')
        JOIN unit ON unit.id = placed.unit
        WHERE placed.during @> CAST(:on AS date)
            AND EXISTS (SELECT FROM unnest(CAST(:reach AS text[])) AS above (path)
                WHERE unit.path = above.path OR starts_with(unit.path, above.path || '/'))
    ), seen AS (
        SELECT there.id AS body, there.kind, below.code AS unit, below.name AS unit_name,
            there.name, below.path, there.rank, now.id AS term, now.number, now.years, now.since,
            now.due_on, now.prepare_on, now.next_on, now.seats, now.members,
            now.verdicts -> 'size' AS size
        FROM below CROSS JOIN LATERAL (
            SELECT body.*, array_position(CAST(:kinds AS text[]), kind) AS rank FROM body
            WHERE body.unit = below.id AND founded_on <= CAST(:on AS date)
                AND (dissolved_on IS NULL OR dissolved_on > CAST(:on AS date)) OFFSET 0
        ) AS there LEFT JOIN LATERAL (
            SELECT * FROM {TERM_HELD} AS term_held WHERE term_held.body = there.id
                AND since <= CAST(:on AS date) AND (over_on IS NULL OR over_on > CAST(:on AS date))
            OFFSET 0
        ) AS now ON true
        WHERE (CAST(:kind AS text) IS NULL OR there.kind = :kind)
            AND (CAST(:state AS text) IS NULL OR :state = CASE
                WHEN now.id IS NULL THEN 'none'
                WHEN now.next_on <= CAST(:on AS date) THEN 'running'
                WHEN now.due_on < CAST(:on AS date) THEN 'overdue'
                WHEN now.prepare_on <= CAST(:on AS date) THEN 'due'
                ELSE 'running' END)
            AND (CAST(:after AS text) IS NULL
                OR (below.path, there.rank, CAST(there.id AS text))
                    > (:after, CAST(CAST(:after_rank AS text) AS integer), :after_body))
        ORDER BY below.path, there.rank, CAST(there.id AS text) LIMIT :limit
    )
    SELECT seen.*, head.employee, head.name AS head_name, head.acting IS NOT NULL AS acting,
        sat.filled
    FROM seen LEFT JOIN LATERAL (
        SELECT person.employee, person.name, acting
        FROM {SEAT_HELD} AS seat_held JOIN person ON person.id = seat_held.person
        WHERE seat_held.term = seen.term AND post IN ('chair', 'head', 'leader') AND {_HOLDS}
        ORDER BY acting NULLS LAST, seat_held.id LIMIT 1
    ) AS head ON true CROSS JOIN LATERAL (
        SELECT count(DISTINCT person) AS filled FROM {SEAT_HELD} AS seat_held
        WHERE seat_held.term = seen.term AND acting IS NULL AND {_HOLDS}
    ) AS sat
    ORDER BY seen.path, seen.rank, CAST(seen.body AS text)
"""  # noqa: S608 - all of it is ours
BODIES_KNOWN = as_known(BODIES)


@asked(Bodies)
async def bodies(query: Bodies, actor: Actor, session: ReadSession) -> BodiesOf:
    """Those that were there on the day, with who heads them and how their term stands."""
    await unit_asked_about(query.unit, query, actor, session)
    on, known = query.on or today(), moment(query.known)
    after, after_rank, after_body = place_in(query.cursor, 3)
    if after_rank is not None and after_rank not in {str(rank + 1) for rank in range(len(KINDS))}:
        raise unknown_cursor()
    given = query.model_dump(include={"unit", "kind", "state"}) | {
        "reach": query.for_whom.held(actor),
        "on": on,
        "kinds": KINDS,
        "limit": query.limit + 1,
        "after": after,
        "after_rank": after_rank,
        "after_body": after_body,
    }
    statement = BODIES_KNOWN if known else BODIES
    found = (await session.execute(text(statement), given | _known(known))).all()
    shown = found[: query.limit]
    last = shown[-1] if len(found) > query.limit else None
    return BodiesOf(
        on=on,
        known=known,
        items=[
            BodySeen(
                **{name: getattr(row, name) for name in _AS_IT_IS},
                head=BodyHead(employee=row.employee, name=row.head_name, acting=row.acting)
                if row.employee
                else None,
                state=rules.state(row.due_on, row.prepare_on, on=on, next_on=row.next_on),
                size=row.size and Judged.model_validate(row.size),
            )
            for row in shown
        ],
        cursor=cursor_after(last.path, str(last.rank), str(last.body)) if last else None,
    )


_AS_IT_IS = (
    *("body", "kind", "unit", "unit_name", "name", "filled", "number", "years", "since"),
    *("due_on", "seats", "members"),
)
_BODY = """
    SELECT body.id AS body, body.kind, unit.id AS unit_id, unit.code AS unit,
        unit.name AS unit_name, unit.path, body.name, founded_on, dissolved_on
    FROM body JOIN unit ON unit.id = body.unit WHERE body.id = :body
"""
_TERMS = f"""
    SELECT id AS term, number, years, elected_on, since, over_on, next_on, due_on, prepare_on,
        seats, members, counted, minutes, verdicts
    FROM {TERM_HELD} AS term_held WHERE body = :body ORDER BY since DESC
"""  # noqa: S608
_SEATS = f"""
    SELECT seat_held.id AS seat, term, post, person.employee, person.name, since, until, acting,
        why, role, vouched, {_HOLDS} AS held,
        EXISTS (SELECT FROM employment WHERE employment.person = seat_held.person
            AND during @> CAST(:on AS date)) AS employed,
        EXISTS (SELECT FROM member WHERE member.person = seat_held.person
            AND during @> CAST(:on AS date) AND NOT kept) AS member
    FROM {SEAT_HELD} AS seat_held JOIN person ON person.id = seat_held.person
    WHERE body = :body AND (until IS NULL OR since < until)
    ORDER BY array_position(CAST(:posts AS text[]), post), acting NULLS FIRST, since,
        person.employee
"""  # noqa: S608
_ONE_KNOWN, _TERMS_KNOWN, _SEATS_KNOWN = (as_known(each) for each in (_BODY, _TERMS, _SEATS))


def _known(known: datetime | None) -> dict[str, datetime]:
    """What a statement of what was known is given besides."""
    return {"known": known} if known else {}


@asked(Body)
async def body(query: Body, actor: Actor, session: ReadSession) -> BodyOf:
    """All that is on file and was not taken back, and what the rules say as of the day."""
    there = (await session.execute(text(_BODY), {"body": query.body})).one_or_none()
    query.for_whom.must_include(actor, at=there.path if there else COMPANY)
    if there is None:
        raise RuleBroken("unknown-body", f"there is no union body {query.body}", status=404)
    on, known = query.on or today(), moment(query.known)
    given = {"body": query.body} | _known(known)
    if known:
        there = (await session.execute(text(_ONE_KNOWN), given)).one_or_none()
        if there is None:
            raise RuleBroken(
                "not-known-then", f"at {known} nothing was known of this union body", status=404
            )
    terms = (await session.execute(text(_TERMS_KNOWN if known else _TERMS), given)).all()
    sat = given | {"on": on, "posts": list(rules.POSTS[there.kind])}
    seats: dict[Any, list[SeatSeen]] = {}
    for row in (await session.execute(text(_SEATS_KNOWN if known else _SEATS), sat)).all():
        seats.setdefault(row.term, []).append(SeatSeen.model_validate(row, from_attributes=True))
    holding = [
        each for each in terms if each.since <= on and (each.over_on is None or on < each.over_on)
    ]
    now = holding[0] if holding else None
    members = await members_below(there, on, session, known=known)
    province = await province_of(there.unit_id, on, session)
    return BodyOf(
        **{name: getattr(there, name) for name in BodyOf.model_fields if hasattr(there, name)},
        on=on,
        known=known,
        state=rules.state(now.due_on, now.prepare_on, on=on, next_on=now.next_on)
        if now
        else "none",
        current=now.term if now else None,
        members=members,
        rules=_rules(there.kind, members, on, province),
        terms=[
            TermSeen(
                **{
                    name: getattr(row, name) for name in TermSeen.model_fields if hasattr(row, name)
                },
                **{name: Judged.model_validate(said) for name, said in row.verdicts.items()},
                until=rules.term(row.since, row.years, province).until,
                held=seats.get(row.term, []),
            )
            for row in terms
        ],
    )


def _rules(kind: BodyKind, members: int, on: date, province: str) -> list[Judged]:
    """Of the members of today: the next election, a meeting out of turn, a recall, time off."""
    said = [rules.size(kind, members, on=on, province=province)]
    if kind == "committee":
        said.insert(0, rules.committee_needed(members, on=on, province=province))
    if members:
        said.append(rules.may_call_a_meeting(members, on=on, province=province))
        said.append(rules.recall(members, on=on, province=province))
    return [*said, rules.time_off(on=on, province=province)]
