"""Where a person is, or was last: there is who looks after what is about them."""

from typing import Literal, NamedTuple
from uuid import UUID

from sqlalchemy import text

from services.membership.whose import WHOSE
from shared.calendar import today
from shared.database import ReadSession, Session
from shared.for_whom import COMPANY
from shared.rights import RuleBroken

LAST = """
    SELECT unit.code, unit.name, unit.path FROM stay JOIN unit ON unit.id = stay.unit
    WHERE stay.person = person.id AND lower(stay.during) <= CAST(:today AS date)
    ORDER BY lower(stay.during) DESC LIMIT 1
"""
"""The unit where a person is, or was last; of days to come nothing follows."""
WITHIN = f"""
    (EXISTS (
        SELECT FROM unnest(CAST(:reach AS text[])) AS above (path)
        WHERE coalesce(last.path, '{COMPANY}') = above.path
            OR starts_with(last.path, above.path || '/')
    ) AND (
        :path = '{COMPANY}' OR last.path = :path OR starts_with(last.path, :path || '/')
    ))
"""
"""That place (`last`) is within the `reach` of who asks, and at `path` or below it."""


class Whose(NamedTuple):
    """`path` is the root's for who is nowhere and for who is unknown."""

    person: UUID | None
    employee: str | None
    name: str | None
    unit: str | None
    unit_name: str | None
    path: str

    def must_be_known(self, status: Literal[404, 409] = 409) -> None:
        """Raises `RuleBroken` (`unknown-employee`)."""
        if self.employee is None:
            detail = "nobody on the roll has this number"
            raise RuleBroken("unknown-employee", detail, field="employee", status=status)


async def place_of(employee: str | None, session: Session | ReadSession) -> Whose:
    row = (
        await session.execute(
            text(f"""
                SELECT person.id, person.employee, person.name, last.code, last.name,
                    coalesce(last.path, '{COMPANY}')
                FROM person LEFT JOIN LATERAL ({LAST}) AS last ON true
                WHERE person.id = ({WHOSE.format(number=":employee")})
            """),  # noqa: S608 - all of it is ours
            {"employee": employee, "today": today()},
        )
    ).one_or_none()
    return Whose(*row) if row else Whose(None, None, None, None, None, COMPANY)
