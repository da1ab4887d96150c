"""Rules as dated data. A rule has versions, each with its first day, place, source and standing.

A verdict says which version it rests on, so that it can be read again years later.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Standing = Literal["read", "restated", "unverified", "house"]
"""How the source is known: its text was read, a secondary page was, nobody has checked yet, or it
is no law but the house's own promise."""


class Basis(BaseModel):
    """By which version of which rule something falls due: so many days after it began, working
    days or calendar days. `provisional` while the holidays of that year are not published."""

    model_config = ConfigDict(frozen=True)

    rule: str
    version: int
    citation: str
    citation_en: str
    standing: Standing
    days: int
    working: bool
    provisional: bool


@dataclass(frozen=True)
class Verdict:
    """What a rule said about something, with all it rests on."""

    rule: str
    version: int
    citation: str
    standing: Standing
    inputs: Mapping[str, Any]
    provisional: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "version": self.version,
            "citation": self.citation,
            "standing": self.standing,
            "inputs": dict(self.inputs),
            "provisional": self.provisional,
        }


@dataclass(frozen=True)
class Version:
    """A rule as it holds from a day on. `province` is `*` or an ISO 3166-2 code (`CN-ZJ`).
    `citation` names its source in Chinese, `citation_en` in English."""

    rule: str
    number: int
    since: date
    province: str
    citation: str
    citation_en: str
    standing: Standing
    values: Mapping[str, Any]

    def basis(self, *, days: int, working: bool, provisional: bool) -> Basis:
        return Basis(
            rule=self.rule,
            version=self.number,
            citation=self.citation,
            citation_en=self.citation_en,
            standing=self.standing,
            days=days,
            working=working,
            provisional=provisional,
        )

    def verdict(self, inputs: Mapping[str, Any], *, provisional: bool) -> Verdict:
        return Verdict(
            self.rule, self.number, self.citation, self.standing, inputs, provisional=provisional
        )


@cache
def read_rule(file: Path) -> tuple[Version, ...]:
    """The versions in a TOML file, oldest first. Raises `ValueError` when the file is not one."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        rule = content["rule"]
        versions = [
            Version(
                rule=rule,
                number=number,
                since=entry["since"],
                province=entry.get("province", "*"),
                citation=entry["citation"],
                citation_en=entry["citation_en"],
                standing=entry["standing"],
                values=MappingProxyType(entry["values"]),
            )
            for number, entry in enumerate(content["version"], start=1)
        ]
    except (KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{file.name} is no rule: {error}") from None
    return tuple(sorted(versions, key=lambda version: (version.since, version.number)))


def in_force(versions: tuple[Version, ...], on: date, province: str = "*") -> Version:
    """The newest version that holds on that day; a province's own before the general one.

    Raises `LookupError` when none does.
    """
    for place in (province, "*"):
        holding = [v for v in versions if v.province == place and v.since <= on]
        if holding:
            return holding[-1]
    rule = versions[0].rule if versions else "?"
    raise LookupError(f"no version of the rule {rule} holds on {on} in {province}")
