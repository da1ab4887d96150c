"""What a process must be told: from the environment, its secrets from files of their own.

A secret is one file in the directory `TONGXIN_SECRETS`, named as the field; that is how both the
embedded stack and Kubernetes hand them over, and it keeps them out of arguments and `/proc`.
"""

from ipaddress import IPv4Address
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)


class Settings(BaseSettings):
    """Settings of one service process. `site` names the cell; a single site is `hq`."""

    model_config = SettingsConfigDict(env_prefix="TONGXIN_", frozen=True, extra="ignore")

    site: str = Field(default="hq", pattern=r"^[a-z][a-z0-9-]{0,30}$")
    nats_url: str = "nats://127.0.0.1:4222"
    database_url: str
    """An asyncpg URL without a password: `postgresql+asyncpg://<role>@/tongxin?host=<dir>`."""
    url: str = "http://127.0.0.1:8000"
    """Where people reach the site. https decides for strict cookies; http is loopback only."""
    bind: IPv4Address = IPv4Address("127.0.0.1")
    """The address at which the process listens: loopback, or in a container that of all its
    networks. What ends TLS for an https `url` is in front."""
    port: int = Field(default=8000, ge=1, le=65535)
    """Where the gateway listens."""
    ops_port: int = Field(default=0, ge=0, le=65535)
    """Where the process serves /metrics, /livez and /readyz; 0 serves them nowhere."""
    demo: bool = False
    secrets: Path

    postgres_password: SecretStr
    nats_password: SecretStr
    seal_key: SecretStr
    """Keys digests that must not be guessable from outside the service (hidden authors)."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        directory = env_settings().get("secrets") or init_settings().get("secrets")
        files = SecretsSettingsSource(settings_cls, secrets_dir=directory, env_prefix="")
        return init_settings, env_settings, files

    @model_validator(mode="after")
    def _http_only_on_loopback(self) -> Self:
        parts = urlsplit(self.url)
        loopback = parts.hostname in {"127.0.0.1", "localhost", "::1"}
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"TONGXIN_URL must be an http(s) address, not {self.url!r}")
        if parts.scheme == "http" and not loopback:
            raise ValueError(
                "TONGXIN_URL: plain http is served on loopback only; "
                "give an https address for any other"
            )
        if parts.scheme == "http" and not self.bind.is_loopback:
            raise ValueError(
                "TONGXIN_BIND: plain http is served on loopback only; "
                "give TONGXIN_URL the https address at which people reach the site"
            )
        if self.demo and not loopback:
            raise ValueError("TONGXIN_DEMO: demo accounts exist on loopback only")
        return self
