"""How many contradictions wait: within a reach, for who settles them; by reason, for those who look
after the site: a feed of HR that is broken shows here before anybody opens the desk."""

from collections.abc import Mapping

from sqlalchemy import text

from services.membership.desk.listing import COUNT
from services.membership.desk.pair_listing import how_many
from shared.calendar import today
from shared.contracts.membership import DeskCounts, DeskCountsOf, NumberPairs
from shared.database import ReadSession
from shared.for_whom import COMPANY
from shared.handling import asked
from shared.metrics import Count
from shared.rights import Actor

_DRIFT = text("""
    SELECT count(DISTINCT drift.id) FROM unnest(CAST(:reach AS text[])) AS above (path) JOIN drift
        ON drift.path = above.path OR starts_with(drift.path, above.path || '/')
    WHERE drift.counts AND drift.reason IS NULL
""")


@asked(DeskCounts)
async def desk_counts(query: DeskCounts, actor: Actor, session: ReadSession) -> DeskCountsOf:
    """By the same rules as the lists, without anybody in them."""
    reach = query.for_whom.reach(actor)
    there = {"reach": reach, "path": COMPANY, "employee": None, "today": today()}
    found = await session.execute(text(COUNT), there)
    lines = await session.scalar(_DRIFT, {"reach": reach})
    return DeskCountsOf(
        unfit=sum(row.events for row in found),
        drift=lines or 0,
        pairs=await how_many(NumberPairs.for_whom.held(actor), COMPANY, session),
    )


_BY_REASON = text("SELECT reason, count(*) AS events FROM unfit GROUP BY reason")


async def by_reason(session: ReadSession) -> Mapping[tuple[str, ...], int]:
    return {(row.reason,): row.events for row in await session.execute(_BY_REASON)}


OPEN = Count(
    "tongxin_unfit_events",
    "Events of HR that contradict the others and wait at the desk.",
    ("reason",),
    by_reason,
)
