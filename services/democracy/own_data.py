"""What democracy holds of a person, told to them."""

from services.democracy.hidden import hidden_proposals
from services.democracy.inventory import INVENTORY
from shared import roll
from shared.contracts.democracy import OwnData
from shared.contracts.own_data import OwnDataOf
from shared.database import Session
from shared.handling import asked
from shared.personal import own_data as held
from shared.rights import Actor


@asked(OwnData)
async def own_data(query: OwnData, actor: Actor, session: Session) -> OwnDataOf:
    """Every row of it, as it is. What was proposed under a hidden name is told to its author and
    to nobody who acts for them."""
    people = await roll.ids_of(await roll.whose(query, actor, session), session)
    oneself = actor.person in people
    return await held(
        INVENTORY,
        session,
        oneself=oneself,
        people=people,
        employee=query.employee,
        hidden=await hidden_proposals(people, session) if oneself else [],
    )
