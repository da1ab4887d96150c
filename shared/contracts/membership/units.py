"""Units, as they stand in the tree."""

from uuid import UUID

from shared.contracts.membership.shapes import UnitKind
from shared.messages import Fact


class UnitPlaced(Fact):
    """A unit, where it stands in the tree and what it is called. `path` are the codes from the
    root, `company/nanjing/d004`; `plant` is the path of the plant that it belongs to."""

    about = "unit"
    unit: UUID
    code: str
    name: str
    kind: UnitKind
    parent: UUID | None
    path: str
    plant: str
