"""What the codes of telling HR back are called on a page."""

from services.gateway.pages.languages import marked as _
from services.gateway.pages.words import Words

ASKED: Words = {
    "course-completed": _("Completed courses"),
    "member-joined": _("Who joined the union"),
}
"""What can be asked for."""
KINDS: Words = {
    "course-completed": _("Course completed"),
    "member-joined": _("Joined the union"),
    "ping": _("Test"),
}
STATES: Words = {
    "pending": _("Waiting"),
    "delivered": _("Delivered"),
    "given-up": _("Given up"),
}
OUTCOMES: Words = {
    "delivered": _("Taken"),
    "gone": _("The receiver says that it is no more"),
    "busy": _("The receiver asks for a pause"),
    "status": _("The receiver did not take it"),
    "redirect": _("The receiver sends elsewhere; nobody follows"),
    "timeout": _("No answer in time"),
    "no-connection": _("No connection"),
    "tls": _("The certificate is not trusted"),
    "no-address": _("The name has no address"),
    "forbidden-address": _("The name leads to an address that nothing is sent to"),
    "not-known-yet": _("The person or the course is not known here yet"),
    "secret-lost": _("The secret cannot be read any more; make a new one"),
    "away": _("NATS is away"),
}
