"""What membership holds of a person, told to them."""

from services.membership.inventory import INVENTORY
from services.membership.on_paper import must_look_after
from shared.contracts.membership import OwnData
from shared.contracts.own_data import OwnDataOf
from shared.database import Session
from shared.handling import asked
from shared.personal import own_data as held
from shared.rights import Actor


@asked(OwnData)
async def own_data(query: OwnData, actor: Actor, session: Session) -> OwnDataOf:
    """Every row of it, as it is."""
    whose = await must_look_after(query.employee, query.for_whom, actor, session, status=404)
    return await held(
        INVENTORY,
        session,
        oneself=actor.person == whose,
        person=whose,
        employee=query.employee,
    )
