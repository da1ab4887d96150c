"""The little that pages read beside the views: names of units, one's own number."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from services.gateway.views.people import EITHER
from services.gateway.views.rows import Reader, rows
from shared.calendar import today

_PLANTS = """
    SELECT code, name, path FROM unit
    WHERE kind IN ('company', 'plant') AND coalesce(ended_on > :on, true) ORDER BY path
"""
_NAMES = "SELECT code, name FROM unit WHERE code = ANY(:codes)"
_NAMES_THEN = """
    SELECT unit.code, placed.name FROM unit JOIN unit_placement AS placed
        ON placed.unit = unit.id AND placed.during @> CAST(:on AS date)
    WHERE unit.code = ANY(:codes)
"""
_WITHIN = """
    SELECT code, name, path FROM unit
    WHERE coalesce(ended_on > :on, true)
        AND EXISTS (SELECT FROM unnest(CAST(:reach AS text[])) AS above (path)
            WHERE unit.path = above.path OR starts_with(unit.path, above.path || '/'))
    ORDER BY path LIMIT 2000
"""
# All but the teams, of which a company has hundreds: a team is come to from its people.
_PLACES = """
    SELECT code, name, path FROM unit
    WHERE (kind <> 'team' OR path = ANY(:reach)) AND coalesce(ended_on > :on, true)
        AND EXISTS (SELECT FROM unnest(CAST(:reach AS text[])) AS above (path)
            WHERE unit.path = above.path OR starts_with(unit.path, above.path || '/'))
    ORDER BY path LIMIT 2000
"""
_UNIT = "SELECT code, name, path FROM unit WHERE code = :code"
_HELD = """
    SELECT post.id, post.role, person.id AS person, person.employee, unit.code AS unit,
        unit.name AS unit_name, unit.path, lower(post.during) AS since, upper(post.during) AS until
    FROM post JOIN unit ON unit.id = post.unit JOIN person AS said ON said.id = post.person
    JOIN person ON person.id = coalesce(said.same_as, said.id)
    WHERE post.id = :post AND NOT isempty(post.during)
"""
_EMPLOYEE = "SELECT employee FROM person WHERE id = :person"
_HASHED = "SELECT password_hash IS NOT NULL AS has FROM account WHERE name = :account"
_ONESELF = f"""
    SELECT person.employee, person.member_since, unit.code AS unit, unit.path,
        EXISTS (SELECT FROM notice WHERE notice.person = ANY({EITHER}) AND NOT closed) AS notice
    FROM person
    LEFT JOIN stay ON stay.person = person.id AND stay.during @> CAST(:today AS date)
    LEFT JOIN unit ON unit.id = stay.unit
    WHERE person.id = :person
"""  # noqa: S608 - all of it is ours


@dataclass(frozen=True)
class Place:
    """A unit as a link: HR's code, its name, its path of codes."""

    code: str
    name: str
    path: str


@dataclass(frozen=True)
class Oneself:
    """Who is signed in, today: number, since when a member, and where. `notice`: the union has
    something to say to them about their membership."""

    employee: str
    member_since: date | None
    unit: str | None
    path: str | None
    notice: bool = False

    @property
    def plant(self) -> str | None:
        """The code of one's plant."""
        return self.path and "/".join(self.path.split("/")[:2]).rpartition("/")[2]


@dataclass(frozen=True)
class Held:
    """A post and who holds it, from `since` up to, not including, `until`."""

    id: UUID
    role: str
    person: UUID
    employee: str
    unit: str
    unit_name: str
    path: str
    since: date
    until: date | None


async def plants(reader: Reader, *, on: date | None = None) -> list[Place]:
    """The company and its plants, as they stand in the tree, without those that had ended by the
    day (today when none is given)."""
    found = await rows(reader, _PLANTS, {"on": on or today()})
    return [Place(**row) for row in found]


def a_year_ago() -> date:
    """For lists about months: a plant has books for a while after its end."""
    return today() - timedelta(days=365)


async def units_within(
    reach: Collection[str], reader: Reader, *, on: date | None = None
) -> list[Place]:
    """The units at these paths and below them, as they stand in the tree, without those that had
    ended by the day (today when none is given)."""
    found = await rows(reader, _WITHIN, {"reach": list(reach), "on": on or today()})
    return [Place(**row) for row in found]


async def unit(code: str, reader: Reader) -> Place | None:
    found = await rows(reader, _UNIT, {"code": code})
    return Place(**found[0]) if found else None


async def places_within(
    reach: Collection[str], reader: Reader, *, on: date | None = None
) -> list[Place]:
    """The same without teams, but for those that are the top of one's reach."""
    found = await rows(reader, _PLACES, {"reach": list(reach), "on": on or today()})
    return [Place(**row) for row in found]


async def held(post: UUID, reader: Reader) -> Held | None:
    """The post with that id; None when there is none, or it was taken back."""
    found = await rows(reader, _HELD, {"post": post})
    return Held(**found[0]) if found else None


async def names(
    codes: Collection[str], reader: Reader, *, on: date | None = None
) -> Mapping[str, str]:
    """Unit code → name, as of the day (today when none is given)."""
    statement = _NAMES_THEN if on else _NAMES
    found = await rows(reader, statement, {"codes": list(codes), "on": on})
    return {row["code"]: row["name"] for row in found}


async def employee_of(person: UUID | None, reader: Reader) -> str | None:
    """The employee number of a person; None for an account that is nobody's."""
    found = await rows(reader, _EMPLOYEE, {"person": person})
    return found[0]["employee"] if found else None


async def has_password(account: str, reader: Reader) -> bool:
    """False for an account that signs in by the company's provider alone, or by nothing."""
    found = await rows(reader, _HASHED, {"account": account})
    return bool(found and found[0]["has"])


async def oneself(person: UUID | None, reader: Reader) -> Oneself | None:
    """None for an account that is nobody's."""
    found = await rows(reader, _ONESELF, {"person": person, "today": today()})
    return Oneself(**found[0]) if found else None
