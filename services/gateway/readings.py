"""Who has read what is held of a person, as that person may see it, from the audit log.

Not shown are readings by oneself, and that an auditor looked at the audit log: that is an
examination of who did what, and must not be told to whom it is about.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter

from services.gateway.audit_log import BEGAN
from services.gateway.problems import Problem
from services.gateway.site import Site
from services.gateway.views.asked import ViewAsked
from services.gateway.views.paging import LIMIT, NOT_OURS
from services.gateway.views.people import EITHER
from services.gateway.views.rows import rows
from services.gateway.views.whose import NUMBERS
from shared.calendar import SHANGHAI
from shared.contracts.membership import PostsOverMe, PostsOverMeOf
from shared.for_whom import A_PERSON
from shared.rights import Actor, Role

LISTS = (
    "membership.roll",
    "membership.placed-on",
    "membership.drift",
    "membership.dues-faults",
    "membership.payroll-check",
    "membership.lapses",
    "membership.rulings",
    "membership.number-pairs",
    "membership.two-people-rulings",
    "membership.erasures",
    "membership.unfit",
    "views.visits",
)
"""Readings of a whole unit, on record by the unit's code: who is in it was among many."""


class ReadingsAsked(ViewAsked):
    """Who has read what is held of oneself, newest first. `lists`: instead the lists of whole
    units that were read while one stood in them."""

    zh = "查看谁读过本人的信息"
    for_whom = A_PERSON

    lists: bool = False
    limit: LIMIT = 50
    cursor: Annotated[str, Field(pattern=r"^[0-9]{1,17}-[0-9]{1,18}$")] | None = None


class ReadingSeen(BaseModel):
    """`subject`: what was read, the name of a query or view. `unit`: of which a list was read, by
    its code. `roles`: the posts of the reader on that day and what the account is for; `name` for
    those who hold or held a post over oneself."""

    id: int
    at: datetime
    subject: str
    unit: str | None
    roles: list[Role]
    name: str | None = None


class ReadingsSeen(BaseModel):
    """`cursor` asks for what follows; null at the end."""

    items: list[ReadingSeen]
    cursor: str | None


# One's numbers on the days on which they were one's own (an entry holds ids, beside which the names
# stand: decision 0057), oneself and the visits to oneself; or the units above where one stood, each
# for the days until one moved on. Of each the newest few are looked up by the index on `about`.
_MINE = f"""
    SELECT audit_name.id AS about, CAST(NULL AS text) AS unit,
        coalesce(CAST(mine.since AS timestamp) AT TIME ZONE :zone, '-infinity') AS since,
        coalesce(CAST(mine.until AS timestamp) AT TIME ZONE :zone, 'infinity') AS until
    FROM ({NUMBERS}) AS mine JOIN audit_name ON audit_name.name = mine.number
    UNION ALL
    SELECT unnest({EITHER}), NULL, '-infinity', 'infinity'
    UNION ALL
    SELECT id, NULL, '-infinity', 'infinity' FROM visit WHERE person = ANY({EITHER})
"""  # noqa: S608 - all of it is ours
_UNITS = """
    SELECT audit_name.id AS about, above.code AS unit,
        CAST(lower(stood.during) AS timestamp) AT TIME ZONE :zone AS since,
        coalesce(CAST(stood.until AS timestamp) AT TIME ZONE :zone, 'infinity') AS until
    FROM (
        SELECT stay.unit, during,
            lead(lower(during)) OVER (ORDER BY lower(during)) AS until
        FROM stay WHERE stay.person = :person
    ) AS stood JOIN unit ON unit.id = stood.unit
    CROSS JOIN LATERAL unnest(string_to_array(unit.path, '/')) AS above (code)
    JOIN audit_name ON audit_name.name = above.code
"""
_READ = """
    WITH looked_for AS ({looked_for}), read AS (
        SELECT one.*, looked_for.unit FROM looked_for CROSS JOIN LATERAL (
            SELECT entry.id, entry.at, entry.subject, entry.person, entry.account
            FROM audit_entry AS entry
            WHERE entry.about = looked_for.about AND entry.what = 'read'
                AND {subject}
                AND entry.at >= looked_for.since AND entry.at < looked_for.until
                AND (entry.person = ANY({either})) IS NOT TRUE
                AND (entry.at, entry.id) < (:reached_at, :reached)
            ORDER BY entry.at DESC, entry.id DESC LIMIT :limit
        ) AS one
        ORDER BY one.at DESC, one.id DESC LIMIT :limit
    )
    SELECT read.id, read.at, read.subject, read.unit, read.person,
        array(SELECT role FROM post WHERE post.person = read.person
            AND post.during @> CAST(read.at AT TIME ZONE :zone AS date)
            UNION SELECT unnest(account.roles) FROM account
            JOIN audit_name ON audit_name.name = account.name
            WHERE audit_name.id = read.account ORDER BY 1) AS roles
    FROM read ORDER BY read.at DESC, read.id DESC
"""
OWN = _READ.format(
    looked_for=_MINE,
    either=EITHER,
    subject="entry.subject <> ALL(:lists) AND NOT starts_with(entry.subject, '/audit')",
)
LISTED = _READ.format(looked_for=_UNITS, either=EITHER, subject="entry.subject = ANY(:lists)")
SEEN = TypeAdapter(list[ReadingSeen])


def given_for(asked: ReadingsAsked, actor: Actor) -> dict[str, Any]:
    """Raises `Problem` (404) for a cursor that is none of ours."""
    reached_at, reached = BEGAN + timedelta(days=100_000), 10**18
    if asked.cursor:
        micros, _, id = asked.cursor.partition("-")
        try:
            reached_at, reached = BEGAN + timedelta(microseconds=int(micros)), int(id)
        except OverflowError:
            raise Problem(404, "unknown-cursor", NOT_OURS, field="cursor") from None
    return {
        "person": actor.must_be_someone(),
        "zone": SHANGHAI.key,
        "lists": list(LISTS),
        "reached_at": reached_at,
        "reached": reached,
        "limit": asked.limit + 1,
    }


async def readings(asked: ReadingsAsked, actor: Actor, site: Site) -> ReadingsSeen:
    """One statement, and the names of those who hold posts over the person, asked of membership;
    without them while it is away."""
    asked.for_whom.must_include(actor)
    async with site.readers.one() as reader:
        found = await rows(reader, LISTED if asked.lists else OWN, given_for(asked, actor))
    shown = found[: asked.limit]
    named = await _named(actor, site) if any(row["person"] for row in shown) else {}
    items = SEEN.validate_python([{**dict(row), "name": named.get(row["person"])} for row in shown])
    last = items[-1] if len(found) > asked.limit else None
    micros = last and (last.at - BEGAN) // timedelta(microseconds=1)
    return ReadingsSeen(items=items, cursor=f"{micros}-{last.id}" if last else None)


async def _named(actor: Actor, site: Site) -> dict[Any, str | None]:
    """Person → name."""
    try:
        told = await site.asking.query(PostsOverMe(), actor)
    except Problem as problem:
        if problem.status != 503:
            raise
        return {}
    return {one.person: one.name for one in PostsOverMeOf.model_validate(told).items}
