"""A toy service that hears the ledger: each booking is one row, in the order of its effect."""

from sqlalchemy import text

from shared.database import Session
from shared.reacting import heard
from shared.service import Service
from tests.delivery import ledger, thief
from tests.delivery.ledger import Booked

POISONED = 666


@heard(Booked)
async def note(fact: Booked, session: Session) -> None:
    """Fails for 666 as long as the table says that this is broken."""
    if fact.amount == POISONED and await session.scalar(text("SELECT broken FROM mood")):
        raise RuntimeError("cannot note this")
    await session.execute(
        text("INSERT INTO note (account, nth, amount) VALUES (:account, :nth, :amount)"),
        fact.model_dump(),
    )


service = Service("reader")
service.hears(note, contracts=(ledger, thief))

if __name__ == "__main__":
    service.run()
