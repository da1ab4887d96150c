"""What the gateway alone is told, beside what every process is."""

from pathlib import Path
from typing import Self

from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)


class DoorSettings(BaseSettings):
    """From the environment (`TONGXIN_…`); secrets are files in the directory `secrets`."""

    model_config = SettingsConfigDict(env_prefix="TONGXIN_", frozen=True, extra="ignore")

    session_hours: float = Field(default=12, gt=0, le=24 * 31)
    """A session ends after this, however busy it is."""
    session_idle_minutes: float = Field(default=60, ge=1, le=24 * 60)
    """A browser's session ends when it has not been used for this long."""

    @classmethod
    def at(cls, secrets: Path) -> Self:
        """`secrets`: the directory. Raises `pydantic.ValidationError`."""
        return cls(secrets=secrets)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        directory = init_settings().get("secrets")
        files = SecretsSettingsSource(settings_cls, secrets_dir=directory, env_prefix="")
        return init_settings, env_settings, files
