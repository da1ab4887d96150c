"""SCIM's resources in PostgreSQL, as scim2-server asks for them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import UUID

from scim2_models import (
    ForbiddenException,
    NotFoundException,
    PreconditionFailedException,
    Resource,
    ResourceType,
    ResponseParameters,
    ScimFilter,
    SearchRequest,
    UniquenessException,
)
from scim2_server.storage import AsyncScimStorage, SearchPage
from scim2_server.utils import parametrize
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from services.gateway.erasing import was_erased
from services.gateway.scim import access, groups, users
from services.gateway.scim.filters import Shape, Where, order
from services.gateway.scim.models import PERSON, Group
from services.gateway.scim.saying import Standing
from services.gateway.scim.telling import say
from shared.database import Session, Sessions
from shared.messages import uuid7
from shared.rights import Actor

Row = dict[str, Any]

SHAPES: Mapping[str, tuple[Shape, Any]] = {
    "User": (users.SHAPE, PERSON),
    "Group": (groups.SHAPE, Group),
}
TAKEN = {
    "scim_user_name": "another user has this userName",
    "scim_employee": "another user has this employeeNumber",
    "scim_group_name": "another group has this displayName",
}
FURTHEST = 2**63 - 1
"""PostgreSQL counts no further; behind it there is nobody either."""
_ADD_USER = text("""
    INSERT INTO scim_user (id, user_name, external_id, formatted, display_name, title, active,
        employee_number, employee, unit)
    VALUES (:id, :user_name, :external_id, :formatted, :display_name, :title, :active,
        :employee_number, :employee, :unit)
    RETURNING *
""")
_KEEP_USER = text("""
    UPDATE scim_user SET user_name = :user_name, external_id = :external_id,
        formatted = :formatted, display_name = :display_name, title = :title, active = :active,
        employee_number = :employee_number, employee = :employee, unit = :unit,
        version = version + 1, modified_at = clock_timestamp()
    WHERE id = :id RETURNING *
""")
_ADD_GROUP = text("""
    INSERT INTO scim_group (id, external_id, display_name)
    VALUES (:id, :external_id, :display_name) RETURNING *
""")
_KEEP_GROUP = text("""
    UPDATE scim_group SET external_id = :external_id, display_name = :display_name,
        version = version + 1, modified_at = clock_timestamp()
    WHERE id = :id RETURNING *
""")


class Storage(AsyncScimStorage):
    """Of one request. One operation is one transaction; `places` are the events that it has written
    down, for who publishes them after it. `writes`: what is got is changed next, so it is locked.
    """

    def __init__(
        self, sessions: Sessions, actor: Actor, mapped: Mapping[str, str], *, writes: bool
    ) -> None:
        self.sessions, self.actor, self.mapped, self.writes = sessions, actor, mapped, writes
        self.places: list[int] = []
        self.changed_access = False
        self._session: Session | None = None
        self._written: list[int] = []

    def operation(self) -> AbstractAsyncContextManager[None]:
        return self._operation()

    @asynccontextmanager
    async def _operation(self) -> AsyncIterator[None]:
        self._written = []
        async with self.sessions() as self._session:
            try:
                yield
            except IntegrityError as error:
                raise taken(error) from None
            await self._session.commit()
        self.places += self._written

    @property
    def session(self) -> Session:
        assert self._session
        return self._session

    async def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        row = await self._row(resource_type, resource_id)
        found: Resource[Any] = (await self._shown(str(resource_type.name), [row]))[0]
        return found

    async def _row(self, resource_type: ResourceType, resource_id: str) -> Row:
        """Locked, when it is to be changed."""
        shape, _ = SHAPES[str(resource_type.name)]
        lock = "FOR NO KEY UPDATE" if self.writes else ""
        try:
            id = UUID(resource_id)
        except ValueError:
            raise _no_such() from None
        asked = text(f"SELECT * FROM {shape.table} WHERE id = :id {lock}")  # noqa: S608 - ours
        row = (await self.session.execute(asked, {"id": id})).mappings().one_or_none()
        if row is None:
            raise _no_such()
        return dict(row)

    async def _shown(self, kind: str, rows: list[Any], *, whole: bool = True) -> list[Any]:
        if kind == "User":
            return await users.resources(rows, self.session)
        return await groups.resources(rows, self.session, whole=whole)

    async def search(
        self,
        resource_types: list[ResourceType],
        search_request: SearchRequest[Any],
        *,
        position: Any = None,
    ) -> SearchPage:
        parts, given = [], dict[str, Any]()
        for number, resource_type in enumerate(resource_types):
            shape, model = SHAPES[str(resource_type.name)]
            where = "true"
            if search_request.filter is not None:
                bound = parametrize(ScimFilter, model)(str(search_request.filter))
                visitor = Where(shape, bound, f"v{number}_")
                where = visitor.sql()
                given |= visitor.given
            by = order(shape, search_request.sort_binding(model))
            parts.append(
                f"SELECT '{shape.name}' AS kind, {shape.table}.id, {by} AS ranked"  # noqa: S608
                f" FROM {shape.table} WHERE {where}"
            )
        union = " UNION ALL ".join(parts)
        total = await self.session.scalar(
            text(f"SELECT count(*) FROM ({union}) AS found"),  # noqa: S608 - values are given
            given,
        )
        down = search_request.sort_order == SearchRequest.SortOrder.descending
        direction = "DESC NULLS FIRST" if down and search_request.sort_by else "NULLS LAST"
        found = (
            await self.session.execute(
                text(
                    f"SELECT kind, id FROM ({union}) AS found"  # noqa: S608 - values are given
                    f' ORDER BY ranked COLLATE "C" {direction}, id LIMIT :most OFFSET :after'
                ),
                given
                | {
                    "most": search_request.count,
                    "after": min(search_request.start_index_0 or 0, FURTHEST),
                },
            )
        ).all()
        shown = {}
        for kind, (shape, _) in SHAPES.items():
            ids = [row.id for row in found if row.kind == kind]
            if ids:
                asked = text(f"SELECT * FROM {shape.table} WHERE id = ANY(:ids)")  # noqa: S608
                rows = (await self.session.execute(asked, {"ids": ids})).mappings().all()
                whole = wants(search_request, "members")
                for each in await self._shown(kind, list(rows), whole=whole):
                    shown[UUID(each.id)] = each
        return SearchPage(total, [shown[row.id] for row in found if row.id in shown])

    async def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        id = uuid7()
        if resource_type.name == "User":
            row = users.row_of(resource)
            async with self._watched({row["employee"]}):
                made = await self._put_user(_ADD_USER, {"id": id} | row, None)
        else:
            row, wanted = groups.row_of(resource), groups.members_of(resource)
            async with self._watched(await groups.employees(wanted, self.session)):
                made = await self._one(_ADD_GROUP, {"id": id} | row)
                await groups.set_members(id, (), wanted, self.session)
        found: Resource[Any] = (await self._shown(str(resource_type.name), [made]))[0]
        return found

    async def update(
        self,
        resource_type: ResourceType,
        resource: Resource[Any],
        *,
        expected_version: str | None = None,
    ) -> Resource[Any]:
        old = await self._expected(resource_type, str(resource.id), expected_version)
        if resource_type.name == "User":
            row = users.row_of(resource)
            async with self._watched({old["employee"], row["employee"]}):
                kept = await self._put_user(_KEEP_USER, {"id": old["id"]} | row, old)
        else:
            row, wanted = groups.row_of(resource), groups.members_of(resource)
            before = await groups.members(old["id"], self.session)
            async with self._watched(await groups.employees(before | wanted, self.session)):
                kept = await self._one(_KEEP_GROUP, {"id": old["id"]} | row)
                await groups.set_members(old["id"], before, wanted, self.session)
        found: Resource[Any] = (await self._shown(str(resource_type.name), [kept]))[0]
        return found

    async def delete(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        expected_version: str | None = None,
    ) -> None:
        old = await self._expected(resource_type, resource_id, expected_version)
        shape, _ = SHAPES[str(resource_type.name)]
        if resource_type.name == "User":
            concerned = {old["employee"]}
        else:
            members = await groups.members(old["id"], self.session)
            concerned = await groups.employees(members, self.session)
        async with self._watched(concerned):
            gone = text(f"DELETE FROM {shape.table} WHERE id = :id")  # noqa: S608 - ours
            await self.session.execute(gone, {"id": old["id"]})
        if resource_type.name == "User":
            change = f"{old['id']}.{old['version'] + 1}"
            await self._ends(old["employee"], users.name(old), change)

    async def _expected(
        self, resource_type: ResourceType, id: str, expected_version: str | None
    ) -> Row:
        row = await self._row(resource_type, id)
        if expected_version is not None and users.version(row) != expected_version:
            raise PreconditionFailedException
        return row

    @asynccontextmanager
    async def _watched(self, employees: set[str]) -> AsyncIterator[None]:
        async with access.watched(employees, self.mapped, self.actor, self.session) as changed:
            yield
        self.changed_access = self.changed_access or bool(changed)

    async def _one(self, statement: Any, given: Row) -> Row:
        return dict((await self.session.execute(statement, given)).mappings().one())

    async def _put_user(self, statement: Any, row: Row, old: Row | None) -> Row:
        """Another number is another entry on the roll: the one ends, the other begins."""
        if old is None or old["unit"] != row["unit"]:
            await users.must_be_known(row["unit"], self.session)
        to = users.standing(row)
        if not to.employed and await was_erased(row["employee"], self.session):
            # Who is active works here again, and is somebody new.
            raise ForbiddenException(
                detail="this person was erased; of who does not work here nothing is kept"
            )
        if to.employed:
            await access.reopen(row["employee"], self.actor, self.session)
        else:
            await self._close(row["employee"])
        kept = await self._one(statement, row)
        change = f"{kept['id']}.{kept['version']}"
        if old is not None and old["employee"] != row["employee"]:
            await self._ends(old["employee"], users.name(old), f"{change}.before")
        self._written += await say(row["employee"], users.name(row), to, change, self.session)
        return kept

    async def _ends(self, employee: str, name: str, change: str) -> None:
        await self._close(employee)
        self._written += await say(employee, name, Standing(), change, self.session)

    async def _close(self, employee: str) -> None:
        if await access.close(employee, self.actor, self.session):
            self.changed_access = True


def wants(asked: SearchRequest[Any], attribute: str) -> bool:
    """Members may be many; they are read when they are shown."""
    excluded = [str(path).casefold() for path in asked.excluded_attributes or ()]
    return not any(path.rpartition(":")[2] == attribute for path in excluded)


def taken(error: IntegrityError) -> Exception:
    said = str(error.orig)
    for constraint, sentence in TAKEN.items():
        if f'"{constraint}"' in said:
            return UniquenessException(detail=sentence)
    return error


def _no_such() -> NotFoundException:
    return NotFoundException(detail="there is no such resource")
