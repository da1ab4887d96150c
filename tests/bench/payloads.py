"""What is submitted while it is timed, as a command's body and as the fact that follows."""

from datetime import date
from uuid import UUID

from shared.contracts.democracy import Category, ProposalSubmitted

TITLE = "said to be timed"
BODY = "A body of the usual length, which says what should be better and how it might be done."
COMMAND = {"title": TITLE, "body": BODY, "category": "production"}
SUBJECT = "events.hq.democracy.proposal-submitted"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def submitted(id: UUID) -> bytes:
    """A whole `proposal-submitted`, first fact of its aggregate; `id` names fact and proposal."""
    fact = ProposalSubmitted(
        proposal=id,
        unit=id,
        author=id,
        category=Category.PRODUCTION,
        title=TITLE,
        body=BODY,
        submitted_on=date(2026, 11, 23),
        due_on=date(2026, 12, 23),
    )
    return fact.envelope(id=id, site="hq", sequence=1, traceparent=TRACE)
