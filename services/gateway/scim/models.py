"""What SCIM speaks of here (RFC 7643): people as the roll needs them, and groups that give roles.

Only these attributes are declared. What else a directory sends is not read and not kept. The
docstrings of the fields are published at `/Schemas`.
"""

from typing import Annotated, Any

from pydantic import Field
from scim2_models import (
    URN,
    AnyExtension,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Extension,
    Filter,
    Mutability,
    Pagination,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)
from scim2_server.utils import parametrize

from services.gateway.api.bodies import LARGEST_BODY

MOST_RESULTS = 500
MOST_OPERATIONS = 200


class Name(ComplexAttribute):
    formatted: str | None = None
    """The full name, as it stands on the roll."""


class GroupMembership(ComplexAttribute):
    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """The identifier of the group."""

    ref: Annotated[Reference["Group"] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """The address of the group."""

    display: Annotated[str | None, Mutability.read_only] = None
    """The name of the group."""


class User(Resource[AnyExtension]):
    """User Account"""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    """The name of the account at the directory. People are found by employeeNumber, not by it."""

    name: Name | None = None
    """The name on the roll; without it displayName stands there."""

    display_name: Annotated[str | None, Required.true] = None
    """The name to be shown, and on the roll where name.formatted is not given."""

    title: str | None = None
    """The post in the unit."""

    active: bool | None = None
    """False: no longer employed, and without access. Not given is true."""

    groups: Annotated[list[GroupMembership] | None, Mutability.read_only] = None
    """The groups in which the person is."""


class EnterpriseUser(Extension):
    """Enterprise User"""

    __schema__ = URN("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")

    employee_number: Annotated[str | None, Required.true, Uniqueness.server, CaseExact.true] = None
    """HR's number of the person: who it is on the roll. A UUID stands there without hyphens."""

    department: Annotated[str | None, CaseExact.true] = None
    """HR's code of the unit in which the person is placed. Not given: in no unit."""


class GroupMember(ComplexAttribute):
    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    """The identifier of a user."""

    ref: Annotated[Reference["User"] | None, Mutability.immutable] = Field(  # type: ignore[type-arg]
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """The address of the user."""


class Group(Resource[Any]):
    """Group"""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true, Uniqueness.server, CaseExact.true] = None
    """The name of the group at the identity provider. Some names give a role here."""

    members: list[GroupMember] | None = None
    """The users in the group. No groups in groups, and no units."""


PERSON: Any = parametrize(User, Annotated[EnterpriseUser, Required.true])
"""A user with the extension that says who it is on the roll."""


def provider() -> ScimProvider:
    """What is published, and how much is tolerated: attributes that are not ours are passed over,
    and PATCH is taken as Microsoft's directory sends it."""
    config = ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=True, max_operations=MOST_OPERATIONS, max_payload_size=LARGEST_BODY),
        filter=Filter(supported=True, max_results=MOST_RESULTS),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=True),
        etag=ETag(supported=True),
        pagination=Pagination(
            cursor=False,
            index=True,
            default_pagination_method=Pagination.DefaultPaginationMethod.index,
            default_page_size=100,
            max_page_size=MOST_RESULTS,
        ),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="Bearer token",
                description="A token of an account with the role hr",
                spec_uri=Reference("https://www.rfc-editor.org/info/rfc6750"),
                primary=True,
            )
        ],
    )
    return ScimProvider(
        [User, EnterpriseUser, Group],
        [ResourceType.from_resource(PERSON), ResourceType.from_resource(Group)],
        config,
        ScimPolicy(
            unknown=ScimPolicy.Unknown.ignore,
            remove_value_as_filter=ScimPolicy.RemoveValue.apply,
            unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
        ),
    )


def with_units(published: dict[str, Any], codes: list[str]) -> None:
    """What `/Schemas` says, with the codes of the units that there are: any other is refused."""
    for schema in published.get("Resources", [published]):
        if schema.get("id") == str(EnterpriseUser.__schema__):
            for attribute in schema["attributes"]:
                if attribute["name"] == "department":
                    attribute["canonicalValues"] = codes
