"""How many contradictions wait, by reason, for those who look after the site: a feed of HR that is
broken shows here before anybody opens the desk."""

from collections.abc import Mapping

from sqlalchemy import text

from shared.database import ReadSession
from shared.metrics import Count

_BY_REASON = text("SELECT reason, count(*) AS events FROM unfit GROUP BY reason")


async def by_reason(session: ReadSession) -> Mapping[tuple[str, ...], int]:
    return {(row.reason,): row.events for row in await session.execute(_BY_REASON)}


OPEN = Count(
    "tongxin_unfit_events",
    "Events of HR that contradict the others and wait at the desk.",
    ("reason",),
    by_reason,
)
