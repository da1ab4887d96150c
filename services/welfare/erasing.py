"""What welfare does when a person is erased: that somebody was visited stays, whom and why goes."""

from uuid import UUID

from sqlalchemy import select

from services.welfare.inventory import INVENTORY
from services.welfare.visits import Visit, drop
from shared.contracts.membership import PersonErased
from shared.database import Session, raw
from shared.erasing import erase_copy, mentions
from shared.reacting import heard

_CARE = "SELECT aggregate, sequence, raw FROM {table} WHERE stream = 'CARE'"
_NO_LONGER = "DELETE FROM {table} WHERE stream = 'CARE' AND aggregate = $1 AND sequence = $2"


@heard(PersonErased)
async def erase_person(fact: PersonErased, session: Session) -> None:
    await erase(fact.person, session)


async def erase(person: UUID, session: Session) -> None:
    """A visit that is still due is owed no longer."""
    due = await session.scalars(
        select(Visit).where(Visit.person == person, Visit.state == "due").with_for_update()
    )
    for visit in list(due):
        await drop(visit, session)
    await session.flush()
    await erase_copy(INVENTORY, person, session)
    # The whole history of a leave goes, so nothing waits for what is taken away here.
    for table in ("held", "skipped"):
        for row in await raw(session).fetch(_CARE.format(table=table)):
            if mentions(row["raw"], [str(person)]):
                await raw(session).execute(
                    _NO_LONGER.format(table=table), row["aggregate"], row["sequence"]
                )
