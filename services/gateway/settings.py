"""What the gateway alone is told, beside what every process is."""

from datetime import timedelta

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class DoorSettings(BaseSettings):
    """From the environment, `TONGXIN_…`. Raises `pydantic.ValidationError`."""

    model_config = SettingsConfigDict(env_prefix="TONGXIN_", frozen=True)

    session_hours: float = Field(default=12, gt=0, le=24 * 31)
    """A session ends after this, however busy it is."""
    session_idle_minutes: float = Field(default=60, ge=1, le=24 * 60)
    """A browser's session ends when it has not been used for this long."""

    @property
    def session_length(self) -> timedelta:
        return timedelta(hours=self.session_hours)

    @property
    def session_idle(self) -> timedelta:
        return timedelta(minutes=self.session_idle_minutes)
