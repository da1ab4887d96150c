"""The ways onward at the head of each page: only those that lead somewhere for who asks."""

from dataclasses import dataclass

from services.gateway.audit_log import EntriesAsked
from services.gateway.back.subscriptions import FOR_WHOM
from services.gateway.pages.languages import gettext
from services.gateway.pages.languages import marked as _
from services.gateway.views.plant import PlantAsked
from shared.contracts.membership import (
    Bodies,
    Corrections,
    DriftDays,
    DuesMonths,
    Posts,
    Roll,
    Unfit,
)
from shared.rights import Actor, Role

SEES_PLANTS = PlantAsked.for_whom.roles
WAYS: tuple[tuple[str, str, tuple[Role, ...] | None], ...] = (
    ("/", _("Home"), None),
    ("/proposals", _("Proposals"), None),
    ("/courses", _("Courses"), None),
    ("/members", _("Members"), Roll.for_whom.roles),
    ("/desk", _("Desk"), Unfit.for_whom.roles),
    ("/corrections", _("Corrections"), Corrections.for_whom.roles),
    ("/drift", _("Drift"), DriftDays.for_whom.roles),
    ("/dues", _("Dues"), DuesMonths.for_whom.roles),
    ("/visits", _("Visits"), ("officer",)),
    ("/work", _("To do"), ("officer", "leader", "manager", "director", "chair", "it")),
    ("/plants", _("Plants"), SEES_PLANTS),
    ("/hr/snapshot", _("HR's list"), ("hr",)),
    ("/back", _("HR gets back"), FOR_WHOM.roles),
    ("/posts", _("Posts"), Posts.for_whom.roles),
    ("/bodies", _("Union bodies"), Bodies.for_whom.roles),
    ("/audit", _("Audit log"), EntriesAsked.for_whom.roles),
)
"""Path, what it is called, and the roles it is for; None: for everyone."""


@dataclass(frozen=True)
class Way:
    """`present`: the page that is shown is this one or below it."""

    path: str
    name: str
    present: bool


def ways(actor: Actor, path: str) -> list[Way]:
    """In the language of the page."""
    roles = set(actor.roles())
    return [
        Way(way, gettext(name), path == way or (way != "/" and path.startswith(way + "/")))
        for way, name, whose in WAYS
        if whose is None or roles & set(whose)
    ]
