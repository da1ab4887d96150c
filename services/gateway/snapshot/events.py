"""What a list says, as events of HR: their ids follow from what they say, so that the same list
twice is a repeat."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from shared.calendar import midnight
from shared.contracts.hr import HrEvent, parse

SOURCE = "/snapshot"


def event(kind: str, data: Mapping[str, Any], on: date) -> HrEvent:
    """As of the list's day."""
    said = json.dumps([kind, data, on.isoformat()], sort_keys=True, ensure_ascii=False)
    return parse(
        {
            "specversion": "1.0",
            "id": hashlib.blake2b(said.encode(), digest_size=20).hexdigest(),
            "source": SOURCE,
            "type": kind,
            "time": midnight(on).isoformat(),
            "datacontenttype": "application/json",
            "data": dict(data),
        }
    )


def events(said: Iterable[tuple[str, Mapping[str, Any]]], on: date) -> list[HrEvent]:
    return [event(kind, data, on) for kind, data in said]
