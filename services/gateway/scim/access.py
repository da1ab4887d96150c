"""What SCIM does to access: accounts that are closed and opened, roles that groups give.

Accounts are found by employee number, as at the company's sign-in. What was closed by SCIM is
opened by SCIM again; what IT has closed stays closed.
"""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

from scim2_models import ForbiddenException
from sqlalchemy import text

from services.gateway.audit import Entry, What, add
from shared.database import Session
from shared.rights import Actor

SUBJECT = "SCIM"

_CLOSE = text("""
    UPDATE account SET active = false, closed_by_directory = true
    WHERE employee = :employee AND active RETURNING name
""")
_OPEN = text("""
    UPDATE account SET active = true, closed_by_directory = false
    WHERE employee = :employee AND closed_by_directory AND NOT active RETURNING name
""")
_END = text("DELETE FROM session WHERE account = ANY(:names)")
# What the provider said at the sign-in is old: the next sign-in asks it again.
_END_VOUCHED = text("""
    DELETE FROM session USING account
    WHERE account.name = session.account AND account.employee = ANY(:employees)
        AND session.issuer IS NOT NULL
""")
_MINE = text("SELECT employee FROM account WHERE name = :name")
_ROLES = text("""
    SELECT DISTINCT scim_user.employee, given.role FROM scim_user
    JOIN scim_member ON scim_member.who = scim_user.id
    JOIN scim_group ON scim_group.id = scim_member.in_group
    JOIN unnest(CAST(:groups AS text[]), CAST(:roles AS text[])) AS given (name, role)
        ON given.name = scim_group.display_name
    WHERE scim_user.employee = ANY(:employees) AND scim_user.active IS NOT FALSE
    ORDER BY 1, 2
""")


async def close(employee: str, actor: Actor, session: Session) -> bool:
    """Sessions end with them. False when there was none to close."""
    names = list(await session.scalars(_CLOSE, {"employee": employee}))
    if names:
        await session.execute(_END, {"names": names})
        await add(session, Entry.by(actor, "access closed", SUBJECT, about=employee))
    return bool(names)


async def reopen(employee: str, actor: Actor, session: Session) -> None:
    if list(await session.scalars(_OPEN, {"employee": employee})):
        await add(session, Entry.by(actor, "access opened", SUBJECT, about=employee))


@asynccontextmanager
async def watched(
    employees: Collection[str], mapped: Mapping[str, str], actor: Actor, session: Session
) -> AsyncIterator[set[tuple[str, str]]]:
    """Around a change that may give or take roles (`mapped`: group → role) of these people: puts on
    record what it did. What it gives is filled at the end with who was given or lost which. Raises
    `ForbiddenException` when somebody gives one to themselves."""
    changed = set[tuple[str, str]]()
    if not mapped:
        yield changed
        return
    asked = {
        "employees": list(employees),
        "groups": list(mapped),
        "roles": list(mapped.values()),
    }
    before = {tuple(row) for row in await session.execute(_ROLES, asked)}
    yield changed
    after = {tuple(row) for row in await session.execute(_ROLES, asked)}
    given, taken = sorted(after - before), sorted(before - after)
    own = await session.scalar(_MINE, {"name": actor.account})
    if any(employee == own for employee, _ in given):
        raise ForbiddenException(detail="nobody gives a role to themselves")

    def entries(what: What, roles: list[tuple[str, str]]) -> list[Entry]:
        return [Entry.by(actor, what, SUBJECT, about=who, code=role) for who, role in roles]

    await add(session, *entries("role given", given), *entries("role taken", taken))
    if taken:
        await session.execute(_END_VOUCHED, {"employees": [employee for employee, _ in taken]})
    changed |= before ^ after
