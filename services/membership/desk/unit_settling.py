"""Settling what HR said of a unit: an officer decides, and the tree follows."""

from datetime import UTC, datetime

from services.membership import units
from services.membership.desk.settling import decide_of_unit
from services.membership.desk.unit_cases import tree_case
from services.membership.desk.unit_choices import TreeCase
from services.membership.timeline.rulings import Ruling, fingerprint
from shared.contracts.membership import SettleUnit
from shared.database import Session
from shared.handling import asked
from shared.messages import Accepted, uuid7
from shared.rights import Actor, RuleBroken


@asked(SettleUnit)
async def settle_unit(command: SettleUnit, actor: Actor, session: Session) -> Accepted:
    """From here on the tree is computed with the ruling, and with it the days of all concerned."""
    command.for_whom.must_include(actor)
    await units.lock(session)
    must_be_whole(command)
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
    must_settle(ruling, case)
    return await decide_of_unit(ruling, command.unit, command.reason, actor, session)


# ---------------------------------------------------------------------------------- rules


def must_be_whole(command: SettleUnit) -> None:
    """Each kind needs something of its own, and nothing else. Raises `RuleBroken` (409)."""
    given = [name for name in ("on", "other") if getattr(command, name) is not None]
    if command.ruling == "counts" and command.over is None:
        raise RuleBroken("over-missing", "say which event is set aside", field="over")
    if command.ruling != "counts" and command.over is not None:
        raise RuleBroken("not-of-this-ruling", "`over` is for `counts`", field="over")
    if command.ruling == "corrected" and not given:
        raise RuleBroken("correction-missing", "say the day or the unit meant", field="on")
    if command.ruling != "corrected" and given:
        detail = f"`{given[0]}` is for `corrected`"
        raise RuleBroken("not-of-this-ruling", detail, field=given[0])


def must_settle(ruling: Ruling, case: TreeCase) -> None:
    """Contradictions are settled and nothing else; the tree is HR's. Raises `RuleBroken` (409)."""
    said = {fingerprint(event) for event in case.events}
    for field in ("event", "over"):
        name = getattr(ruling, field)
        if name is not None and name not in said:
            raise RuleBroken("unknown-event", "HR has sent no such event", field=field)
    if not case.now.unfit:
        raise RuleBroken("nothing-to-settle", "nothing contradicts itself here any more")
    if ruling.unit is not None and ruling.unit not in case.now.tree:
        detail = f"there is no unit with the code {ruling.unit}"
        raise RuleBroken("unknown-unit", detail, field="other")
    if not case.settles(ruling):
        raise RuleBroken(
            "settles-nothing", "as many events would contradict the others as before", field="event"
        )
