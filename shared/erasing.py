"""Erasing a person from the tables of one service: what its inventory says, and what the kernel
keeps of them. Done twice it is done once.

Facts stay, for histories have no gaps; what they say of the person is put in other words. A fact
that was sent already is sent anew with them, as a fact of the same place under another id, and the
message in the stream is noted in `redacted`, to be deleted by who may (`tongxin up`). Readers that
have heard the old one drop the new one by its place.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from shared.contracts.membership import PersonPlaced
from shared.database import Session, raw
from shared.messages import Fact
from shared.personal import Inventory, erased_number

_SAID = """
    jsonb_set(convert_from({raw}, 'UTF8')::jsonb, '{{data}}',
        (convert_from({raw}, 'UTF8')::jsonb -> 'data') || CAST($2 AS jsonb))
"""
_REDACT = f"""
    WITH old AS (
        SELECT id, subject, stream_sequence, uuidv7() AS fact, {_SAID.format(raw="payload")} AS said
        FROM outbox WHERE aggregate = ANY(CAST($1 AS uuid[])) AND subject LIKE $3
    ), noted AS (
        INSERT INTO redacted (subject, stream_sequence)
        SELECT subject, stream_sequence FROM old WHERE stream_sequence IS NOT NULL
    )
    UPDATE outbox SET fact = old.fact, sent_at = NULL, stream_sequence = NULL,
        payload = convert_to(jsonb_set(old.said, '{{id}}', to_jsonb(old.fact))::text, 'UTF8')
    FROM old WHERE outbox.id = old.id
        AND convert_from(payload, 'UTF8')::jsonb -> 'data' <> old.said -> 'data'
"""  # noqa: S608 - all of it is ours
_UNSAY = """
    WITH gone AS (
        DELETE FROM outbox WHERE aggregate = ANY(CAST($1 AS uuid[]))
        RETURNING subject, stream_sequence
    )
    INSERT INTO redacted (subject, stream_sequence)
    SELECT subject, stream_sequence FROM gone WHERE stream_sequence IS NOT NULL
"""
_PUT_ASIDE = f"""
    UPDATE {{table}} SET raw = convert_to(({_SAID.format(raw="raw").replace("{", "{{").replace("}", "}}")})::text, 'UTF8')
    WHERE aggregate = ANY(CAST($1 AS text[])) AND subject LIKE $3
"""  # noqa: S608, E501
_UNREADABLE = "SELECT aggregate, raw FROM {table} WHERE aggregate LIKE 'unreadable %'"
_REFUSALS = 'SELECT digest, answer FROM command WHERE starts_with(answer, \'{"kind":"refused"\')'


async def erase_rows(
    inventory: Inventory, session: Session, *, people: Sequence[UUID], **more: Any
) -> None:
    """What the inventory says, in its order. `more` are further parameters of conditions."""
    given = {"people": list(people)} | more
    for holding in inventory:
        statement = holding.erase() if holding.whose else None
        if statement:
            await session.execute(text(statement), given)


async def erase_copy(inventory: Inventory, person: UUID, session: Session, **more: Any) -> None:
    """In a service that has the person from membership's facts: rows, and what was put aside."""
    number = await number_of(person, session)
    nobody = erased_number(person)
    await erase_rows(inventory, session, people=[person], **more)
    await redact_put_aside(PersonPlaced, [person], {"employee": nobody, "numbers": []}, session)
    if number:
        await forget_mentions([number], session)


async def redact_stated(
    fact: type[Fact], aggregates: Sequence[UUID], put: Mapping[str, Any], session: Session
) -> None:
    """In what this service has stated of these aggregates, the fields of `put` say something else
    from now on."""
    given = ([*aggregates], json.dumps(put, ensure_ascii=False), f"%.{fact.slug()}")
    await raw(session).execute(_REDACT, *given)


async def unsay(aggregates: Sequence[UUID], session: Session) -> None:
    """Every fact of these aggregates is gone, here and, soon, in the stream. Only for aggregates of
    which nothing more will ever be stated, or their next fact would wait for those before it."""
    await raw(session).execute(_UNSAY, [*aggregates])


async def redact_put_aside(
    fact: type[Fact], aggregates: Sequence[UUID], put: Mapping[str, Any], session: Session
) -> None:
    """The same in what others have stated and this service could not take, or an operator has
    skipped: it must be possible to replay it."""
    given = (
        [str(each) for each in aggregates],
        json.dumps(put, ensure_ascii=False),
        f"%.{fact.slug()}",
    )
    for table in ("held", "skipped"):
        await raw(session).execute(_PUT_ASIDE.format(table=table), *given)


async def forget_mentions(
    words: Collection[str], session: Session, *, answers: bool = True
) -> None:
    """Messages that nobody could read, and refusals that were given to an asker, where they say one
    of these words: nothing follows from either. `answers`: this service is asked commands."""
    for table in ("held", "skipped"):
        rows = await raw(session).fetch(_UNREADABLE.format(table=table))
        said = [row["aggregate"] for row in rows if mentions(row["raw"], words)]
        await raw(session).execute(
            f"DELETE FROM {table} WHERE aggregate = ANY($1)",  # noqa: S608
            said,
        )
    if answers:
        rows = await raw(session).fetch(_REFUSALS)
        said = [row["digest"] for row in rows if mentions(row["answer"].encode(), words)]
        await raw(session).execute("DELETE FROM command WHERE digest = ANY($1)", said)


def mentions(message: bytes, words: Collection[str]) -> bool:
    """Whether one of the words stands in it by itself: in a text of JSON, however it is escaped, or
    anywhere where it is no JSON. `12` does not stand in `2012`."""
    alone = [re.compile(rf"(?<!\w){re.escape(word)}(?!\w)") for word in words]
    return any(each.search(said) for said in _said(message) for each in alone)


def words_in(message: bytes) -> set[str]:
    """Whatever in it may be a number: each text of JSON whole, and everything between blanks and
    signs."""
    texts = _said(message)
    return {*texts, *(word for said in texts for word in re.split(r"[^\w.@-]+", said) if word)}


def _said(message: bytes) -> list[str]:
    told = message.decode(errors="replace")
    try:
        return list(_texts(json.loads(told)))
    except (ValueError, RecursionError):
        return [told]


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for each in value:
                yield from _texts(each)
        case dict():
            for key, each in value.items():
                yield key
                yield from _texts(each)


async def erased_among(people: Collection[UUID], session: Session) -> set[UUID]:
    """In a service's own copy of the roll, or in the roll."""
    called = "SELECT id, employee FROM person WHERE id = ANY($1)"
    rows = await raw(session).fetch(called, list(people))
    return {row["id"] for row in rows if row["employee"] == erased_number(row["id"])}


async def number_of(person: UUID, session: Session) -> str | None:
    """What this service knows the person by; None when it knows none, or none any more."""
    number = await raw(session).fetchval("SELECT employee FROM person WHERE id = $1", person)
    return None if number in (None, erased_number(person)) else number
