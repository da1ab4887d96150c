"""The AsyncAPI project's own parser (`@asyncapi/parser`), run by the pinned Node of the tests."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.npm import checked

HERE = Path(__file__).parent / "asyncapi"
PARSER = "the AsyncAPI parser"
ERROR = 0
"""Severity, as the parser counts it: error, warning, information, hint."""


@dataclass(frozen=True)
class Verdict:
    """`errors` name the place and the rule; a document without errors was `parsed`."""

    parsed: bool
    errors: list[str]


def verdict(document: str | dict[str, Any]) -> Verdict:
    """What the parser says of a document."""
    text = document if isinstance(document, str) else json.dumps(document)
    said = json.loads(checked(PARSER, HERE, text))
    errors = [
        f"{'.'.join(map(str, each['path']))}: {each['message']} ({each['code']})"
        for each in said["diagnostics"]
        if each["severity"] == ERROR
    ]
    return Verdict(said["parsed"], errors)
