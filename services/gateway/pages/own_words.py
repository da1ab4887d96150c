"""What the codes of corrections and erasures are called."""

from services.gateway.pages.languages import marked as _
from services.gateway.pages.words import Words

CORRECTION_ABOUT: Words = {
    "person": _("Name, birth date or number (HR's)"),
    "work": _("Employment, unit or post at work (HR's)"),
    "leave": _("Days away (HR's)"),
    "membership": _("Consent or membership"),
    "honour": _("Honours"),
    "dues": _("Dues"),
    "post": _("Posts and seats of the union"),
    "visit": _("A visit"),
    "course": _("A course"),
    "proposal": _("A proposal"),
    "other": _("Something else"),
}
CORRECTION_STATES: Words = {
    "open": _("Awaiting an answer"),
    "with-hr": _("With HR"),
    "answered": _("Answered"),
    "withdrawn": _("Taken back"),
}
CORRECTION_LISTS: Words = {
    "waiting": _("Without an answer"),
    "settled": _("Answered or taken back"),
}
CORRECTION_OUTCOMES: Words = {
    "corrected": _("Corrected"),
    "in-part": _("Corrected in part"),
    "not-corrected": _("Not corrected"),
}
CORRECTION_STEPS: Words = {
    "asked": _("Asked"),
    "with-hr": _("Taken to HR"),
    "overdue": _("The day passed without an answer"),
    "answered": _("Answered"),
    "withdrawn": _("Taken back"),
}
CORRECTION_BY: Words = {
    "oneself": _("the person"),
    "union": _("a union officer"),
    "hr": _("HR"),
    "clock": _("the clock"),
}
ERASURE_STATES: Words = {
    "none": _("Not asked for"),
    "asked": _("Waits to be granted"),
    "granted": _("Granted"),
    "withdrawn": _("Taken back"),
    "done": _("Erased"),
}
ERASURE_LISTS: Words = {code: ERASURE_STATES[code] for code in ERASURE_STATES if code != "none"}
OBSTACLES: Words = {
    "employed": _("Still at work, or hired for a day to come: it ends with the work."),
    "member": _("Still a member of the union, or kept as one: leave it first."),
    "post": _("Holds a post: it has to be ended first."),
    "seat": _("Sits in a body of the union: that seat has to be ended first."),
    "dues": _("Dues that did not fit in a payroll: the officer settles them first."),
    "told-today": _("HR has said something of today or later: that day has to pass."),
}
"""What has to be settled before an erasure."""
