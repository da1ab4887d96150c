"""What the codes of the contracts are called on a page. Marked here, said in its language there."""

from collections.abc import Mapping

from services.gateway.pages.languages import gettext
from services.gateway.pages.languages import marked as _

Words = Mapping[str, str]

CATEGORIES: Words = {
    "safety": _("Safety"),
    "production": _("Production"),
    "environment": _("Environment"),
    "training": _("Training"),
    "welfare": _("Welfare"),
    "management": _("Management"),
    "other": _("Other"),
}
STATES: Words = {
    "open": _("Awaiting an answer"),
    "adopted": _("Adopted"),
    "declined": _("Declined"),
}
KINDS: Words = {
    "company": _("Company"),
    "plant": _("Plant"),
    "workshop": _("Workshop"),
    "team": _("Team"),
}
ROLES: Words = {
    "leader": _("Team leader"),
    "officer": _("Union officer"),
    "chair": _("Union chair"),
    "manager": _("Plant manager"),
    "director": _("General director"),
    "hr": _("HR"),
    "auditor": _("Auditor"),
    "it": _("IT"),
}
RESULTS: Words = {
    "passed": _("Passed"),
    "failed": _("Failed"),
}
VISITS: Words = {
    "due": _("To be visited"),
    "made": _("Visited"),
}
MESSAGES: Words = {
    "command": _("Command"),
    "query": _("Query"),
    "fact": _("Fact"),
    "answer": _("Answer"),
    "event of HR": _("Event of HR"),
}


def word(words: Words, code: str) -> str:
    """`Safety` or `安全`; the code itself when it is newer than this page."""
    return gettext(words[code]) if code in words else code
