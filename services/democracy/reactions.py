"""What democracy does when it hears facts of others."""

from services.democracy import people
from shared.contracts.membership import PersonPlaced, UnitPlaced
from shared.database import Session
from shared.hearing import heard


@heard(UnitPlaced)
async def keep_unit(fact: UnitPlaced, session: Session) -> None:
    """A unit opens or moves: who answers for its proposals follows from its path."""
    await people.keep_unit(fact, session)


@heard(PersonPlaced)
async def keep_person(fact: PersonPlaced, session: Session) -> None:
    """A person comes, moves or goes: it decides who may speak and for which unit."""
    await people.keep_person(fact, session)
