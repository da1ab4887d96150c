"""What training does when it hears facts of others."""

from services.training import demands
from shared.contracts.democracy import ProposalSubmitted
from shared.database import Session
from shared.reacting import heard


@heard(ProposalSubmitted, only=demands.asks_for_training)
async def note_training_demand(fact: ProposalSubmitted, session: Session) -> None:
    """A proposal that asks for training becomes a demand that the next plan must answer."""
    await demands.note(fact, session)
