"""What membership holds of a person, told to them."""

from services.membership.histories import events_about
from services.membership.inventory import INVENTORY
from services.membership.on_paper import must_look_after
from services.membership.timeline.rulings import fingerprint
from services.membership.whose import Human, human
from shared.contracts.membership import OwnData
from shared.contracts.own_data import OwnDataOf
from shared.database import Session
from shared.handling import asked
from shared.personal import own_data as held
from shared.rights import Actor


@asked(OwnData)
async def own_data(query: OwnData, actor: Actor, session: Session) -> OwnDataOf:
    """Every row of it, as it is: under all their ids and numbers, and of a number that is another's
    too what is of their days."""
    whose = await must_look_after(query.employee, query.for_whom, actor, session, status=404)
    found = await human(whose, session)
    assert found, "they have a number"
    return await held(
        INVENTORY,
        session,
        oneself=actor.person in found.ids,
        employee=query.employee,
        events=await _events_of(found, session),
        **found.as_parameters(),
    )


async def _events_of(found: Human, session: Session) -> list[str]:
    """What HR said of their days under numbers that are another's too, as rulings name it."""
    told = await events_about({one.number for one in found.shared}, session)
    return [
        fingerprint(event)
        for one in found.shared
        for event in told.get(one.number, ())
        if one.holds(event.data.on)  # type: ignore[arg-type]
    ]
