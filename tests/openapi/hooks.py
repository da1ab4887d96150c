"""What schemathesis cannot read in the document."""

import re
from typing import Any
from uuid import uuid4

import schemathesis

KEY = "Idempotency-Key"
_OTHER_YEAR = re.compile(r"^(?!19|20|21)[0-9]{4}(-[0-9]{2}-[0-9]{2}[Tt ])")


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext, case: "schemathesis.Case[Any]", **kwargs: object
) -> None:
    """A key stands for one command. Made-up keys repeat, and the second command would be refused
    for its key and not for what it says; so a good key is made a fresh one.

    A moment of `known` is of the years 1900 to 2199: the published schema says it in words, and is
    not narrowed. So it is put there, and all else about it stays as it was made up."""
    if isinstance(known := (case.query or {}).get("known"), str):
        case.query["known"] = _OTHER_YEAR.sub(r"2024\1", known, count=1)
    headers = case.headers
    if headers and KEY in headers and _is_good(headers[KEY]):
        headers[KEY] = str(uuid4())


def _is_good(key: object) -> bool:
    return isinstance(key, str) and 0 < len(key) < 256 and all("!" <= each <= "~" for each in key)
