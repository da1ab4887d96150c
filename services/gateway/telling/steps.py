"""What is new for a person: the steps of their own matters, and of those that they follow, since
they last looked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from pydantic import BaseModel, TypeAdapter

from services.gateway.views.rows import Reader, rows
from shared.calendar import today
from shared.database import Session, sql
from shared.rights import Actor

Kind = Literal[
    "supported",
    "overdue",
    "adopted",
    "declined",
    "enrolled",
    "passed",
    "failed",
    "opened",
    "transferred",
    "notice",
    "notice-closed",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
MOST = 50
"""Of the newest; who was away for longer finds the rest in the lists."""


class Step(BaseModel):
    """The last step of its kind that a proposal, a course or one's membership took; a `notice` of
    the union is about one's membership and has no title. `count`: how
    many stand behind the proposal. `mine` is false for a proposal that is followed. Of a
    membership `id` and `title` are those of the plant that it went to."""

    kind: Kind
    id: UUID
    title: str
    count: int
    mine: bool
    at: datetime


# `asked` says whose: a person by all their ids and a place in the tree (none, and null, of a
# system), the followers that stand for them, and the time.
# A name that is hidden is in no row, so such a proposal is nobody's here unless it is followed.
STEPS = """
    SELECT matter.id, matter.title, matter.mine, step.kind, step.at, matter.supports AS count
    FROM (
        SELECT proposal.*, true AS mine, asked.since AS since
        FROM proposal WHERE proposal.author = ANY(asked.persons)
        UNION ALL
        SELECT proposal.*, false, greatest(asked.since, follow.known_until)
        FROM (
            SELECT proposal, max(known_until) AS known_until FROM follow
            WHERE follower = ANY(asked.followers) GROUP BY proposal
        ) AS follow JOIN proposal ON proposal.id = follow.proposal
        WHERE (proposal.author = ANY(asked.persons)) IS NOT TRUE
    ) AS matter CROSS JOIN LATERAL (VALUES
        (CASE matter.state WHEN 'open' THEN 'supported' END, matter.supported_at),
        (CASE matter.state WHEN 'open' THEN 'overdue' END, matter.overdue_at),
        (matter.state, matter.answered_at)
    ) AS step (kind, at)
    WHERE step.kind IS NOT NULL AND step.at > matter.since AND step.at <= asked.until
    UNION ALL
    SELECT course.id, course.title, true, step.kind, step.at, 1
    FROM enrolment JOIN course ON course.id = enrolment.course CROSS JOIN LATERAL (VALUES
        (CASE WHEN enrolment.result IS NULL THEN 'enrolled' END, enrolment.enrolled_at),
        (enrolment.result, enrolment.completed_at)
    ) AS step (kind, at)
    WHERE enrolment.person = ANY(asked.persons)
        AND step.kind IS NOT NULL AND step.at > asked.since AND step.at <= asked.until
    UNION ALL
    SELECT course.id, course.title, true, 'opened', course.opened_at, 1
    FROM course JOIN unit ON unit.id = course.unit
    WHERE course.opened_at > asked.since AND course.opened_at <= asked.until
        AND course.starts_on >= :today AND course.enrolled < course.seats
        AND (asked.path = unit.path OR starts_with(asked.path, unit.path || '/'))
        AND NOT EXISTS (SELECT FROM enrolment
                        WHERE enrolment.course = course.id
                            AND enrolment.person = ANY(asked.persons))
    UNION ALL
    SELECT unit.id, unit.name, true, 'transferred', transfer.moved_at, 1
    FROM transfer JOIN unit ON unit.id = transfer.to_plant
    WHERE transfer.person = ANY(asked.persons)
        AND transfer.moved_at > asked.since AND transfer.moved_at <= asked.until
    UNION ALL
    SELECT notice.notice, '', true, CASE WHEN closed THEN 'notice-closed' ELSE 'notice' END,
        notice.told_at, 1
    FROM notice
    WHERE notice.person = ANY(asked.persons)
        AND notice.told_at > asked.since AND notice.told_at <= asked.until
"""
_NEWS = f"""
    WITH asked AS (
        SELECT CAST(:persons AS uuid[]) AS persons, CAST(:followers AS bytea[]) AS followers,
            CAST(:path AS text) AS path, CAST('infinity' AS timestamptz) AS until,
            coalesce(seen_until, made_at) AS since
        FROM account LEFT JOIN news_seen ON news_seen.account = account.name
        WHERE account.name = :account
    )
    SELECT step.* FROM asked CROSS JOIN LATERAL ({STEPS}) AS step
    ORDER BY step.at DESC, step.kind, step.id LIMIT :limit
"""  # noqa: S608 - all of it is ours
_SEEN = sql("""
    INSERT INTO news_seen (account, seen_until)
    VALUES (:account, least(CAST(:until AS timestamptz), now()))
    ON CONFLICT (account)
        DO UPDATE SET seen_until = greatest(news_seen.seen_until, excluded.seen_until)
""")
SEEN = TypeAdapter(list[Step])


async def news(
    actor: Actor, followers: Sequence[bytes], path: str | None, reader: Reader, *, limit: int = MOST
) -> list[Step]:
    """One statement; newest first. `path`: that of the unit where the person is today."""
    found = await rows(
        reader,
        _NEWS,
        {
            "account": actor.account,
            "persons": actor.ids,
            "followers": list(followers),
            "path": path,
            "today": today(),
            "limit": limit,
        },
    )
    return SEEN.validate_python([dict(row) for row in found])


async def have_seen(account: str, until: datetime, session: Session) -> None:
    """Moves the one mark of the account, and never back."""
    await session.execute(_SEEN, {"account": account, "until": until})
