"""What training holds of a person, told to them."""

from services.training.inventory import INVENTORY
from shared import roll
from shared.contracts.own_data import OwnDataOf
from shared.contracts.training import OwnData
from shared.database import Session
from shared.handling import asked
from shared.personal import own_data as held
from shared.rights import Actor


@asked(OwnData)
async def own_data(query: OwnData, actor: Actor, session: Session) -> OwnDataOf:
    """Every row of it, as it is."""
    people = await roll.ids_of(await roll.whose(query, actor, session), session)
    return await held(
        INVENTORY,
        session,
        oneself=actor.person in people,
        people=people,
        employee=query.employee,
    )
