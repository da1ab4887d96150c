"""What welfare does when it hears facts of others."""

from collections.abc import Sequence

from services.welfare import visits
from services.welfare.visits import Owed
from shared import roll
from shared.calendar import SHANGHAI
from shared.contracts.membership import LeaveStarted, LeaveWithdrawn
from shared.database import Session
from shared.erasing import erased_among
from shared.reacting import heard, heard_together


@heard_together(LeaveStarted)
async def owe_visits(facts: Sequence[LeaveStarted], session: Session) -> None:
    """Illness, injury, birth or a death in the family: the union goes and sees the person. Most
    leaves of a flood are long over, and nothing is owed for them. The rules are those of where the
    person was when the leave began. The two roads have no common order: of who was erased meanwhile
    nothing is kept, and who is not known here yet is judged by the rules of the land."""
    known = await visits.for_leaves([fact.leave for fact in facts], session)
    erased = await erased_among({fact.person for fact in facts}, session)
    begun = [(fact.person, fact.since) for fact in facts]
    provinces = await roll.provinces_of(begun, session)
    for fact, province in zip(facts, provinces, strict=True):
        heard_on = fact.time.astimezone(SHANGHAI).date()
        owed = Owed.of(since=fact.since, until=fact.until, heard_on=heard_on, province=province)
        visit = known.get(fact.leave)
        if owed is not None:
            if fact.person in erased:
                continue
            visit = visit or visits.begun(fact.leave, fact.person, fact.kind, session)
            known[fact.leave] = visit
            await visits.owe(visit, owed, session)
        elif visit is not None:
            await visits.drop(visit, session)


@heard(LeaveWithdrawn)
async def withdraw_visit(fact: LeaveWithdrawn, session: Session) -> None:
    """HR has corrected itself."""
    for visit in (await visits.for_leaves([fact.leave], session)).values():
        await visits.drop(visit, session)
