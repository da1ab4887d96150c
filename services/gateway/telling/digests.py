"""Who wants a digest, when, and where to: a row an account, which is also its clock.

A row is taken for a while (`taken_until`) before anything is sent, and noted after it. Whoever took
it notes it, in as far as it is still theirs: so any number of gateways may look, a digest that was
sent is not sent again by another, and what a gateway had taken when it died is taken anew later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.gateway.telling.due import Every, later, next_due
from services.gateway.telling.following import follower_of
from services.gateway.telling.steps import STEPS, Kind
from shared.calendar import today
from shared.database import Session, sql
from shared.sealing import decrypt, encrypt

BATCH = 1000
TAKEN, TO_SEND = timedelta(minutes=15), timedelta(minutes=10)
"""How long a batch is whose; what is not on its way by the second is left to the next."""
STILL_COMING = timedelta(minutes=2)
"""What happened this shortly ago may not have reached the views; the next digest tells it."""

_KEEP = sql("""
    WITH one AS (
        DELETE FROM digest WHERE account IN (
            SELECT other.name FROM account JOIN account AS other USING (employee)
            WHERE account.name = :account AND other.name <> :account)
    ), asked AS (
        DELETE FROM digest_asked WHERE account = :account
    )
    INSERT INTO digest (account, every, hour, language, address, due_at, told_until)
    VALUES (:account, :every, :hour, :language, :address, :due_at, now())
    ON CONFLICT (account) DO UPDATE SET every = excluded.every, hour = excluded.hour,
        language = excluded.language, address = excluded.address, due_at = excluded.due_at,
        taken_until = NULL, tries = 0, failing_since = NULL
""")
_STOP = sql("""
    WITH asked AS (DELETE FROM digest_asked WHERE account = :account)
    DELETE FROM digest WHERE account = :account
""")
_OWN = sql("""
    SELECT every, hour, language, address, due_at, failing_since, sent_at FROM digest
    WHERE account = :account
""")
# Whoever has left is told nothing more, and their address is not kept.
_TAKE = sql("""
    WITH due AS (
        SELECT digest.account, account.employee, account.active, person.id AS person,
            ARRAY(SELECT id FROM person AS either WHERE either.same_as = person.id) AS also,
            upper(person.employed) <= :today AND NOT person.employed @> CAST(:today AS date) AS gone
        FROM digest JOIN account ON account.name = digest.account
        LEFT JOIN person AS called ON called.employee = account.employee
        LEFT JOIN person ON person.id = coalesce(called.same_as, called.id)
        WHERE due_at <= now() AND (taken_until IS NULL OR taken_until <= now()
            OR taken_until > now() + 2 * CAST(:taken AS interval))
        ORDER BY due_at LIMIT :batch FOR UPDATE OF digest SKIP LOCKED
    ), left_us AS (
        DELETE FROM digest USING due WHERE digest.account = due.account AND due.gone
    )
    UPDATE digest SET taken_until = now() + CAST(:taken AS interval)
    FROM due WHERE digest.account = due.account AND due.gone IS NOT TRUE
    RETURNING digest.account, due.employee, due.active, due.person, due.also, digest.every,
        digest.hour, digest.language, digest.address, digest.told_until, digest.taken_until,
        digest.tries, now() AS now
""")
_COUNT = sql(f"""
    WITH theirs AS MATERIALIZED (
        SELECT account, array_agg(follower) AS followers,
            array_remove(array_agg(person), NULL) AS persons
        FROM unnest(CAST(:whose AS text[]), CAST(:persons AS uuid[]), CAST(:followers AS bytea[]))
            AS each (account, person, follower) GROUP BY account
    ), asked AS (
        SELECT wants.account, theirs.persons, theirs.followers, unit.path,
            greatest(wants.told_until, news_seen.seen_until) AS since,
            CAST(:until AS timestamptz) AS until
        FROM unnest(CAST(:accounts AS text[]), CAST(:stands AS uuid[]),
            CAST(:told AS timestamptz[])) AS wants (account, person, told_until)
        JOIN theirs ON theirs.account = wants.account
        LEFT JOIN news_seen ON news_seen.account = wants.account
        LEFT JOIN stay ON stay.person = wants.person AND stay.during @> CAST(:today AS date)
        LEFT JOIN unit ON unit.id = stay.unit
    )
    SELECT asked.account, step.kind, count(*) AS steps
    FROM asked CROSS JOIN LATERAL ({STEPS}) AS step GROUP BY asked.account, step.kind
""")  # noqa: S608 - all of it is ours
_NOTE = sql("""
    UPDATE digest SET due_at = noted.due_at, told_until = noted.told_until, tries = noted.tries,
        taken_until = NULL, sent_at = CASE WHEN noted.sent THEN now() ELSE digest.sent_at END,
        failing_since = CASE
            WHEN noted.tries > 0 THEN coalesce(digest.failing_since, now()) END
    FROM unnest(CAST(:accounts AS text[]), CAST(:due AS timestamptz[]),
        CAST(:told AS timestamptz[]), CAST(:tries AS smallint[]), CAST(:sent AS boolean[]))
        AS noted (account, due_at, told_until, tries, sent)
    WHERE digest.account = noted.account AND digest.taken_until = :taken_until
""")


@dataclass(frozen=True)
class Digest:
    """As its owner sees it. `failing_since`: nothing has got through since then."""

    every: Every
    hour: int
    language: str
    address: str | None
    due_at: datetime
    failing_since: datetime | None
    sent_at: datetime | None


@dataclass(frozen=True)
class Due:
    """One that was taken. `address` is still encrypted."""

    account: str
    employee: str | None
    active: bool
    person: UUID | None
    also: list[UUID]
    every: Every
    hour: int
    language: str
    address: bytes | None
    told_until: datetime
    taken_until: datetime
    tries: int
    now: datetime


@dataclass(frozen=True)
class Noted:
    """What became of one: `told_until` is how far its person has been told."""

    account: str
    due_at: datetime
    told_until: datetime
    tries: int
    sent: bool


def nothing_to_tell(due: Due) -> Noted:
    """Also to an account that is closed: it hears from its opening on."""
    return Noted(due.account, _next(due), due.now - STILL_COMING, due.tries, sent=False)


def was_sent(due: Due) -> Noted:
    return Noted(due.account, _next(due), due.now - STILL_COMING, 0, sent=True)


def has_failed(due: Due) -> Noted:
    """Tried again ever later; then it tells all that has come since."""
    tries = due.tries + 1
    again = later(due.now, tries, due.every, due.hour)
    return Noted(due.account, again, due.told_until, min(tries, 1000), sent=False)


def put_back(due: Due) -> Noted:
    """There was no time left to send it: it is due still."""
    return Noted(due.account, due.now, due.told_until, due.tries, sent=False)


def _next(due: Due) -> datetime:
    return next_due(due.now, due.every, due.hour)


async def digest_of(account: str, session: Session) -> Digest | None:
    row = (await session.execute(_OWN, {"account": account})).mappings().one_or_none()
    if row is None:
        return None
    hidden = row["address"]
    address = decrypt(session, hidden, "digest", account) if hidden is not None else None
    return Digest(**{**row, "address": address})


async def keep_digest(
    account: str, every: Every, hour: int, language: str, address: str | None, session: Session
) -> None:
    """From now on; a person has one, so other accounts of theirs have none any more."""
    now: datetime = await session.scalar(sql("SELECT now()"))
    await session.execute(
        _KEEP,
        {
            "account": account,
            "every": every,
            "hour": hour,
            "language": language,
            "address": encrypt(session, address, "digest", account) if address else None,
            "due_at": next_due(now, every, hour),
        },
    )


async def stop_digest(account: str, session: Session) -> None:
    await session.execute(_STOP, {"account": account})


async def take(session: Session) -> list[Due]:
    """Those that are due, a batch at most, in one statement."""
    given = {"today": today(), "taken": TAKEN, "batch": BATCH}
    return [Due(**row) for row in (await session.execute(_TAKE, given)).mappings()]


async def counted(
    taken: Sequence[Due], key: bytes, session: Session
) -> Mapping[str, Mapping[Kind, int]]:
    """Account → steps of each kind, for all of them in one statement; who has none is not in it."""
    whose = [(due.account, id) for due in taken for id in [due.person, *due.also]]
    found = await session.execute(
        _COUNT,
        {
            "whose": [account for account, _ in whose],
            "persons": [person for _, person in whose],
            "followers": [follower_of(key, person or account) for account, person in whose],
            "accounts": [due.account for due in taken],
            "stands": [due.person for due in taken],
            "told": [due.told_until for due in taken],
            "until": taken[0].now - STILL_COMING,
            "today": today(),
        },
    )
    counts: dict[str, dict[Kind, int]] = {}
    for account, kind, steps in found:
        counts.setdefault(account, {})[kind] = steps
    return counts


async def note(noted: Sequence[Noted], taken_until: datetime, session: Session) -> None:
    """However many, one statement. What is not theirs any more who took it stays as it is."""
    given: dict[str, Any] = {
        "accounts": [each.account for each in noted],
        "due": [each.due_at for each in noted],
        "told": [each.told_until for each in noted],
        "tries": [each.tries for each in noted],
        "sent": [each.sent for each in noted],
        "taken_until": taken_until,
    }
    await session.execute(_NOTE, given)
