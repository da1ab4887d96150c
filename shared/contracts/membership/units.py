"""Units, as they stand in the tree."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel

from shared.contracts.membership.provinces import InProvince
from shared.contracts.membership.shapes import UnitKind
from shared.messages import Fact


class UnitStood(BaseModel):
    """Where a unit stood and what it was called, up to and not including a day."""

    name: str
    path: str
    until: date


class UnitPlaced(Fact):
    """A unit, where it stands in the tree today and what it is called. `path` are the codes from
    the root, `company/nanjing/d004`; `plant` is the path of the plant that it belongs to. From
    `ended_on`, a past day or a day to come, nobody is in it; a merged unit stands below the one
    that it went into, so that what began in it has a place. `earlier` is where it stood before, in
    order, the first from ever; today's place follows on the last. `provinces` is where it was said
    to lie itself, in order; on days of which nothing was said it lies where the nearest unit above
    it does."""

    about = "unit"
    unit: UUID
    code: str
    name: str
    kind: UnitKind
    parent: UUID | None
    path: str
    plant: str
    ended_on: date | None = None
    earlier: tuple[UnitStood, ...] = ()
    provinces: tuple[InProvince, ...] = ()
