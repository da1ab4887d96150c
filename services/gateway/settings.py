"""What the gateway alone is told, beside what every process is."""

import os
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Annotated, Any, Literal, NamedTuple, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
AccountRole = Literal["hr", "auditor", "it"]
"""Roles of accounts; all others follow from posts."""


class Idle(NamedTuple):
    """How long a session of a browser, and one at a kiosk, may lie unused."""

    idle: timedelta = timedelta(hours=1)
    kiosk_idle: timedelta = timedelta(seconds=90)


class DoorSettings(BaseSettings):
    """From the environment, `TONGXIN_…`. Raises `pydantic.ValidationError`."""

    model_config = SettingsConfigDict(env_prefix="TONGXIN_", frozen=True)

    session_hours: float = Field(default=12, gt=0, le=24 * 31)
    """A session ends after this, however busy it is."""
    session_idle_minutes: float = Field(default=60, ge=1, le=24 * 60)
    """A browser's session ends when it has not been used for this long."""
    kiosk_idle_seconds: float = Field(default=90, ge=5, le=600)
    """The same at a kiosk, where somebody else stands next."""
    kiosk_minutes: float = Field(default=10, ge=1, le=60)
    """A kiosk's session ends after this, however busy it is."""
    kiosks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = (
        IPv4Network("127.0.0.0/8"),
    )
    """Where kiosks stand. Six digits open nothing anywhere else."""

    back_loopback: bool = False
    """HR may be told at an http address of this machine: for tests and trials."""

    @field_validator("kiosks", mode="before")
    @classmethod
    def _listed(cls, given: Any) -> Any:
        """`10.1.2.3,10.9.0.0/24`, as it is written in a variable."""
        return [each.strip() for each in given.split(",")] if isinstance(given, str) else given

    def is_kiosk(self, where: IPv4Address | IPv6Address | None) -> bool:
        return where is not None and any(where in network for network in self.kiosks)

    @property
    def kiosk_length(self) -> timedelta:
        return timedelta(minutes=self.kiosk_minutes)

    files_gib: float = Field(default=10, gt=0, le=1024 * 1024)
    """As much room as files that people bring may take; then no more are taken."""

    @property
    def session_length(self) -> timedelta:
        return timedelta(hours=self.session_hours)

    @property
    def session_idle(self) -> timedelta:
        return timedelta(minutes=self.session_idle_minutes)

    @property
    def idle(self) -> Idle:
        return Idle(
            self.session_idle,
            timedelta(seconds=self.kiosk_idle_seconds),
        )


class GroupSettings(BaseSettings):
    """The groups of the company's identity provider, from `TONGXIN_OIDC_…`: they come with the
    sign-in, and by SCIM. Raises `pydantic.ValidationError`."""

    model_config = SettingsConfigDict(
        env_prefix="TONGXIN_OIDC_", frozen=True, env_ignore_empty=True
    )

    roles: Annotated[dict[str, AccountRole], NoDecode] = {}
    """Group → role. Empty: the roles are those that the account has here."""

    @field_validator("roles", mode="before")
    @classmethod
    def _pairs(cls, given: Any) -> Any:
        """`group=role,group=role`, as it is written in a variable."""
        if not isinstance(given, str):
            return given
        pairs = [pair.rpartition("=") for pair in given.split(",")]
        return {group.strip(): role.strip() for group, _, role in pairs}


class CompanySettings(GroupSettings):
    """The company's identity provider, from `TONGXIN_OIDC_…`. The client's secret is a file, see
    `provider`. Raises `pydantic.ValidationError`."""

    issuer: str
    client: str
    scopes: str = Field(default="openid profile", pattern=r"^(.* )?openid( .*)?$")
    employee_claim: str = "employee_number"
    roles_claim: str = "groups"

    @classmethod
    def from_environment(cls) -> Self | None:
        """None without an issuer: then the site has local accounts only."""
        return cls() if os.environ.get("TONGXIN_OIDC_ISSUER") else None

    @field_validator("issuer")
    @classmethod
    def _https(cls, issuer: str) -> str:
        if not trusted_address(issuer, loopback=True):
            raise ValueError("an issuer is an https address; plain http is for loopback only")
        return issuer

    @property
    def loopback(self) -> bool:
        """Of a provider on this machine plain http is taken."""
        return urlsplit(self.issuer).scheme == "http"

    def roles_of(self, groups: object) -> list[AccountRole] | None:
        """Those that the claim gives; None when roles are ours."""
        if not self.roles:
            return None
        named = [groups] if isinstance(groups, str) else groups
        if not isinstance(named, list):
            return []
        held = {role for group, role in self.roles.items() if group in named}
        return sorted(held)


def trusted_address(address: object, *, loopback: bool) -> bool:
    """https; http only where a provider on this machine is allowed."""
    parts = urlsplit(address) if isinstance(address, str) else urlsplit("")
    if not parts.hostname or parts.fragment:
        return False
    return parts.scheme == "https" or (
        loopback and parts.scheme == "http" and parts.hostname in LOOPBACK
    )
