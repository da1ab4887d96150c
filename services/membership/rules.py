"""The dated rules of this service, by their names: the files of `rulebook/`."""

from datetime import date
from pathlib import Path

from shared.rulebook import Version, in_force, read_rule

RULEBOOK = Path(__file__).parent / "rulebook"


def version_of(rule: str, on: date, province: str = "*") -> Version:
    """The version that holds on that day. Raises `LookupError` when none does."""
    return in_force(read_rule(RULEBOOK / f"{rule}.toml"), on, province)
