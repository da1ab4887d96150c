"""SCIM's users: a row each, which says who is where at the directory now."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, StringConstraints, TypeAdapter, ValidationError
from scim2_models import InvalidValueException, Meta, Reference
from sqlalchemy import text

from services.gateway.scim.filters import Many, Shape
from services.gateway.scim.models import PERSON, EnterpriseUser, GroupMembership, Name
from services.gateway.scim.saying import Standing
from shared.contracts import hr_fields
from shared.database import ReadSession, Session
from shared.messages import LINE

Row = dict[str, Any]


_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _something(value: str) -> str:
    if value.strip():
        return value
    raise ValueError


LABEL = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255, pattern=LINE),
    AfterValidator(_something),
    hr_fields.must_be("1 to 255 characters of text on one line"),
]
"""What a directory calls its own things."""
_RULES: Mapping[str, tuple[str, TypeAdapter[Any]]] = {
    "user_name": ("userName", TypeAdapter(LABEL)),
    "external_id": ("externalId", TypeAdapter(LABEL | None)),
    "formatted": ("name.formatted", TypeAdapter(hr_fields.Name | None)),
    "display_name": ("displayName", TypeAdapter(hr_fields.Name)),
    "title": ("title", TypeAdapter(hr_fields.Name | None)),
    "employee_number": ("employeeNumber", TypeAdapter(LABEL)),
    "employee": ("employeeNumber", TypeAdapter(hr_fields.Employee)),
    "unit": ("department", TypeAdapter(hr_fields.UnitCode | None)),
}
SHAPE = Shape(
    "User",
    "scim_user",
    {
        ("id", None): "scim_user.id::text",
        ("external_id", None): "external_id",
        ("user_name", None): "user_name",
        ("name", "formatted"): "formatted",
        ("display_name", None): "display_name",
        ("title", None): "title",
        ("active", None): "active",
        ("employee_number", None): "employee_number",
        ("department", None): "unit",
        ("meta", "resource_type"): "'User'",
        ("meta", "created"): "created_at",
        ("meta", "last_modified"): "modified_at",
        ("meta", "version"): "('W/\"' || version || '\"')",
    },
    {
        "groups": Many(
            "FROM scim_member AS entry JOIN scim_group AS of ON of.id = entry.in_group"
            " WHERE entry.who = scim_user.id",
            {"value": "entry.in_group::text", "display": "of.display_name"},
        )
    },
)
_GROUPS = text("""
    SELECT who, in_group, display_name FROM scim_member
    JOIN scim_group ON scim_group.id = scim_member.in_group
    WHERE who = ANY(:ids) ORDER BY in_group
""")
_KNOWN = text("SELECT EXISTS (SELECT FROM unit WHERE code = :code)")


def row_of(user: Any) -> Row:
    """The row of a resource. Raises `InvalidValueException` that names attribute and rule, and
    repeats no value."""
    more: EnterpriseUser = user[EnterpriseUser] or EnterpriseUser()
    given = {
        "user_name": user.user_name,
        "external_id": user.external_id,
        "formatted": user.name.formatted if user.name else None,
        "display_name": user.display_name,
        "title": user.title,
        "employee_number": more.employee_number,
        "employee": on_roll(more.employee_number or ""),
        "unit": more.department,
    }
    return checked(given, _RULES) | {"active": user.active}


def on_roll(number: str) -> str:
    """As it stands on the roll, where a number has 32 characters at most: a directory that numbers
    people by UUID finds them there without the hyphens."""
    return UUID(number).hex if _UUID.fullmatch(number) else number


def checked(given: Row, rules: Mapping[str, tuple[str, TypeAdapter[Any]]]) -> Row:
    row = {}
    for field, value in given.items():
        attribute, rule = rules[field]
        try:
            row[field] = rule.validate_python(value)
        except ValidationError as error:
            # Of what may be one thing or nothing, the last complaint is about the nothing.
            said = error.errors(include_input=False, include_url=False)[0]["msg"]
            raise InvalidValueException(detail=f"{attribute} {said}") from None
    return row


async def must_be_known(code: str | None, session: Session) -> None:
    if code is not None and not await session.scalar(_KNOWN, {"code": code}):
        raise InvalidValueException(
            detail="department must be HR's code of a unit that is there; /Schemas names them, "
            "and a new unit comes in by HR's event hr.unit-created"
        )


def standing(row: Mapping[str, Any]) -> Standing:
    return Standing.of(employed=row["active"] is not False, unit=row["unit"], post=row["title"])


def name(row: Mapping[str, Any]) -> str:
    """As it stands on the roll."""
    found: str = row["formatted"] or row["display_name"]
    return found


async def resources(rows: Sequence[Mapping[str, Any]], session: ReadSession | Session) -> list[Any]:
    """The rows as SCIM shows them, with the groups of each."""
    groups: dict[UUID, list[GroupMembership]] = {row["id"]: [] for row in rows}
    for found in await session.execute(_GROUPS, {"ids": list(groups)}):
        groups[found.who].append(
            GroupMembership(
                value=str(found.in_group),
                ref=Reference(f"Groups/{found.in_group}"),
                display=found.display_name,
            )
        )
    return [_resource(row, groups[row["id"]]) for row in rows]


def _resource(row: Mapping[str, Any], groups: list[GroupMembership]) -> Any:
    user = PERSON(
        id=str(row["id"]),
        external_id=row["external_id"],
        user_name=row["user_name"],
        name=Name(formatted=row["formatted"]) if row["formatted"] else None,
        display_name=row["display_name"],
        title=row["title"],
        active=row["active"],
        groups=groups or None,
        meta=meta("User", row),
    )
    user[EnterpriseUser] = EnterpriseUser(
        employee_number=row["employee_number"], department=row["unit"]
    )
    return user


def meta(kind: str, row: Mapping[str, Any]) -> Meta:
    return Meta(
        resource_type=kind,
        created=row["created_at"],
        last_modified=row["modified_at"],
        version=version(row),
    )


def version(row: Mapping[str, Any]) -> str:
    return f'W/"{row["version"]}"'
