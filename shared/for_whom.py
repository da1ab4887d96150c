"""For whom a thing is: declared once, beside a command, query, view or page; its handler asks it.

From the same declaration come the table of rights (docs/rights.md), what `/openapi.json` and
`/asyncapi` say of each door, and what the tests of the walls hold every door to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple
from uuid import UUID

from shared.rights import Actor, Role, forbidden

COMPANY = "company"
"""The path of the root unit."""


class Words(NamedTuple):
    """The same, in Chinese and in English."""

    zh: str
    en: str


People = Literal["anyone", "own-account", "signed-in", "at-kiosk", "person", "employed", "oneself"]
Where = Literal["there", "company", "reach"]

PEOPLE: Mapping[People, Words] = {
    "anyone": Words("任何人，不必登录", "anyone, without signing in"),
    "own-account": Words("本账号", "one's own account"),
    "signed-in": Words("已登录的人", "everyone signed in"),
    "at-kiosk": Words("在自助终端登录的本人", "whoever has signed in at a kiosk, for themselves"),
    "person": Words("账号对应的本人", "a person, for themselves"),
    "employed": Words("在职的人", "whoever is employed today"),
    "oneself": Words("本人", "oneself"),
}
ROLES: Mapping[Role, Words] = {
    "leader": Words("班组长", "leader"),
    "officer": Words("工会干事", "officer"),
    "chair": Words("工会主席", "chair"),
    "manager": Words("厂长", "manager"),
    "director": Words("总经理", "director"),
    "hr": Words("人力资源", "hr"),
    "auditor": Words("审计", "auditor"),
    "it": Words("信息管理", "it"),
}


@dataclass(frozen=True, slots=True)
class ForWhom:
    """`people`, whatever their role, and whoever holds one of the `roles`: `there` at the `unit`
    or above it, for the whole company, or anywhere and then within reach of it."""

    people: People | None = None
    roles: tuple[Role, ...] = ()
    where: Where = "there"
    unit: Words | None = None

    def includes(
        self,
        actor: Actor,
        *,
        at: str = COMPANY,
        whose: UUID | None = None,
        employed: bool = False,
    ) -> bool:
        """`at`: the path of the unit; `whose`: the person it is about; `employed`: the actor is."""
        match self.people:
            case "anyone" | "own-account" | "signed-in":
                return True
            case "person" if actor.person is not None:
                return True
            case "employed" if actor.person is not None and employed:
                return True
            case "oneself" if whose is not None and actor.person == whose:
                return True
        if self.where == "reach":
            return any(grant.role in self.roles for grant in actor.grants)
        return actor.is_any(*self.roles, at=COMPANY if self.where == "company" else at)

    def must_include(
        self,
        actor: Actor,
        *,
        at: str = COMPANY,
        whose: UUID | None = None,
        employed: bool = False,
    ) -> None:
        """Raises `RuleBroken` (403) for everyone else. Default deny."""
        if not self.includes(actor, at=at, whose=whose, employed=employed):
            raise forbidden(f"this is for {self.words().en}")

    def reach(self, actor: Actor) -> list[str]:
        """The paths from which one of the roles reaches downwards. Raises `RuleBroken` (403)."""
        self.must_include(actor)
        return self.held(actor)

    def held(self, actor: Actor) -> list[str]:
        """The paths at which the actor holds one of the roles."""
        return [grant.at for grant in actor.grants if grant.role in self.roles]

    def words(self) -> Words:
        """`本人；工会干事（…，或其上级）`, `oneself; officer (at or above …)`."""
        both = [self.people and PEOPLE[self.people], self._held()]
        zh, en = zip(*filter(None, both), strict=True)
        return Words("；".join(zh), "; ".join(en))

    def line(self) -> str:
        """For a description."""
        zh, en = self.words()
        return f"For whom 谁可以: {zh} · {en}."

    def _held(self) -> Words | None:
        if not self.roles:
            return None
        zh = "、".join(ROLES[role].zh for role in self.roles)
        *others, last = (ROLES[role].en for role in self.roles)
        en = " or ".join([", ".join(others), last] if others else [last])
        match self.where:
            case "company":
                return Words(f"{zh}（全公司）", f"{en} (of the whole company)")
            case "reach":
                return Words(f"{zh}（仅限所辖单位）", f"{en} (within their reach)")
        assert self.unit
        return Words(f"{zh}（{self.unit.zh}，或其上级）", f"{en} (at or above {self.unit.en})")


ANYONE = ForWhom("anyone")
OWN_ACCOUNT = ForWhom("own-account")
SIGNED_IN = ForWhom("signed-in")
AT_KIOSK = ForWhom("at-kiosk")
"""The page asks by which kind of session one is there; an actor alone never is."""
A_PERSON = ForWhom("person")
EMPLOYED = ForWhom("employed")


def there(*roles: Role, zh: str, en: str) -> ForWhom:
    """Whoever holds one of the roles at the unit that `zh` and `en` name, or above it."""
    return ForWhom(None, roles, "there", Words(zh, en))


def oneself_or_there(*roles: Role, zh: str, en: str) -> ForWhom:
    return ForWhom("oneself", roles, "there", Words(zh, en))


def company_wide(*roles: Role) -> ForWhom:
    return ForWhom(None, roles, "company")


def reaching(*roles: Role) -> ForWhom:
    """Whoever holds one of the roles anywhere; what they are shown ends where the role does."""
    return ForWhom(None, roles, "reach")
