"""The view `proposals`: what was proposed, who stands behind it in number, what was answered."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, TypeAdapter

from services.gateway.problems import Problem
from services.gateway.views.asked import ViewAsked
from services.gateway.views.lexemes import vector
from services.gateway.views.paging import CURSOR, LIMIT, Order
from services.gateway.views.people import CALLED, EITHER, ONE_PERSON
from services.gateway.views.rows import Reader, rows
from services.gateway.views.search import TYPED, Searched, found_in, rank_of, searched
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
from shared.messages import UNIT
from shared.reacting import heard
from shared.rights import Actor
from shared.rulebook import Basis


@heard(ProposalSubmitted)
async def keep_proposal(fact: ProposalSubmitted, session: Session) -> None:
    await session.execute(
        sql("""
            INSERT INTO proposal (id, unit, author, category, title, body, state, supports,
                overdue, submitted_on, due_on, due_by, stated_at, words)
            VALUES (:proposal, :unit, :author, :category, :title, :body, 'open', 0,
                false, :submitted_on, :due_on, :due_by, :stated_at, CAST(:words AS tsvector))
        """),
        fact.model_dump()
        | {
            "due_by": fact.due_by and fact.due_by.model_dump_json(),
            "stated_at": fact.time,
            "words": words_of_proposal(fact.title, fact.body),
        },
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
                answered_at = :at, words = words || CAST(:words AS tsvector)
            WHERE id = :proposal
        """),
        fact.model_dump() | {"at": fact.time, "words": words_of_answer(fact.reasons)},
    )


@heard(ProposalOverdue)
async def mark_overdue(fact: ProposalOverdue, session: Session) -> None:
    await session.execute(
        sql("UPDATE proposal SET overdue = true, overdue_at = :at WHERE id = :proposal"),
        fact.model_dump() | {"at": fact.time},
    )


def words_of_proposal(title: str, body: str) -> str:
    """What it is found by; the title weighs more."""
    return vector((title, "A"), (body, "C"))


def words_of_answer(reasons: str) -> str:
    """What it is found by as well once it is answered."""
    return vector((reasons, "D"))


class ProposalsAsked(ViewAsked):
    """What of the proposals is wanted. All filters hold together."""

    zh = "查看提案"
    for_whom = SIGNED_IN

    unit: UNIT | None = Field(default=None, description="this unit and all below it")
    state: Literal["open"] | Decision | None = None
    category: Category | None = None
    overdue: bool | None = None
    q: TYPED | None = Field(
        default=None, description="words in title, body or reasons, all of them, in any order"
    )
    sort: Literal["best", "newest", "due"] | None = Field(
        default=None,
        description="what fits `q` best first, newest first, or whose answer is due first; "
        "when none is given the best with `q`, else the newest",
    )
    limit: LIMIT = 50
    cursor: CURSOR | None = None

    @property
    def words(self) -> Searched | None:
        """None when there is nothing in `q` that can be searched for."""
        return searched(self.q) if self.q else None

    @property
    def order(self) -> Order:
        if self.sort in (None, "best"):
            return BEST if self.words else NEWEST
        return DUE if self.sort == "due" else NEWEST


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
    """What fits best first when words are searched for, else newest first, unless asked otherwise.
    `cursor` asks for what follows; null at the end."""

    items: list[ProposalSeen]
    cursor: str | None


SEEN = TypeAdapter(list[ProposalSeen])

NEWEST = Order("proposal.id DESC", "proposal.id < :cursor")
"""Ids are UUIDv7, so their order is the order of submission."""
DUE = Order(
    "due_on, proposal.id",
    "(due_on, proposal.id) > (SELECT due_on, id FROM proposal AS last WHERE last.id = :cursor)",
)
"""A day that an answer is due never moves, so the id of the last row says where the page ended."""
BEST = Order("rank DESC, id DESC", "(rank, id) < (CAST(:key AS real), :cursor)", "rank")
"""What is answered meanwhile may fit better than before, and come again."""

_SEEN = f"""
    proposal.id, unit.code AS unit, unit.name AS unit_name, {CALLED} AS author,
    category, title, body, state, supports, overdue, submitted_on, due_on, reasons, answered_on
"""
_UNIT = "JOIN unit ON unit.id = proposal.unit"
_AUTHOR = f"LEFT JOIN person ON person.id = proposal.author {ONE_PERSON}"
_ONE = f"""
    SELECT {_SEEN}, unit.path, coalesce(proposal.author = ANY(:persons), false) AS mine, due_by
    FROM proposal {_UNIT} {_AUTHOR} WHERE proposal.id = :proposal
"""
_CONDITIONS = {
    "unit": "(unit.path = above.path OR starts_with(unit.path, above.path || '/'))",
    "state": "state = :state",
    "category": "category = :category",
    "overdue": "(overdue AND state = 'open') = :overdue",
    "author": f"proposal.author = ANY({EITHER.replace(':person', ':author')})",
}


def asked_sql(asked: ProposalsAsked, author: UUID | None = None) -> tuple[str, dict[str, Any]]:
    """The one statement and what it is given, for one row more than is wanted."""
    given: dict[str, Any] = {
        "unit": asked.unit,
        "state": asked.state,
        "category": asked.category,
        "overdue": asked.overdue,
        "author": author,
    }
    given = {key: value for key, value in given.items() if value is not None}
    where = " AND ".join(_CONDITIONS[key] for key in given) or "true"
    order, after = asked.order, "true"
    if asked.cursor:
        after = order.after
        given |= order.following(asked.cursor)
    if asked.words:
        given |= asked.words.given()
    above = "JOIN unit AS above ON above.code = :unit" if asked.unit else ""
    source = f"{found_in('proposal') if asked.words else 'proposal'} {_UNIT} {above}"
    if order is BEST:
        judged = f"SELECT proposal.id, {rank_of('proposal')} AS rank FROM {source} WHERE {where}"
        statement = f"""
            SELECT {_SEEN}, rank FROM (
                SELECT id, rank FROM ({judged}) AS judged
                WHERE {after} ORDER BY {order.by} LIMIT :limit
            ) AS best JOIN proposal USING (id) {_UNIT} {_AUTHOR} ORDER BY {order.by}
        """
    else:
        statement = f"""
            SELECT {_SEEN} FROM {source} {_AUTHOR}
            WHERE {where} AND {after} ORDER BY {order.by} LIMIT :limit
        """
    return statement, given | {"limit": asked.limit + 1}


async def proposals(
    asked: ProposalsAsked, reader: Reader, *, author: UUID | None = None
) -> ProposalsSeen:
    """One statement; none when there is no word in what is searched for. Raises `Problem` (404) for
    a cursor of another order."""
    if asked.q and not asked.words:
        return ProposalsSeen(items=[], cursor=None)
    found = await rows(reader, *asked_sql(asked, author))
    items, cursor = asked.order.page(found, asked.limit)
    return ProposalsSeen(items=SEEN.validate_python(items), cursor=cursor)


async def proposal_page(proposal: UUID, actor: Actor, reader: Reader) -> ProposalWhole:
    """One statement. Raises `Problem` (404)."""
    found = await rows(reader, _ONE, {"proposal": proposal, "persons": actor.ids})
    if not found:
        raise Problem(404, "unknown-proposal", f"there is no proposal with the id {proposal}")
    return ProposalWhole.model_validate(dict(found[0]))
