"""The audit log as an auditor reads it: who was refused, read or signed in, when and about whom."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, Field

from services.gateway.audit import What
from services.gateway.views.asked import ViewAsked
from services.gateway.views.paging import LIMIT
from services.gateway.views.rows import Reader, rows
from shared.calendar import midnight
from shared.for_whom import company_wide
from shared.messages import DAY, LINE

BEGAN = datetime(1970, 1, 1, tzinfo=UTC)
TEXT = Annotated[str, Field(min_length=1, max_length=200, pattern=LINE)]


class EntriesAsked(ViewAsked):
    """Entries of the audit log. All filters hold together; both days are within."""

    zh = "查看审计日志"
    for_whom = company_wide("auditor")

    account: TEXT | None = None
    about: TEXT | None = Field(default=None, description="an employee number, or what was read")
    what: What | None = None
    since: DAY | None = None
    until: DAY | None = None
    limit: LIMIT = 50
    cursor: Annotated[str, Field(pattern=r"^[0-9]{1,17}-[0-9]{1,18}$")] | None = None


class EntrySeen(BaseModel):
    """`employee`: the number of the person behind the account. `sealed`: a seal lies upon it."""

    id: int
    at: datetime
    account: str | None
    employee: str | None
    what: str
    subject: str
    about: str | None
    code: str | None
    trace_id: str | None
    sealed: bool


class EntriesSeen(BaseModel):
    """Newest first. `cursor` asks for what follows; null at the end."""

    items: list[EntrySeen]
    cursor: str | None


_CONDITIONS = {
    "account": "audit.account = (SELECT id FROM audit_name WHERE name = :account)",
    "about": "audit.about = (SELECT id FROM named)",
    "what": "audit.what = :what",
    "since": "audit.at >= :since",
    "until": "audit.at < :until",
    "cursor": "(audit.at, audit.id) < (:reached_at, :reached)",
}


_NAMED = """
    WITH named AS (
        SELECT coalesce(
            (SELECT id FROM audit_name WHERE name = :about),
            CASE WHEN CAST(:about AS text) ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                THEN CAST(:about AS uuid) END
        ) AS id
    )
"""


def statement(asked: EntriesAsked) -> tuple[str, dict[str, Any]]:
    """Only what is asked for is a condition, so that a planner knows which index serves."""
    given: dict[str, Any] = {
        name: value for name, value in asked.model_dump().items() if value is not None
    }
    if asked.since:
        given["since"] = midnight(asked.since)
    if asked.until:
        given["until"] = after(asked.until)
    if asked.cursor:
        micros, _, id = asked.cursor.partition("-")
        given["reached_at"] = BEGAN + timedelta(microseconds=int(micros))
        given["reached"] = int(id)
    where = " AND ".join(_CONDITIONS[name] for name in given if name in _CONDITIONS) or "true"
    said = f"""
        {_NAMED if asked.about else ""}
        SELECT audit.id, audit.at, coalesce(who.name, CAST(audit.account AS text)) AS account,
            person.employee, audit.what, audit.subject,
            coalesce(thing.name, CAST(audit.about AS text)) AS about, audit.code, audit.trace_id,
            audit.id <= (SELECT coalesce(max(last), 0) FROM audit_seal) AS sealed
        FROM audit_entry AS audit LEFT JOIN person ON person.id = audit.person
        LEFT JOIN audit_name AS who ON who.id = audit.account
        LEFT JOIN audit_name AS thing ON thing.id = audit.about
        WHERE {where} ORDER BY audit.at DESC, audit.id DESC LIMIT :limit
    """  # noqa: S608 - all of it is ours
    return said, given | {"limit": asked.limit + 1}


def after(day: date) -> datetime:
    """The moment at which the day is over, in the plant's zone."""
    return midnight(day + timedelta(days=1))


async def entries(asked: EntriesAsked, reader: Reader) -> EntriesSeen:
    """One statement. Whoever shows it puts on record first that it was read."""
    found = await rows(reader, *statement(asked))
    items = [EntrySeen.model_validate(dict(row)) for row in found[: asked.limit]]
    more = len(found) > asked.limit
    return EntriesSeen(items=items, cursor=_cursor_after(items[-1]) if more else None)


def _cursor_after(entry: EntrySeen) -> str:
    return f"{(entry.at - BEGAN) // timedelta(microseconds=1)}-{entry.id}"
