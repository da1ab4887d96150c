"""One line of the drift as HR's version: the same comparing and the same events as when the whole
list is taken in, so that a line that was applied and the list after it say nothing twice."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from services.gateway.ask import Asking
from services.gateway.snapshot.comparing import SAME, Difference, compared, missing
from services.gateway.snapshot.events import events
from services.gateway.snapshot.listed import Listed
from shared.contracts.hr import HrEvent
from shared.contracts.hr_units import ROOT
from shared.contracts.membership import DriftCaseOf, PlacedOn, PlacedOnOf, Placement
from shared.rights import Actor


@dataclass(frozen=True)
class Applying:
    """What applying a line would do; `have` is what the roll has on the list's day."""

    difference: Difference
    have: Placement | None


def weighed(line: DriftCaseOf, have: Placement | None, units: Collection[str]) -> Difference:
    """What becomes of the line, as the roll is now. `units` are the codes that exist."""
    if line.kind == "unknown-to-hr":
        if have is None or have.employed_since is None:
            return SAME
        if line.list_of != ROOT and have.unit is None:
            return SAME
        return missing(have, line.on, whole=line.list_of == ROOT)
    if not line.name:
        why = "contradicts-itself" if line.kind == "duplicate" else "line-without-name"
        return Difference("refused", (), line.kind, why)
    says = Listed(
        line.employee,
        line.name,
        line.hr_unit,
        line.post,
        line.employed_since,
        line.unit_since,
        None,
        line.left_on,
        line.retired,
    )
    return compared(says, have, line.on, units)


async def looked_at(
    line: DriftCaseOf, asking: Asking, actor: Actor, units: Collection[str]
) -> Applying:
    """Asks the roll of the list's day. Raises `Problem` (403, 503)."""
    asked = PlacedOn(on=line.on, employees=line.employee, limit=1)
    told = PlacedOnOf.model_validate(await asking.query(asked, actor))
    have = told.items[0] if told.items else None
    return Applying(weighed(line, have, units), have)


async def applied(
    line: DriftCaseOf,
    difference: Difference,
    publish: Callable[[Sequence[HrEvent]], Awaitable[None]],
) -> None:
    """Says it as events of HR, once however often; returns when every service has heard."""
    if said := events(difference.events, line.on):
        await publish(said)
