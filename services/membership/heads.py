"""How many people were placed in each unit on a day."""

from sqlalchemy import text

from services.membership.as_known import as_known, moment
from shared.contracts.membership import Heads, HeadsOf
from shared.database import ReadSession
from shared.handling import asked
from shared.rights import Actor

# Unit by unit, so that it is the index that counts, in a company of any size.
HEADS = """
    WITH reached AS MATERIALIZED (
        SELECT id, code FROM unit
        WHERE EXISTS (SELECT FROM unnest(CAST(:reach AS text[])) AS above (path)
            WHERE unit.path = above.path OR starts_with(unit.path, above.path || '/'))
    )
    SELECT code, heads FROM reached CROSS JOIN LATERAL (
        SELECT count(*) AS heads FROM stay
        WHERE stay.unit = reached.id AND stay.during @> CAST(:on AS date) OFFSET 0
    ) AS counted WHERE heads > 0 ORDER BY code
"""
HEADS_KNOWN = as_known(HEADS)


@asked(Heads)
async def heads(query: Heads, actor: Actor, session: ReadSession) -> HeadsOf:
    """Placed in each unit itself, within the reach of who asks."""
    reach, known = query.for_whom.reach(actor), moment(query.known)
    given = {"on": query.on, "reach": reach} | ({"known": known} if known else {})
    rows = await session.execute(text(HEADS_KNOWN if known else HEADS), given)
    by_unit = {row.code: row.heads for row in rows}
    return HeadsOf(on=query.on, known=known, total=sum(by_unit.values()), by_unit=by_unit)
