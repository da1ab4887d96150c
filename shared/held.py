"""What could not be taken yet: kept with its reason, tried again, dead after so many tries.

Rows of one aggregate and owner are taken in the order of their `sequence`; the first one blocks
those behind it and nothing else. A dead one blocks too, until an operator replays or skips it.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from shared.database import Session
from shared.facts import Heard


@dataclass(frozen=True)
class Patience:
    """How often and how late: `first` seconds, doubled each time up to `longest`."""

    tries: int = 10
    first: float = 1.0
    longest: float = 600.0

    def pause(self, tries: int) -> float:
        """Seconds to wait after so many tries."""
        return min(self.first * 2.0 ** max(tries - 1, 0), self.longest)


_KEEP = text("""
    INSERT INTO held (stream, aggregate, owner, sequence, numbered, subject, raw, error, tries,
        next_at, dead_at)
    SELECT asked.*, now() + make_interval(secs => :pause), CASE WHEN :dead THEN now() END
    FROM (VALUES (CAST(:stream AS text), CAST(:aggregate AS text), CAST(:owner AS text),
        CAST(:sequence AS bigint), CAST(:numbered AS boolean), CAST(:subject AS text),
        CAST(:raw AS bytea), CAST(:error AS text), CAST(:tries AS integer)
    )) AS asked (stream, aggregate, owner, sequence, numbered, subject, raw, error, tries)
    WHERE NOT EXISTS (
        SELECT FROM skipped WHERE (stream, aggregate, sequence, raw)
            = (asked.stream, asked.aggregate, asked.sequence, asked.raw)
    )
    ON CONFLICT DO NOTHING
""")
# The head of each queue, alive and due; a numbered head also needs its predecessor applied.
_NEXT = text("""
    SELECT head.* FROM (
        SELECT DISTINCT ON (aggregate, owner) * FROM held WHERE stream = :stream
        ORDER BY aggregate, owner, sequence
    ) AS head
    LEFT JOIN LATERAL (
        SELECT max(position.last) AS last FROM position
        WHERE head.numbered AND position.aggregate = CAST(head.aggregate AS uuid)
            AND position.owner IN (head.owner, '')
    ) AS heard ON true
    WHERE head.dead_at IS NULL AND head.next_at <= now()
      AND (NOT head.numbered OR head.sequence = coalesce(heard.last, 0) + 1)
    ORDER BY head.next_at LIMIT 1
""")
_REMOVE = text("""
    DELETE FROM held WHERE stream = :stream AND aggregate = :aggregate AND owner = :owner
        AND sequence = :sequence
""")
_FAILED = text("""
    UPDATE held SET error = :error, tries = tries + 1,
        next_at = now() + make_interval(secs => :pause),
        dead_at = CASE WHEN tries + 1 >= :most THEN now() END
    WHERE stream = :stream AND aggregate = :aggregate AND owner = :owner AND sequence = :sequence
""")


@dataclass(frozen=True)
class Held:
    """The held rows of one stream in one service."""

    stream: str
    patience: Patience

    async def keep(self, one: Heard, error: str, session: Session, *, tries: int = 0) -> None:
        """Puts a message aside; one that is there already stays as it is, and one that an operator
        has skipped does not come back when its stream is read again."""
        await session.execute(
            _KEEP,
            {
                "stream": self.stream,
                "aggregate": str(one.aggregate),
                "owner": one.owner,
                "sequence": one.sequence,
                "numbered": one.numbered,
                "subject": one.subject,
                "raw": one.raw,
                "error": error,
                "tries": tries,
                "pause": self.patience.pause(tries) if tries else 0.0,
                "dead": tries >= self.patience.tries,
            },
        )

    async def next(self, session: Session) -> Row[Any] | None:
        """The held row to try now, if there is one."""
        found: Row[Any] | None = (
            await session.execute(_NEXT, {"stream": self.stream})
        ).one_or_none()
        return found

    async def remove(self, row: Row[Any], session: Session) -> None:
        await session.execute(
            _REMOVE,
            {
                "stream": row.stream,
                "aggregate": row.aggregate,
                "owner": row.owner,
                "sequence": row.sequence,
            },
        )

    async def failed(self, row: Row[Any], error: str, session: Session) -> None:
        """One more try has failed: later again, or dead."""
        await session.execute(
            _FAILED,
            {
                "stream": row.stream,
                "aggregate": row.aggregate,
                "owner": row.owner,
                "sequence": row.sequence,
                "error": error,
                "pause": self.patience.pause(row.tries + 1),
                "most": self.patience.tries,
            },
        )
