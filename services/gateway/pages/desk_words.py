"""What the codes of the desk, and of how far HR's lists are apart from the roll, are called."""

from services.gateway.pages.languages import marked as _
from services.gateway.pages.words import Words

DRIFT: Words = {
    "unknown-to-us": _("Unknown to the roll"),
    "unknown-to-hr": _("Unknown to HR"),
    "duplicate": _("Duplicate"),
    "left": _("Left, says one of the two"),
    "moved": _("In another unit"),
}
"""What differs between a list of HR's and the roll."""
DRIFT_STATES: Words = {
    "open": _("To be settled"),
    "left": _("Left as it is"),
}
UNFIT: Words = {
    "already-employed": _("Hired again before having left"),
    "not-employed": _("Not employed on that day"),
    "already-placed": _("In two units at once"),
    "in-another-unit": _("Moved from a unit they were not in"),
    "in-no-unit": _("In no unit on that day"),
    "unknown-unit": _("A unit that nobody knows"),
    "identity-changed": _("Hired again under another name or birth date"),
    "id-used-twice": _("Two entries under one identity"),
    "retitled-twice": _("Given two posts on one day"),
    "already-seconded": _("Seconded again before being back"),
    "not-seconded": _("Back without having been seconded"),
    "already-on-leave": _("On leave twice at once"),
    "not-on-leave": _("Back from a leave that had not begun"),
    "created-twice": _("A unit created twice, each time otherwise"),
    "root-moved": _("The company placed below something"),
    "unknown-parent": _("A unit below one that nobody knows"),
    "parent-cycle": _("Units that lie below each other"),
    "below-itself": _("A unit placed below itself"),
    "moved-twice": _("A unit moved twice on one day"),
    "renamed-twice": _("A unit given two names on one day"),
    "not-yet-created": _("A unit that does not exist yet"),
    "unit-ended": _("A unit that has ended"),
    "parent-ended": _("Below a unit that has ended"),
    "units-below": _("A unit closed with units below it"),
    "people-left-in-it": _("A unit closed with people in it"),
}
"""Why an event of HR does not fit (`services/membership/timeline`)."""
HR_SAID: Words = {
    "hr.employee-hired": _("Hired"),
    "hr.employee-assigned": _("Placed in"),
    "hr.employee-transferred": _("Moved to"),
    "hr.employee-unassigned": _("In no unit any more"),
    "hr.employee-retitled": _("Given another job"),
    "hr.employee-renamed": _("Given another name"),
    "hr.employee-left": _("Left the company"),
    "hr.employee-seconded": _("Seconded"),
    "hr.employee-returned": _("Back from being seconded"),
    "hr.leave-started": _("A leave began"),
    "hr.leave-ended": _("A leave ended"),
    "hr.unit-created": _("A unit exists"),
    "hr.unit-renamed": _("A unit renamed"),
    "hr.unit-moved": _("A unit moved"),
    "hr.unit-merged": _("A unit merged into another"),
    "hr.unit-closed": _("A unit closed"),
}
"""HR's events, without the kind of a leave."""
STANDING: Words = {
    "counts": _("Counts"),
    "unfit": _("Does not fit"),
    "nothing-new": _("Says nothing new"),
    "set-aside": _("Set aside"),
}
RULINGS: Words = {
    "set-aside": _("Set aside"),
    "counts": _("Counts, instead of another"),
    "corrected": _("Corrected"),
    "same-human": _("The same person"),
    "stands": _("Right as it is; the people are seen to"),
    "same-person": _("Two numbers of one person"),
    "another-human": _("The number is another human being's"),
}
PAIRS: Words = {
    "hired-again": _("Left, and soon hired again"),
    "hired-twice": _("Hired twice on one day"),
    "same-birth-date": _("The same name and birth date"),
}
"""Why two numbers may be of one person (`services/membership/desk/alike.py`)."""
RULING_STATES: Words = {"standing": _("Stands"), "taken-back": _("Taken back")}
