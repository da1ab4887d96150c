"""Sheets between one step and the next: sealed, for their bringer alone, and for a day.

Steps: brought → (columns) weighing → weighed → doing → done. What works on one holds it for a
while and says how far it is; should it die, the next press takes the work up again.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

import structlog
from sqlalchemy import text

from services.gateway.sheets_in.columns import digest
from services.gateway.sheets_in.kinds import Sheet
from shared.database import Session, Sessions, raw
from shared.erasing import mentions
from shared.messages import uuid7
from shared.sealing import decrypt, encrypt, seal
from shared.telemetry import fault

log = structlog.get_logger(__name__)

State = Literal["brought", "weighing", "weighed", "doing", "done"]
WAITS = timedelta(days=1)
MOST_EACH = 20
"""Sheets of one account that wait; who brings more loses the oldest."""
HOLDS = timedelta(seconds=60)
REMEMBERED = timedelta(days=3 * 366)
LOOK_EVERY = 600.0

_KEEP = text("""
    WITH mine AS (
        SELECT id FROM sheet_in WHERE whose = :whose ORDER BY id DESC OFFSET :most
    ), gone AS (DELETE FROM sheet_in USING mine WHERE sheet_in.id = mine.id)
    INSERT INTO sheet_in (id, kind, whose, rows, sheet, asked, waits_until)
    VALUES (:id, :kind, :whose, :rows, :sheet, :asked, now() + CAST(:waits AS interval))
""")
_OF = text("""
    SELECT id, rows, sheet, asked, columns, state, so_far, account,
        coalesce(worked_until > now(), false) AS worked_on
    FROM sheet_in WHERE id = :id AND kind = :kind AND whose = :whose AND waits_until > now()
""")
_BEGIN = text("""
    UPDATE sheet_in SET state = :state, so_far = 0,
        columns = coalesce(CAST(:columns AS jsonb), columns),
        asked = coalesce(CAST(:asked AS bytea), asked),
        account = CASE WHEN :state = 'weighing' THEN NULL ELSE account END,
        worked_until = now() + CAST(:holds AS interval)
    WHERE id = :id AND (state = ANY(:after)
        OR (state = :state AND coalesce(worked_until < now(), true)))
    RETURNING id
""")
_GO_ON = text("""
    UPDATE sheet_in SET so_far = :so_far, worked_until = now() + CAST(:holds AS interval)
    WHERE id = :id
""")
_ACCOUNT = text("""
    UPDATE sheet_in SET state = :state, account = :account, worked_until = NULL,
        sheet = CASE WHEN :state = 'done' THEN NULL ELSE sheet END
    WHERE id = :id
""")
_LET_GO = text("""
    UPDATE sheet_in SET state = :state, worked_until = NULL WHERE id = :id
""")
_DROP = text("DELETE FROM sheet_in WHERE id = :id AND kind = :kind AND whose = :whose")
_REMEMBER = text("""
    INSERT INTO sheet_columns (kind, header, columns)
    VALUES (:kind, :header, CAST(:columns AS jsonb))
    ON CONFLICT (kind, header) DO UPDATE SET columns = excluded.columns, used_at = now()
""")
_REMEMBERED = text("SELECT columns FROM sheet_columns WHERE kind = :kind AND header = :header")
_SEALED = "SELECT sheet AS sheet_in, account FROM sheet_in WHERE id = $1"
"""By what each is bound to."""
_SWEEP = text("""
    WITH old AS (
        DELETE FROM sheet_columns WHERE used_at < now() - CAST(:remembered AS interval)
    ) DELETE FROM sheet_in WHERE waits_until < now()
""")


@dataclass(frozen=True)
class Brought:
    """A sheet as it waits. `asked` is what else was said with it, such as a day; `account` what
    would become, or became, of each row; `sheet` is gone once it is done."""

    id: UUID
    rows: int
    sheet: Sheet | None
    asked: Mapping[str, str]
    columns: Mapping[str, int] | None
    state: State
    so_far: int
    account: Any
    worked_on: bool


@dataclass(frozen=True)
class SheetsIn:
    """All that waits. Of another account, and after a day, there is nothing."""

    sessions: Sessions

    async def keep(self, kind: str, account: str, sheet: Sheet, asked: Mapping[str, str]) -> UUID:
        """Its id."""
        id = uuid7()
        said = await asyncio.to_thread(_written, sheet.as_json())
        async with self.sessions() as session:
            given = {
                "id": id,
                "kind": kind,
                "whose": seal(session, "sheet_in", account),
                "rows": len(sheet.rows),
                "sheet": await asyncio.to_thread(encrypt, session, said, "sheet_in", id),
                "asked": encrypt(session, _written(dict(asked)), "asked", id),
                "waits": WAITS,
                "most": MOST_EACH - 1,
            }
            await session.execute(_KEEP, given)
            await session.commit()
        return id

    async def of(
        self, kind: str, account: str, id: UUID, *, with_sheet: bool = False
    ) -> Brought | None:
        """None where there is none for that account. The sheet itself only when it is wanted."""
        async with self.sessions() as session:
            given = {"id": id, "kind": kind, "whose": seal(session, "sheet_in", account)}
            row = (await session.execute(_OF, given)).one_or_none()
            if row is None:
                return None

            def read() -> tuple[Sheet | None, Any]:
                sheet = row.sheet if with_sheet else None
                return (
                    Sheet.from_json(json.loads(decrypt(session, sheet, "sheet_in", id)))
                    if sheet
                    else None,
                    json.loads(decrypt(session, row.account, "account", id))
                    if row.account
                    else None,
                )

            sheet, told = await asyncio.to_thread(read)
            asked = json.loads(decrypt(session, row.asked, "asked", id))
        return Brought(
            id, row.rows, sheet, asked, row.columns, row.state, row.so_far, told, row.worked_on
        )

    async def begin(
        self,
        id: UUID,
        state: Literal["weighing", "doing"],
        *,
        columns: Mapping[str, int] | None = None,
        asked: Mapping[str, str] | None = None,
    ) -> bool:
        """With the columns and what was said, where those are new; a new dry run forgets what the
        one before found. False when somebody works on it
        already, or it is not there yet, or past it."""
        after = ["brought", "weighed"] if state == "weighing" else ["weighed"]
        given: dict[str, Any] = {
            "id": id,
            "state": state,
            "after": after,
            "columns": columns and json.dumps(dict(columns)),
            "holds": HOLDS,
        }
        async with self.sessions() as session:
            said = None if asked is None else _written(dict(asked))
            given["asked"] = said and encrypt(session, said, "asked", id)
            begun = await session.scalar(_BEGIN, given)
            await session.commit()
        return begun is not None

    async def go_on(self, id: UUID, so_far: int) -> None:
        """It is worked on still; so many rows are done."""
        async with self.sessions() as session:
            await session.execute(_GO_ON, {"id": id, "so_far": so_far, "holds": HOLDS})
            await session.commit()

    async def account(self, id: UUID, state: Literal["weighed", "done"], told: Any) -> None:
        """What would become, or became, of each row. Of one that is done the rows are deleted."""
        said = await asyncio.to_thread(_written, told)
        async with self.sessions() as session:
            sealed = await asyncio.to_thread(encrypt, session, said, "account", id)
            await session.execute(_ACCOUNT, {"id": id, "state": state, "account": sealed})
            await session.commit()

    async def let_go(self, id: UUID, state: Literal["brought", "weighed"]) -> None:
        """What worked on it could not go on; it may be begun again."""
        async with self.sessions() as session:
            await session.execute(_LET_GO, {"id": id, "state": state})
            await session.commit()

    async def drop(self, kind: str, account: str, id: UUID) -> None:
        async with self.sessions() as session:
            whose = seal(session, "sheet_in", account)
            await session.execute(_DROP, {"id": id, "kind": kind, "whose": whose})
            await session.commit()

    async def remember(self, kind: str, header: Sequence[str], columns: Mapping[str, int]) -> None:
        """For the next sheet of that kind with the same header."""
        given = {"kind": kind, "header": digest(header), "columns": json.dumps(dict(columns))}
        async with self.sessions() as session:
            await session.execute(_REMEMBER, given)
            await session.commit()

    async def remembered(self, kind: str, header: Sequence[str]) -> dict[str, int] | None:
        async with self.sessions() as session:
            given = {"kind": kind, "header": digest(header)}
            found: dict[str, int] | None = await session.scalar(_REMEMBERED, given)
        return found

    async def keep_sweeping(self) -> None:
        """Until cancelled: what nobody came back for is gone all the same."""
        while True:
            try:
                async with self.sessions() as session:
                    await session.execute(_SWEEP, {"remembered": REMEMBERED})
                    await session.commit()
            except Exception as error:
                log.warning("sheets not swept", **fault(error))
            await asyncio.sleep(LOOK_EVERY)


async def forget_sheets(number: str, session: Session) -> None:
    """Those in which somebody stands who is erased: who brought one may bring it anew. There are
    few, of a day, and each has 20,000 rows at most."""
    connection = raw(session)
    found = []
    for (id,) in await connection.fetch("SELECT id FROM sheet_in"):
        sealed = dict(await connection.fetchrow(_SEALED, id) or {})
        if await asyncio.to_thread(_mentions, session, id, sealed, number):
            found.append(id)
    await connection.execute("DELETE FROM sheet_in WHERE id = ANY($1)", found)


def _mentions(session: Session, id: UUID, sealed: Mapping[str, bytes | None], number: str) -> bool:
    """In the rows, or in what would become, or became, of each."""
    return any(
        hidden and mentions(decrypt(session, hidden, place, id).encode(), [number])
        for place, hidden in sealed.items()
    )


def _written(said: Any) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
