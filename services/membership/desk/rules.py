"""What a ruling must be, of a person's days or of a unit alike."""

from collections.abc import Container

from services.membership.desk.choices import Case
from services.membership.desk.unit_choices import TreeCase
from services.membership.timeline.rulings import Ruling, fingerprint
from shared.contracts.membership import SettleUnfit, SettleUnit
from shared.rights import RuleBroken


def must_be_whole(command: SettleUnfit | SettleUnit, *, corrects: tuple[str, ...]) -> None:
    """Each kind needs something of its own, and nothing else; `corrects` are the fields of
    `corrected`. Raises `RuleBroken` (409)."""
    given = [name for name in corrects if getattr(command, name) is not None]
    if command.ruling == "counts" and command.over is None:
        raise RuleBroken("over-missing", "say which event is set aside", field="over")
    if command.ruling != "counts" and command.over is not None:
        raise RuleBroken("not-of-this-ruling", "`over` is for `counts`", field="over")
    if command.ruling == "corrected" and not given:
        raise RuleBroken("correction-missing", "say the day or the unit meant", field="on")
    if command.ruling != "corrected" and given:
        detail = f"`{given[0]}` is for `corrected`"
        raise RuleBroken("not-of-this-ruling", detail, field=given[0])


def must_settle(
    ruling: Ruling, case: Case | TreeCase, units: Container[str], *, unit_in: str
) -> None:
    """The desk settles contradictions and nothing else; roll and tree are HR's. `unit_in` is the
    field that names the right unit, one of `units`. Raises `RuleBroken` (409)."""
    said = {fingerprint(event) for event in case.events}
    for field in ("event", "over"):
        name = getattr(ruling, field)
        if name is not None and name not in said:
            raise RuleBroken("unknown-event", "HR has sent no such event", field=field)
    if not case.now.unfit:
        raise RuleBroken("nothing-to-settle", "nothing contradicts itself here any more")
    if ruling.unit is not None and ruling.unit not in units:
        detail = f"there is no unit with the code {ruling.unit}"
        raise RuleBroken("unknown-unit", detail, field=unit_in)
    if not case.settles(ruling):
        raise RuleBroken(
            "settles-nothing", "as many events would contradict the others as before", field="event"
        )
