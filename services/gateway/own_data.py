"""What the gateway itself holds of a person, told to them: accounts, sessions, what stands in the
audit log, the directory's resource, and the views."""

from services.gateway.audit import Entry, add
from services.gateway.inventory import INVENTORY
from services.gateway.problems import Problem
from services.gateway.site import Site
from services.gateway.telling.following import follower_of
from services.gateway.views.asked import ViewAsked
from services.gateway.views.rows import rows
from services.gateway.views.whose import NUMBERS
from shared.calendar import today
from shared.contracts.own_data import OwnDataOf
from shared.for_whom import COMPANY, oneself_or_there
from shared.messages import EMPLOYEE
from shared.numbers_held import Span, as_parameters
from shared.personal import own_data
from shared.rights import Actor

FOLLOWING = "following"
"""The purpose of the key by which a person follows proposals."""


class OwnDataAsked(ViewAsked):
    """All that the gateway holds of one person, table by table; each reading is put on record. What
    the services hold is asked of each: `own-data`."""

    zh = "查看门户保存的本人数据"
    for_whom = oneself_or_there(
        "officer", zh="该职工今天所在的单位", en="the unit where that person is today"
    )

    employee: EMPLOYEE


_WHOSE = """
    SELECT person.id AS person, either.id AS either, unit.path
    FROM person
    JOIN person AS either ON either.id = person.id OR either.same_as = person.id
    LEFT JOIN stay ON stay.person = person.id AND stay.during @> CAST(:today AS date)
    LEFT JOIN unit ON unit.id = stay.unit
    WHERE person.id = (
        SELECT coalesce(same_as, id) FROM person AS called WHERE called.employee = :employee)
    ORDER BY either.id <> person.id, either.id
"""


async def gateways_own_data(asked: OwnDataAsked, actor: Actor, site: Site) -> OwnDataOf:
    """Raises `RuleBroken` (403), `Problem` (404). That it was read is on record before anything is
    told."""
    async with site.readers.one() as reader:
        found = await rows(reader, _WHOSE, {"employee": asked.employee, "today": today()})
    whose = found[0]["person"] if found else None
    path = (found and found[0]["path"]) or COMPANY
    asked.for_whom.must_include(actor, at=path, whose=whose)
    if whose is None:
        raise Problem(404, "unknown-employee", "nobody on the roll has this number")
    async with site.readers.one() as reader:
        held = await rows(reader, NUMBERS, {"person": whose})
    async with site.sessions() as session:
        await add(session, Entry.by(actor, "read", "gateway.own-data", about=asked.employee))
        people = [row["either"] for row in found]
        told = await own_data(
            INVENTORY,
            session,
            oneself=actor.person in people,
            people=people,
            employee=asked.employee,
            **as_parameters(Span(*row.values()) for row in held),
            followers=[follower_of(site.key_for(FOLLOWING), each) for each in people],
        )
        await session.commit()
    return told
