"""What the clock on a page shows: how many days are left, and where the rule is written."""

from datetime import date

from services.gateway.pages.languages import CHINESE, spoken
from shared.calendar import today
from shared.contracts.membership import Cited, CitedRule, Judged
from shared.rulebook import Basis


def days_until(due_on: date) -> int:
    """Negative once it has passed."""
    return (due_on - today()).days


def cited(basis: Basis | Judged | Cited | CitedRule) -> str:
    """The rule's source in the language of the page."""
    return basis.citation if spoken.get() is CHINESE else basis.citation_en
