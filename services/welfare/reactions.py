"""What welfare does when it hears facts of others."""

from services.welfare import visits
from services.welfare.visits import Owed
from shared.calendar import SHANGHAI
from shared.contracts.membership import LeaveStarted, LeaveWithdrawn
from shared.database import Session
from shared.erasing import is_erased
from shared.reacting import heard


@heard(LeaveStarted)
async def owe_visit(fact: LeaveStarted, session: Session) -> None:
    """Illness, injury, birth or a death in the family: the union goes and sees the person. The two
    roads have no common order: of who was erased meanwhile nothing is kept."""
    if await is_erased(fact.person, session):
        return
    heard_on = fact.time.astimezone(SHANGHAI).date()
    owed = Owed.of(since=fact.since, until=fact.until, heard_on=heard_on)
    await visits.owe(fact.leave, fact.person, fact.kind, owed, session)


@heard(LeaveWithdrawn)
async def withdraw_visit(fact: LeaveWithdrawn, session: Session) -> None:
    """HR has corrected itself."""
    await visits.withdraw(fact.leave, session)
