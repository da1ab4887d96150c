"""What training does when a person is erased, and when a proposal has lost its words."""

from uuid import UUID

from sqlalchemy import text

from services.training.inventory import INVENTORY
from shared.contracts.democracy import ProposalRedacted, ProposalSubmitted
from shared.contracts.membership import PersonErased
from shared.database import Session
from shared.erasing import erase_copy, redact_put_aside
from shared.personal import GONE
from shared.reacting import heard


@heard(PersonErased)
async def erase_person(fact: PersonErased, session: Session) -> None:
    await erase(fact.person, session)


async def erase(person: UUID, session: Session) -> None:
    """Seats and results stay, of nobody whom anybody can name."""
    await erase_copy(INVENTORY, person, session)


@heard(ProposalRedacted)
async def redact_demand(fact: ProposalRedacted, session: Session) -> None:
    """That training was asked for stays; in whose words, does not."""
    await session.execute(
        text("UPDATE demand SET title = :gone WHERE proposal = :proposal"),
        {"gone": GONE, "proposal": fact.proposal},
    )
    put = {"author": None, "title": GONE, "body": GONE}
    await redact_put_aside(ProposalSubmitted, [fact.proposal], put, session)
