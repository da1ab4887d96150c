"""What schemathesis cannot read in the document."""

from typing import Any
from uuid import uuid4

import schemathesis

KEY = "Idempotency-Key"


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext, case: "schemathesis.Case[Any]", **kwargs: object
) -> None:
    """A key stands for one command. Made-up keys repeat, and the second command would be refused
    for its key and not for what it says; so a good key is made a fresh one."""
    headers = case.headers
    if headers and KEY in headers and _is_good(headers[KEY]):
        headers[KEY] = str(uuid4())


def _is_good(key: object) -> bool:
    return isinstance(key, str) and 0 < len(key) < 256 and all("!" <= each <= "~" for each in key)
