"""What HR's events amount to: a person's days, and the tree of units. Pure functions, no I/O.

Both are computed whole from all events heard so far, so that the order in which events arrive and
how often they do cannot matter. `rulings` are what officers decided about events that do not fit.
"""

from services.membership.timeline.days import Absence, Leave, Spell, Stay, Timeline
from services.membership.timeline.growth import End, Placement
from services.membership.timeline.person import timeline
from services.membership.timeline.tree import Unit, units
from services.membership.timeline.unfit import Unfit

__all__ = [
    "Absence",
    "End",
    "Leave",
    "Placement",
    "Spell",
    "Stay",
    "Timeline",
    "Unfit",
    "Unit",
    "timeline",
    "units",
]
