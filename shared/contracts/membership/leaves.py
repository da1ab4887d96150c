"""When people are away."""

from datetime import date
from typing import Literal
from uuid import UUID

from shared.contracts.membership.shapes import Spell
from shared.messages import Fact

CareKind = Literal["sick", "work-injury", "maternity", "bereavement"]
"""The leaves in which the union cares for a person. Any other is told to nobody."""


class AbsenceChanged(Fact):
    """When a person is away, whole, as far as it is known now. Nothing says why."""

    about = "person"
    person: UUID
    absences: list[Spell]


class LeaveStarted(Fact):
    """A leave that calls for care. Stated on the road that welfare alone may read, and again when
    its end becomes known or moves."""

    about = "leave"
    road = "care.{site}.{fact}"
    leave: UUID
    person: UUID
    kind: CareKind
    since: date
    until: date | None


class LeaveWithdrawn(Fact):
    """HR has corrected itself: there was no such leave."""

    about = "leave"
    road = "care.{site}.{fact}"
    leave: UUID
    person: UUID
