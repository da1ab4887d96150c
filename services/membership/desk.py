"""The desk: HR events that do not fit the others, for a person to settle. Nothing is dropped."""

from sqlalchemy import text

from shared.contracts.membership import Unfit, UnfitEvent, UnfitEvents
from shared.database import ReadSession
from shared.handling import asked
from shared.rights import Actor


@asked(Unfit)
async def unfit(query: Unfit, actor: Actor, session: ReadSession) -> UnfitEvents:
    """What does not fit, newest first."""
    query.for_whom.must_include(actor)
    rows = await session.execute(
        text("""
            SELECT DISTINCT ON (unfit.found_at, unfit.source, unfit.id, unfit.reason)
                unfit.source, unfit.id, hr_event.type, unfit.about, unfit.reason, unfit.detail,
                hr_event.heard_at
            FROM unfit JOIN hr_event USING (source, id)
            ORDER BY unfit.found_at DESC, unfit.source, unfit.id, unfit.reason LIMIT :limit
        """),
        {"limit": query.limit},
    )
    total = await session.scalar(text("SELECT count(*) FROM unfit"))
    return UnfitEvents(
        total=total or 0,
        events=[UnfitEvent.model_validate(row, from_attributes=True) for row in rows],
    )
