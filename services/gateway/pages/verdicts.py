"""What a rule says of something, in a sentence; its source stands beside it."""

from collections.abc import Mapping

from services.gateway.pages.languages import gettext
from services.gateway.pages.languages import marked as _
from shared.contracts.membership import Judged

_SIZE = _("With %(members)s members: %(least)s to %(most)s seats.")
SAID: Mapping[str, str] = {
    "committee-size": _SIZE,
    "branch-size": _SIZE,
    "group-size": _SIZE,
    "women-size": _SIZE,
    "auditors-size": _SIZE,
    "union-committee": _("A committee must be set up from %(least)s members on."),
    "union-term": _("A term lasts %(years)s years."),
    "election-preparation": _("The next election is prepared %(days)s days before the term ends."),
    "union-meeting": _("%(needed)s of %(members)s members may have a meeting called out of turn."),
    "union-recall": _("A recall takes %(needed)s votes of %(electors)s."),
    "part-time-days": _(
        "Who sits in a committee beside their work has up to %(days)s working days a month for it."
    ),
}


def verdict(judged: Judged) -> str:
    """In the language of the page; the rule's name where it is newer than the page."""
    said = SAID.get(judged.rule)
    return gettext(said) % judged.inputs if said else judged.rule
