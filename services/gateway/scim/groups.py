"""SCIM's groups: those of the identity provider. A group whose name is mapped to a role
(`TONGXIN_OIDC_ROLES`) gives it to who is in it; the others are kept and give nothing."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from scim2_models import InvalidValueException, Reference
from sqlalchemy import text

from services.gateway.scim.filters import Many, Shape
from services.gateway.scim.models import Group, GroupMember
from services.gateway.scim.users import LABEL, Row, checked, meta
from shared.database import ReadSession, Session

_RULES: Mapping[str, tuple[str, TypeAdapter[Any]]] = {
    "external_id": ("externalId", TypeAdapter(LABEL | None)),
    "display_name": ("displayName", TypeAdapter(LABEL)),
}
SHAPE = Shape(
    "Group",
    "scim_group",
    {
        ("id", None): "scim_group.id::text",
        ("external_id", None): "external_id",
        ("display_name", None): "display_name",
        ("meta", "resource_type"): "'Group'",
        ("meta", "created"): "created_at",
        ("meta", "last_modified"): "modified_at",
        ("meta", "version"): "('W/\"' || version || '\"')",
    },
    {
        "members": Many(
            "FROM scim_member AS entry WHERE entry.in_group = scim_group.id",
            {"value": "entry.who::text"},
        )
    },
)
_MEMBERS = text("""
    SELECT in_group, who FROM scim_member WHERE in_group = ANY(:ids) ORDER BY who
""")
_FOUND = text("SELECT id, employee FROM scim_user WHERE id = ANY(:ids) FOR KEY SHARE")
_PUT_IN = text("""
    INSERT INTO scim_member (in_group, who) SELECT :id, unnest(CAST(:who AS uuid[]))
    ON CONFLICT DO NOTHING
""")
_TAKE_OUT = text("DELETE FROM scim_member WHERE in_group = :id AND who = ANY(:who)")


def row_of(group: Any) -> Row:
    """Raises `InvalidValueException`."""
    given = {"external_id": group.external_id, "display_name": group.display_name}
    return checked(given, _RULES)


def members_of(group: Any) -> set[UUID]:
    """By `value`, or by the end of `$ref`. Raises `InvalidValueException`."""
    found = set()
    for member in group.members or []:
        named = member.value or str(member.ref or "").rpartition("/")[2]
        try:
            found.add(UUID(named))
        except ValueError:
            raise _unknown() from None
    return found


def _unknown() -> InvalidValueException:
    return InvalidValueException(detail="members must be the ids of users that are there")


async def members(id: UUID, session: Session) -> set[UUID]:
    return {row.who for row in await session.execute(_MEMBERS, {"ids": [id]})}


async def set_members(
    id: UUID, before: Collection[UUID], wanted: Collection[UUID], session: Session
) -> None:
    """Raises `InvalidValueException` for who is not there."""
    come, gone = set(wanted) - set(before), set(before) - set(wanted)
    if come:
        there = await session.execute(_FOUND, {"ids": list(come)})
        if {row.id for row in there} != come:
            raise _unknown()
        await session.execute(_PUT_IN, {"id": id, "who": list(come)})
    if gone:
        await session.execute(_TAKE_OUT, {"id": id, "who": list(gone)})


async def employees(ids: Collection[UUID], session: Session) -> set[str]:
    """The numbers of these users."""
    return {row.employee for row in await session.execute(_FOUND, {"ids": list(ids)})}


async def resources(
    rows: Sequence[Mapping[str, Any]], session: ReadSession | Session, *, whole: bool = True
) -> list[Any]:
    """The rows as SCIM shows them; `whole` with their members."""
    members: dict[UUID, list[GroupMember]] = {row["id"]: [] for row in rows}
    if whole:
        for found in await session.execute(_MEMBERS, {"ids": list(members)}):
            members[found.in_group].append(
                GroupMember(value=str(found.who), ref=Reference(f"Users/{found.who}"))
            )
    return [
        Group(
            id=str(row["id"]),
            external_id=row["external_id"],
            display_name=row["display_name"],
            members=members[row["id"]] or None,
            meta=meta("Group", row),
        )
        for row in rows
    ]
