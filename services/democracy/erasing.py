"""What democracy does when a person is erased: their words go, what was decided stays."""

from collections.abc import Mapping
from uuid import UUID

from services.democracy.hidden import hidden_proposals
from services.democracy.inventory import INVENTORY
from shared.contracts.democracy import ProposalRedacted, ProposalSubmitted
from shared.contracts.membership import PersonErased
from shared.database import Session, raw
from shared.erasing import erase_copy, redact_stated
from shared.outbox import state
from shared.personal import GONE
from shared.reacting import heard

REDACTED: Mapping[str, str | None] = {"author": None, "title": GONE, "body": GONE}
"""What a `proposal-submitted` says from then on."""
_OPEN = "SELECT id FROM proposal WHERE author = $1"


@heard(PersonErased)
async def erase_person(fact: PersonErased, session: Session) -> None:
    await erase(fact.person, session)


async def erase(person: UUID, session: Session) -> None:
    """Also what was said under a hidden name."""
    hidden = await hidden_proposals([person], session)
    theirs = [row["id"] for row in await raw(session).fetch(_OPEN, person)] + hidden
    await erase_copy(INVENTORY, person, session, hidden=hidden)
    await redact_stated(ProposalSubmitted, theirs, REDACTED, session)
    state(session, *(ProposalRedacted(proposal=each) for each in theirs))
