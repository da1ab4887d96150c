"""Which facts HR is told back. A further one is a line in `TOLD`, a class and a name in
`shared.contracts.back`, and its words (`pages/words.py`)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.contracts import back
from shared.contracts.membership import MemberJoined
from shared.contracts.training import CourseCompleted
from shared.messages import Fact

TOLD: Mapping[type[Fact], back.Kind] = {
    CourseCompleted: "course-completed",
    MemberJoined: "member-joined",
}
"""Each is of a `person` and holds `on` a day."""
PING = "ping"


class NotKnownYet(Exception):  # noqa: N818
    """The views do not know the person or the course; they may be behind."""


def event(kind: str, id: UUID, stated_at: datetime, known: Mapping[str, Any], site: str) -> bytes:
    """The CloudEvent as it goes to HR. `known`: the fields of the fact, and what the views know of
    it (`employee`, `unit`, `title`). Raises `NotKnownYet`."""
    said = back.SAID[kind]
    fields = said.model_fields
    if missing := [
        name
        for name, field in fields.items()
        if known.get(name) is None and type(None) not in getattr(field.annotation, "__args__", ())
    ]:
        raise NotKnownYet(", ".join(missing))
    data = said.model_validate({name: known.get(name) for name in fields})
    envelope = back.BackEnvelope(
        id=id,
        source=f"/{site}/back",
        type=back.type_of(kind),
        subject=known.get("employee"),
        time=stated_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        data=data.model_dump(mode="json"),
    )
    return envelope.model_dump_json(exclude_none=True).encode()
