"""培训需求: proposals that ask for training, for the next plan to answer."""

from sqlalchemy import text

from shared.contracts.democracy import Category, ProposalSubmitted
from shared.contracts.training import Demand, Demands, DemandsOf
from shared.database import ReadSession, Session
from shared.handling import asked
from shared.messages import uuid7
from shared.rights import Actor


def asks_for_training(fact: ProposalSubmitted) -> bool:
    """Anything else is nobody's demand here."""
    return fact.category is Category.TRAINING


async def note(fact: ProposalSubmitted, session: Session) -> None:
    await session.execute(
        text("""
            INSERT INTO demand (id, proposal, unit, title, submitted_on)
            VALUES (:id, :proposal, :unit, :title, :submitted_on)
        """),
        {"id": uuid7()} | fact.model_dump(include={"proposal", "unit", "title", "submitted_on"}),
    )


@asked(Demands)
async def demands(query: Demands, actor: Actor, session: ReadSession) -> DemandsOf:
    """What was asked for within the reach of who asks."""
    reach = query.for_whom.reach(actor)
    rows = await session.execute(
        text("""
            SELECT demand.id, proposal, unit.code AS unit, title, submitted_on
            FROM demand JOIN unit ON unit.id = demand.unit
            WHERE EXISTS (SELECT FROM unnest(CAST(:reach AS text[])) AS above (path)
                          WHERE unit.path = above.path OR starts_with(unit.path, above.path || '/'))
            ORDER BY proposal DESC LIMIT :limit
        """),
        {"reach": reach, "limit": query.limit},
    )
    return DemandsOf(demands=[Demand.model_validate(row, from_attributes=True) for row in rows])
