"""Who asks, and what they may do where. The gateway says who; the owner of the thing checks."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Self
from uuid import UUID

from pydantic import TypeAdapter

from shared.messages import Refused, RefusedRow

Role = Literal["leader", "officer", "chair", "manager", "director", "hr", "auditor", "it"]


class RuleBroken(Exception):  # noqa: N818 - it is said as the business says it
    """A rule says no. `code` is for programs, `detail` for people, `citation` for lawyers."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        field: str | None = None,
        rule: str | None = None,
        citation: str | None = None,
        rows: list[RefusedRow] | None = None,
        status: Literal[403, 404, 409, 422] = 409,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.answer = Refused(
            status=status,
            code=code,
            detail=detail,
            field=field,
            rule=rule,
            citation=citation,
            rows=rows,
        )


def forbidden(detail: str) -> RuleBroken:
    return RuleBroken("forbidden", detail, status=403)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role and the unit below which it holds, as a path of codes: `company/nanjing`."""

    role: Role
    at: str


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who asks. `person` is None for accounts that belong to no person (a system)."""

    account: str
    person: UUID | None = None
    grants: tuple[Grant, ...] = ()
    site: str = "hq"
    also: tuple[UUID, ...] = ()
    """Ids that turned out to be the same human being's: what stands under them is theirs too."""

    @property
    def ids(self) -> list[UUID]:
        """All under which something of theirs may stand; none of an account that is a system's."""
        return [self.person, *self.also] if self.person else []

    def is_any(self, *roles: Role, at: str) -> bool:
        """True when one of the roles is held at the unit's path or above it."""
        return any(
            grant.role in roles and (at == grant.at or at.startswith(grant.at + "/"))
            for grant in self.grants
        )

    def must_be_someone(self) -> UUID:
        """The person behind the account; an account without one cannot act as a worker."""
        if self.person is None:
            raise forbidden("this account belongs to no person")
        return self.person

    @property
    def signature(self) -> str:
        """What stands at what somebody entered: the id of the person, who may be erased one day,
        never a name; the account's where it belongs to no person."""
        return str(self.person) if self.person else self.account

    def roles(self) -> Iterable[Role]:
        return {grant.role for grant in self.grants}

    def header(self) -> str:
        return _ACTOR.dump_json(self, ensure_ascii=True).decode()

    @classmethod
    def from_header(cls, header: str) -> Self:
        return _from_header(header)  # type: ignore[return-value]


_ACTOR: TypeAdapter[Actor] = TypeAdapter(Actor)


@lru_cache(maxsize=4096)
def _from_header(header: str) -> Actor:
    """The same people come again and again."""
    return _ACTOR.validate_json(header)
