"""What membership does when something falls due."""

from datetime import UTC, datetime
from uuid import UUID

from services.membership import hr
from services.membership.bodies.following import ELECTION, election_is_near
from services.membership.corrections.asking import CORRECTION_DUE, mark_overdue
from services.membership.desk.pairs import PAIRS, look_at_everybody
from services.membership.dues.payrolls import PAYROLL_LEFT, forget
from services.membership.lapse.admonishing import MENDING_OVER, mending_is_over
from services.membership.provinces.saying import UNTOLD, tell_all
from services.membership.units import NEXT_DAY
from shared.database import Session
from shared.ticker import due, fall_due


@due(NEXT_DAY)
async def the_tree_changes(_: str, session: Session) -> None:
    """A day has come on which a unit moves, ends or changes its name, as HR said before: others
    are told what holds now. People's days are dated; but who is left in a unit that closes today is
    reported from now on."""
    await hr.grow(session)


@due(UNTOLD)
async def provinces_are_untold(_: str, session: Session) -> None:
    """Once, after an upgrade: what was said before facts carried it."""
    await tell_all(session)


@due(PAYROLL_LEFT)
async def payroll_is_left(key: str, session: Session) -> None:
    """Nobody has booked it: what people earn is not kept for nothing."""
    await forget(UUID(key), session)


@due(ELECTION)
async def election_is_to_be_prepared(key: str, session: Session) -> None:
    """The term of a union body ends before long."""
    await election_is_near(UUID(key), session)


@due(MENDING_OVER)
async def time_to_mend_is_over(key: str, session: Session) -> None:
    """Of a member who was admonished. It ends no membership: a person decides."""
    await mending_is_over(UUID(key), session)


@due(CORRECTION_DUE)
async def correction_is_overdue(key: str, session: Session) -> None:
    """Nobody has answered a person who says that what is held of them is wrong."""
    await mark_overdue(UUID(key), session)


@due(PAIRS)
async def everybody_is_looked_at(key: str, session: Session) -> None:
    """Who was on the roll before pairs of numbers were looked for, a piece at a time."""
    last = await look_at_everybody(UUID(key), session)
    if last is not None:
        fall_due(session, PAIRS, key=str(last), at=datetime.now(UTC))
