"""The view `proposals`: what was proposed, who stands behind it in number, what was answered."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, TypeAdapter

from services.gateway.problems import Problem
from services.gateway.views.asked import ViewAsked
from services.gateway.views.paging import CURSOR, LIMIT, Cursor
from services.gateway.views.rows import Reader, rows
from shared.contracts.democracy import (
    Category,
    Decision,
    ProposalAnswered,
    ProposalOverdue,
    ProposalSubmitted,
    ProposalSupported,
)
from shared.database import Session, sql
from shared.for_whom import SIGNED_IN
from shared.messages import NO_NUL, UNIT
from shared.reacting import heard
from shared.rights import Actor
from shared.rulebook import Basis


@heard(ProposalSubmitted)
async def keep_proposal(fact: ProposalSubmitted, session: Session) -> None:
    await session.execute(
        sql("""
            INSERT INTO proposal (id, unit, author, category, title, body, state, supports,
                overdue, submitted_on, due_on, due_by, stated_at)
            VALUES (:proposal, :unit, :author, :category, :title, :body, 'open', 0,
                false, :submitted_on, :due_on, :due_by, :stated_at)
        """),
        fact.model_dump()
        | {"due_by": fact.due_by and fact.due_by.model_dump_json(), "stated_at": fact.time},
    )


@heard(ProposalSupported)
async def count_support(fact: ProposalSupported, session: Session) -> None:
    await session.execute(
        sql("""
            UPDATE proposal SET supports = :supports, supported_at = :at WHERE id = :proposal
        """),
        fact.model_dump() | {"at": fact.time},
    )


@heard(ProposalAnswered)
async def keep_answer(fact: ProposalAnswered, session: Session) -> None:
    await session.execute(
        sql("""
            UPDATE proposal SET state = :decision, reasons = :reasons, answered_on = :answered_on,
                answered_at = :at
            WHERE id = :proposal
        """),
        fact.model_dump() | {"at": fact.time},
    )


@heard(ProposalOverdue)
async def mark_overdue(fact: ProposalOverdue, session: Session) -> None:
    await session.execute(
        sql("UPDATE proposal SET overdue = true, overdue_at = :at WHERE id = :proposal"),
        fact.model_dump() | {"at": fact.time},
    )


class ProposalsAsked(ViewAsked):
    """What of the proposals is wanted. All filters hold together."""

    zh = "查看提案"
    for_whom = SIGNED_IN

    unit: UNIT | None = Field(default=None, description="this unit and all below it")
    state: Literal["open"] | Decision | None = None
    category: Category | None = None
    overdue: bool | None = None
    q: Annotated[str, Field(max_length=100, pattern=NO_NUL)] | None = Field(
        default=None, description="words anywhere in title or body"
    )
    sort: Literal["newest", "due"] = Field(
        default="newest", description="newest first, or whose answer is due first"
    )
    limit: LIMIT = 50
    cursor: CURSOR | None = None


class ProposalSeen(BaseModel):
    """A proposal as everyone signed in may see it. `author` is an employee number; null when the
    name is hidden. `due_on` is the last day in time for an answer."""

    id: UUID
    unit: str
    unit_name: str
    author: str | None
    category: Category
    title: str
    body: str
    state: str
    supports: int
    overdue: bool
    submitted_on: date
    due_on: date
    reasons: str | None
    answered_on: date | None


class ProposalWhole(ProposalSeen):
    """`path` is that of its unit: who may answer follows from it. `mine` under one's own name.
    `due_by` is null for what was submitted before facts said by which rule an answer is due."""

    path: str
    mine: bool
    due_by: Basis | None


class ProposalsSeen(BaseModel):
    """Newest first, unless asked otherwise. `cursor` asks for what follows; null at the end."""

    items: list[ProposalSeen]
    cursor: str | None


SEEN = TypeAdapter(list[ProposalSeen])

_COLUMNS = """
    SELECT proposal.id, unit.code AS unit, unit.name AS unit_name, person.employee AS author,
        category, title, body, state, supports, overdue, submitted_on, due_on, reasons, answered_on
    FROM proposal
    JOIN unit ON unit.id = proposal.unit
    LEFT JOIN person ON person.id = proposal.author
"""
_ONE = """
    SELECT proposal.id, unit.code AS unit, unit.name AS unit_name, person.employee AS author,
        category, title, body, state, supports, overdue, submitted_on, due_on, reasons, answered_on,
        unit.path, coalesce(proposal.author = :person, false) AS mine, due_by
    FROM proposal
    JOIN unit ON unit.id = proposal.unit
    LEFT JOIN person ON person.id = proposal.author
    WHERE proposal.id = :proposal
"""
_CONDITIONS = {
    "unit": "(unit.path = above.path OR starts_with(unit.path, above.path || '/'))",
    "state": "state = :state",
    "category": "category = :category",
    "overdue": "(overdue AND state = 'open') = :overdue",
    "words": "title || ' ' || body ILIKE :words",
    "cursor": "proposal.id < :cursor",
    "author": "proposal.author = :author",
}
_ORDER = {"newest": "proposal.id DESC", "due": "due_on, proposal.id"}
_AFTER_DUE = """
    (due_on, proposal.id) > (SELECT last.due_on, last.id FROM proposal AS last
                             WHERE last.id = :cursor)
"""
"""A day that an answer is due never moves, so the id of the last row says where the page ended."""


async def proposals(
    asked: ProposalsAsked, reader: Reader, *, author: UUID | None = None
) -> ProposalsSeen:
    """One statement; ids are UUIDv7, so their order is the order of submission."""
    given: dict[str, Any] = {
        "unit": asked.unit,
        "state": asked.state,
        "category": asked.category,
        "overdue": asked.overdue,
        "cursor": asked.cursor and asked.cursor.id,
        "author": author,
        "words": asked.q and f"%{escaped(asked.q)}%",
    }
    given = {key: value for key, value in given.items() if value is not None}
    conditions = _CONDITIONS | ({"cursor": _AFTER_DUE} if asked.sort == "due" else {})
    where = " AND ".join(conditions[key] for key in given) or "true"
    above = "JOIN unit AS above ON above.code = :unit" if asked.unit else ""
    statement = f"{_COLUMNS} {above} WHERE {where} ORDER BY {_ORDER[asked.sort]} LIMIT :limit"
    found = await rows(reader, statement, given | {"limit": asked.limit + 1})
    items = SEEN.validate_python([dict(row) for row in found])
    more = len(items) > asked.limit
    items = items[: asked.limit]
    return ProposalsSeen(items=items, cursor=str(Cursor(id=items[-1].id)) if more else None)


async def proposal_page(proposal: UUID, actor: Actor, reader: Reader) -> ProposalWhole:
    """One statement. Raises `Problem` (404)."""
    found = await rows(reader, _ONE, {"proposal": proposal, "person": actor.person})
    if not found:
        raise Problem(404, "unknown-proposal", f"there is no proposal with the id {proposal}")
    return ProposalWhole.model_validate(dict(found[0]))


def escaped(words: str) -> str:
    """What a person typed, for LIKE: its wildcards mean themselves."""
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
