"""Units, as they stand in the tree."""

from datetime import date
from uuid import UUID

from shared.contracts.membership.shapes import UnitKind
from shared.messages import Fact


class UnitPlaced(Fact):
    """A unit, where it stands in the tree today and what it is called. `path` are the codes from
    the root, `company/nanjing/d004`; `plant` is the path of the plant that it belongs to. From
    `ended_on` nobody is in it; a merged unit stands below the one that it went into, so that what
    began in it has a place."""

    about = "unit"
    unit: UUID
    code: str
    name: str
    kind: UnitKind
    parent: UUID | None
    path: str
    plant: str
    ended_on: date | None = None
