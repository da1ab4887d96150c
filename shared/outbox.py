"""How facts are stated: inside the transaction, to be sent afterwards (`shared.relay`).

The id of an outbox row is a bigint identity taken while the aggregate's counter row is locked, so
the order of ids within an aggregate is the order of commits. Rows stay after they were sent: a
stream that lost its disk is filled again from here.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.database import Session, put_through, raw
from shared.messages import Accepted, Fact, uuid7
from shared.tracing import traceparent

LONGEST_ANSWER = 256 * 1024
"""Bytes. A longer one brings no facts; the views wait for the stream."""

# The counter rows are locked in the order of their ids, so that two batches never wait for each
# other. A fact can only be joined to a counter row that is locked, and takes its id after that.
_STATED = """
    WITH counted AS (
        INSERT INTO aggregate AS a (id, last)
        SELECT * FROM unnest(CAST($1 AS uuid[]), CAST($2 AS bigint[])) ORDER BY 1
        ON CONFLICT (id) DO UPDATE SET last = a.last + excluded.last
        RETURNING id, last
    ), stated AS (
        SELECT place, command, fact, subject, aggregate, counted.last - behind AS sequence,
            head, tail
        FROM unnest(CAST($3 AS uuid[]), CAST($4 AS integer[]),
            CAST($5 AS text[]), CAST($6 AS uuid[]), CAST($7 AS bigint[]),
            CAST($8 AS text[]), CAST($9 AS text[]))
            WITH ORDINALITY
            AS told (fact, command, subject, aggregate, behind, head, tail, place)
        JOIN counted ON counted.id = told.aggregate
    ), kept AS (
        INSERT INTO outbox (fact, subject, aggregate, sequence, payload)
        SELECT fact, subject, aggregate, sequence,
            convert_to(head || lpad(sequence::text, 12, '0') || tail, 'UTF8')
        FROM stated ORDER BY place
    ), fallen_due AS (
        INSERT INTO due (what, key, at)
        SELECT * FROM unnest(CAST($10 AS text[]), CAST($11 AS text[]), CAST($12 AS timestamptz[]))
        ON CONFLICT (what, key) DO UPDATE SET at = excluded.at, tries = 0, error = NULL
    )
"""
_KEEP = _STATED + "SELECT FROM counted"
_CLOSE = (
    _STATED  # noqa: S608 - all of it is ours
    + """
    , places AS (
        SELECT command, string_agg(
            format('{"aggregate":"%s","sequence":%s}', aggregate, sequence), ',') AS json
        FROM (SELECT command, aggregate, max(sequence) AS sequence FROM stated GROUP BY 1, 2) AS o
        GROUP BY command
    )
    INSERT INTO command (digest, body, answer)
    SELECT digest, body, before || coalesce(places.json, '') || after
    FROM unnest(CAST($13 AS bytea[]), CAST($14 AS bytea[]), CAST($15 AS text[]),
        CAST($16 AS text[])) WITH ORDINALITY AS closed (digest, body, before, after, number)
    LEFT JOIN places ON places.command = closed.number
    ON CONFLICT DO NOTHING RETURNING digest, answer
"""
)


def state(session: Session, *facts: Fact) -> None:
    """States facts: they leave when, and only when, the session's transaction commits."""
    trace, now = traceparent(), datetime.now(UTC)
    for fact in facts:
        fact.stated_within(trace, now)
    session.info.setdefault("stated", []).extend(facts)


async def keep_stated(session: Session, site: str) -> None:
    """Writes what was stated into the outbox, and what is to fall due, in one statement; called by
    the edge just before it commits."""
    await put_through(session)
    facts: list[Fact] = session.info.pop("stated", [])
    due = _due_columns(session)
    if facts or due[0]:
        await raw(session).execute(
            _KEEP, *_columns(_framed([(0, fact) for fact in facts], site)), *due
        )


@dataclass(frozen=True, slots=True)
class Closing:
    """A command that was done: by what it is known, its answer, and what it stated."""

    digest: bytes
    body: bytes
    accepted: Accepted
    facts: Sequence[Fact]


async def close_commands(
    session: Session, site: str, closings: Sequence[Closing]
) -> dict[bytes, bytes]:
    """Writes what was stated, what is to fall due, and the commands with their answers, in one
    statement.

    Returns the answers by digest: JSON of each `accepted` with the places of its facts, as it is
    stored, and the facts themselves. One that is missing is known already; then the transaction is
    to be rolled back.
    """
    await put_through(session)
    framed = _framed(
        [(n, fact) for n, one in enumerate(closings, start=1) for fact in one.facts], site
    )
    answers = [
        one.accepted.model_dump_json(exclude={"stated"}).split('"facts":[') for one in closings
    ]
    rows = await raw(session).fetch(
        _CLOSE,
        *_columns(framed),
        *_due_columns(session),
        [one.digest for one in closings],
        [one.body for one in closings],
        [before + '"facts":[' for before, _ in answers],
        [after for _, after in answers],
    )
    stated: defaultdict[bytes, list[Framed]] = defaultdict(list)
    for one in framed:
        stated[closings[one.number - 1].digest].append(one)
    return {row["digest"]: _told(row["answer"], stated[row["digest"]]) for row in rows}


def _told(answer: str, stated: Sequence["Framed"]) -> bytes:
    """The answer with what was stated, if the views hear it at all and it is not too long for an
    answer."""
    if not stated or not all(one.fact.road == Fact.road for one in stated):
        return answer.encode()
    reached = {place["aggregate"]: place["sequence"] for place in json.loads(answer)["facts"]}
    facts = [
        {
            "subject": one.subject,
            "fact": one.payload(reached[str(one.fact.aggregate)] - one.behind),
        }
        for one in stated
    ]
    told = f'{answer[:-1]},"stated":{json.dumps(facts, ensure_ascii=False)}}}'.encode()
    return told if len(told) <= LONGEST_ANSWER else answer.encode()


def _due_columns(session: Session) -> list[list[Any]]:
    due: dict[tuple[str, str], datetime] = session.info.pop("due", {})
    return [[what for what, _ in due], [key for _, key in due], list(due.values())]


@dataclass(frozen=True, slots=True)
class Framed:
    """A fact on its way into the outbox: the number of its command, and its message around the
    sequence. `behind` is how many of the same aggregate follow in the transaction, so that its
    sequence is what the counter reaches less that."""

    number: int
    fact: Fact
    id: UUID
    subject: str
    head: str
    tail: str
    behind: int

    def payload(self, sequence: int) -> str:
        """As `_STATED` writes it, to the letter."""
        return f"{self.head}{sequence:012d}{self.tail}"


def _framed(facts: Sequence[tuple[int, Fact]], site: str) -> list[Framed]:
    left = Counter(fact.aggregate for _, fact in facts)
    framed = []
    for number, fact in facts:
        left[fact.aggregate] -= 1
        id = uuid7()
        head, tail = fact.frame(id=id, site=site, traceparent=fact.traceparent)
        behind = left[fact.aggregate]
        framed.append(Framed(number, fact, id, fact.address(site), head, tail, behind))
    return framed


def _columns(framed: Sequence[Framed]) -> list[list[Any]]:
    """The parameters of `_STATED`: the facts, a column each."""
    counts = Counter(one.fact.aggregate for one in framed)
    return [
        list(counts),
        list(counts.values()),
        [one.id for one in framed],
        [one.number for one in framed],
        [one.subject for one in framed],
        [one.fact.aggregate for one in framed],
        [one.behind for one in framed],
        [one.head for one in framed],
        [one.tail for one in framed],
    ]
