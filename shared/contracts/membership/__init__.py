"""What membership is asked and what it states, a file a subject."""

from shared.contracts.membership.desk import Unfit, UnfitEvent, UnfitEvents
from shared.contracts.membership.leaves import (
    AbsenceChanged,
    CareKind,
    LeaveStarted,
    LeaveWithdrawn,
)
from shared.contracts.membership.members import JoinUnion, LeaveUnion, MemberJoined, MemberLeft
from shared.contracts.membership.people import PersonPlaced, Profile, ProfileOf
from shared.contracts.membership.posts import (
    AppointPost,
    EndPost,
    MayAppoint,
    MayAppointOf,
    PostAppointed,
    PostEnded,
    PostHolder,
    Posts,
    PostsOf,
)
from shared.contracts.membership.roll import Heads, HeadsOf, Roll, RollEntry, RollOf
from shared.contracts.membership.shapes import CURSOR, PIECE, PostRole, Spell, Stay, UnitKind
from shared.contracts.membership.units import UnitPlaced

__all__ = [
    "CURSOR",
    "PIECE",
    "AbsenceChanged",
    "AppointPost",
    "CareKind",
    "EndPost",
    "Heads",
    "HeadsOf",
    "JoinUnion",
    "LeaveStarted",
    "LeaveUnion",
    "LeaveWithdrawn",
    "MayAppoint",
    "MayAppointOf",
    "MemberJoined",
    "MemberLeft",
    "PersonPlaced",
    "PostAppointed",
    "PostEnded",
    "PostHolder",
    "PostRole",
    "Posts",
    "PostsOf",
    "Profile",
    "ProfileOf",
    "Roll",
    "RollEntry",
    "RollOf",
    "Spell",
    "Stay",
    "Unfit",
    "UnfitEvent",
    "UnfitEvents",
    "UnitKind",
    "UnitPlaced",
]
