"""A toy service to try the kernel on: accounts that are booked upon."""

from uuid import UUID

from sqlalchemy import text

from shared.database import Session
from shared.handling import asked
from shared.messages import Accepted, Command, Fact
from shared.outbox import state
from shared.rights import Actor, RuleBroken
from shared.service import Service

REFUSED, FAULTY = 0, 13


class Book(Command):
    """Adds to an account. 0 is refused by a rule, 13 is a fault."""

    account: UUID
    amount: int


class Correct(Command):
    """The same as a booking, under another name."""

    account: UUID
    amount: int


class Booked(Fact):
    """`nth` counts the bookings of the account, as its owner saw them."""

    about = "account"
    account: UUID
    amount: int
    nth: int


@asked(Book)
async def book(command: Book, actor: Actor, session: Session) -> Accepted:
    """Locks the account, adds, states."""
    nth = await session.scalar(
        text("""
            INSERT INTO account AS a (id, bookings) VALUES (:id, 1)
            ON CONFLICT (id) DO UPDATE SET bookings = a.bookings + 1 RETURNING bookings
        """),
        {"id": command.account},
    )
    if command.amount == REFUSED:
        raise RuleBroken("nothing-to-book", "an amount is needed", citation="house rule 1")
    if command.amount == FAULTY:
        raise RuntimeError("a fault of the service")
    assert nth is not None
    state(session, Booked(account=command.account, amount=command.amount, nth=nth))
    return Accepted(id=command.account)


@asked(Correct)
async def correct(command: Correct, actor: Actor, session: Session) -> Accepted:
    """As `book`."""
    return await book(Book(account=command.account, amount=command.amount), actor, session)


service = Service("ledger")
service.answers(book, correct)

if __name__ == "__main__":
    service.run()
