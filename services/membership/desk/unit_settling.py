"""Settling what HR said of a unit: an officer decides, and the tree follows."""

from datetime import UTC, datetime

from services.membership import units
from services.membership.desk.rules import must_be_whole, must_settle
from services.membership.desk.settling import decide_of_unit
from services.membership.desk.unit_cases import tree_case
from services.membership.timeline.rulings import Ruling
from shared.contracts.membership import SettleUnit
from shared.database import Session
from shared.handling import asked
from shared.messages import Accepted, uuid7
from shared.rights import Actor


@asked(SettleUnit)
async def settle_unit(command: SettleUnit, actor: Actor, session: Session) -> Accepted:
    """From here on the tree is computed with the ruling, and with it the days of all concerned."""
    command.for_whom.must_include(actor)
    await units.lock(session)
    must_be_whole(command, corrects=("on", "other"))
    case = await tree_case(session)
    ruling = Ruling(
        id=uuid7(),
        decided_at=datetime.now(UTC),
        kind=command.ruling,
        event=command.event,
        over=command.over,
        on=command.on,
        unit=command.other,
    )
    must_settle(ruling, case, case.now.tree, unit_in="other")
    return await decide_of_unit(ruling, command.unit, command.reason, actor, session)
