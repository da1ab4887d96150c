"""Posts of the union and of the plant's side: leader, officer, chair, manager, director."""

from datetime import date
from typing import Any

from sqlalchemy import text

from services.membership.as_known import as_known, moment
from services.membership.paging import cursor_after, place_in
from services.membership.people import known_employee
from services.membership.units import known_unit, unit_asked_about
from shared.calendar import today
from shared.contracts.membership import (
    AppointPost,
    EndPost,
    MayAppoint,
    MayAppointOf,
    PostAppointed,
    PostEnded,
    PostHolder,
    Posts,
    PostsOf,
)
from shared.database import ReadSession, Session
from shared.handling import asked
from shared.messages import Accepted, uuid7
from shared.outbox import state
from shared.rights import Actor, RuleBroken


@asked(AppointPost)
async def appoint_post(command: AppointPost, actor: Actor, session: Session) -> Accepted:
    """A person gets a post; what they may do at which place follows from it."""
    post = {"post": uuid7()} | await _appointable(command, actor, session)
    await session.execute(
        text("""
            INSERT INTO post (id, person, role, unit, during)
            VALUES (:post, :person, :role, :unit, daterange(:since, :until))
        """),
        post,
    )
    state(session, PostAppointed.model_validate(post))
    return Accepted(id=post["post"])


@asked(MayAppoint)
async def may_appoint(query: MayAppoint, actor: Actor, session: ReadSession) -> MayAppointOf:
    """By the same rules, without doing it: for a sheet of many posts that is tried first."""
    post = await _appointable(query, actor, session)
    return MayAppointOf(since=post["since"], until=post["until"])


async def _appointable(
    post: AppointPost | MayAppoint, actor: Actor, session: Session
) -> dict[str, Any]:
    """Who would hold what, where and when. Raises `RuleBroken` (403, 409). The row of the person is
    locked where it is to be written."""
    unit = await known_unit(post.unit, session)
    post.for_whom.must_include(actor, at=unit.path)
    person = await known_employee(session, post.employee)
    since = post.on or today()
    must_be_days(since, post.until)
    if unit.ended_on is not None and unit.ended_on <= since:
        raise RuleBroken(
            "unit-ended", f"the unit {post.unit} ended on {unit.ended_on}", field="unit"
        )
    if isinstance(post, AppointPost):
        await session.execute(
            text("SELECT FROM person WHERE id = :person FOR UPDATE"), {"person": person.id}
        )
    found = {
        "person": person.id,
        "role": post.role,
        "unit": unit.id,
        "since": since,
        "until": post.until,
    }
    held = await session.scalar(
        text("""
            SELECT id FROM post WHERE person = :person AND role = :role AND unit = :unit
            AND during && daterange(:since, :until)
        """),
        found,
    )
    if held is not None:
        raise RuleBroken(
            "already-appointed",
            f"{post.employee} is {post.role} of {post.unit} in those days already; "
            "end that post first",
        )
    return found


@asked(EndPost)
async def end_post(command: EndPost, actor: Actor, session: Session) -> Accepted:
    """A post ends: a new election, another job, or an appointment taken back."""
    row = (
        await session.execute(
            text("""
                SELECT post.id, lower(during) AS since, upper(during) AS until, unit.path,
                    EXISTS (SELECT FROM seat WHERE seat.id = post.id) AS elected
                FROM post JOIN unit ON unit.id = post.unit
                WHERE post.id = :post FOR UPDATE OF post
            """),
            {"post": command.post},
        )
    ).one_or_none()
    if row is None:
        raise RuleBroken("unknown-post", f"there is no post {command.post}", field="post")
    command.for_whom.must_include(actor, at=row.path)
    if row.elected:
        raise RuleBroken(
            "post-of-a-seat",
            "this post comes with a seat in a union body; end that seat",
            field="post",
        )
    on = command.on or today()
    if row.until is not None and row.until <= on:
        raise RuleBroken("already-ended", f"this post ended on {row.until}", field="post")
    if on < row.since:
        raise RuleBroken("before-it-began", f"this post began on {row.since}", field="on")
    # Ended on its first day it was never held, and a period without days is no row.
    held = "UPDATE post SET during = daterange(lower(during), :on) WHERE id = :post"
    taken_back = "DELETE FROM post WHERE id = :post AND lower(during) = :on"
    await session.execute(
        text(taken_back if on == row.since else held), {"post": command.post, "on": on}
    )
    state(session, PostEnded(post=command.post, on=on))
    return Accepted(id=command.post)


def must_be_days(since: date, until: date | None) -> None:
    """A post is held for at least a day. Raises `RuleBroken` (409)."""
    if until is not None and until <= since:
        raise RuleBroken("no-days", f"until must be after {since}", field="until")


# ---------------------------------------------------------------------------------- queries

# The tree is that of the day: the one asked for, else today.
HOLDERS = """
    WITH below AS MATERIALIZED (
        SELECT unit.id, unit.code, placed.name, placed.path
        FROM unit_placement AS here JOIN unit_placement AS placed
            ON placed.path = here.path OR starts_with(placed.path, here.path || '/')
        JOIN unit ON unit.id = placed.unit
        WHERE here.unit = :unit AND here.during @> CAST(:day AS date)
            AND placed.during @> CAST(:day AS date)
            AND EXISTS (SELECT FROM unnest(CAST(:reach AS text[])) AS above (path)
                WHERE unit.path = above.path OR starts_with(unit.path, above.path || '/'))
    )
    SELECT held.id AS post, person.employee, person.name, held.role, below.code AS unit,
        below.name AS unit_name, below.path, lower(held.during) AS since,
        upper(held.during) AS until, term.body
    FROM below
    CROSS JOIN LATERAL (
        SELECT * FROM post
        WHERE post.unit = below.id
            AND post.during && daterange(CAST(:day AS date), CAST(:last AS date), '[]') OFFSET 0
    ) AS held
    JOIN person AS appointed ON appointed.id = held.person
    JOIN person ON person.id = coalesce(appointed.same_as, appointed.id)
    LEFT JOIN seat ON seat.id = held.id LEFT JOIN term ON term.id = seat.term
    WHERE (CAST(:role AS text) IS NULL OR held.role = :role)
        AND (CAST(:post AS uuid) IS NULL OR held.id = :post)
        AND (CAST(:after AS text) IS NULL
            OR (below.path, held.role, CAST(held.id AS text)) > (:after, :after_role, :after_post))
    ORDER BY below.path, held.role, CAST(held.id AS text) LIMIT :limit
"""
HOLDERS_KNOWN = as_known(HOLDERS)


@asked(Posts)
async def posts(query: Posts, actor: Actor, session: ReadSession) -> PostsOf:
    """Those that are not over: held today, or from a later day on. Or those held on the day asked
    for, of units within the reach of who asks as they stand today."""
    unit = await unit_asked_about(query.unit, query, actor, session)
    known = moment(query.known)
    after, after_role, after_post = place_in(query.cursor, 3)
    given = (
        query.model_dump(include={"role", "post"})
        | {
            "unit": unit.id,
            "reach": query.for_whom.held(actor),
            "day": query.on or today(),
            "last": query.on,
            "limit": query.limit + 1,
        }
        | ({"known": known} if known else {})
    )
    place = {"after": after, "after_role": after_role, "after_post": after_post}
    statement = HOLDERS_KNOWN if known else HOLDERS
    found = (await session.execute(text(statement), given | place)).all()
    held = found[: query.limit]
    last = held[-1] if len(found) > query.limit else None
    return PostsOf(
        on=query.on,
        known=known,
        items=[PostHolder.model_validate(row, from_attributes=True) for row in held],
        cursor=cursor_after(last.path, last.role, str(last.post)) if last else None,
    )
