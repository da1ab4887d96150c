"""Who could be elected on a day: whoever was employed then, and a member of the union."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text

from shared.database import Session


@dataclass(frozen=True)
class Person:
    """A person on the day of an election. `later`: the roll knows them as a member from a later
    day on, or not at all; what was before this roll began only minutes can say."""

    person: UUID
    employed: bool
    member: bool
    later: bool


class People(dict[str, Person]):
    """Employee number → person."""

    def why_not(self, employee: str, *, vouched: bool) -> str | None:
        """The code of what keeps somebody from being elected; None when nothing does."""
        found = self.get(employee)
        if found is None:
            return "unknown-employee"
        if not found.employed:
            return "not-employed"
        if found.member or (vouched and found.later):
            return None
        return "not-a-member-then"


_ON = """
    SELECT called.employee, person.id AS person,
        EXISTS (SELECT FROM employment WHERE employment.person = person.id
            AND during @> CAST(:on AS date)) AS employed,
        EXISTS (SELECT FROM member WHERE member.person = person.id
            AND during @> CAST(:on AS date)) AS member,
        NOT EXISTS (SELECT FROM member WHERE member.person = person.id
            AND lower(during) <= CAST(:on AS date)) AS later
    FROM person AS called JOIN person ON person.id = coalesce(called.same_as, called.id)
    WHERE called.employee = ANY(:employees)
"""


async def people_on(on: date, employees: Sequence[str], session: Session) -> People:
    """Those of these numbers whom the roll knows."""
    given = {"on": on, "employees": list(set(employees))}
    rows = await session.execute(text(_ON), given)
    return People(
        {
            row.employee: Person(row.person, row.employed, row.member, row.later)
            for row in rows.all()
        }
    )
