"""Counting what a handler says to the database, so that it stays little."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from asyncpg.connection import LoggedQuery
from sqlalchemy import event

from services.gateway.views.rows import Reader, Readers
from shared.database import Session, raw


@asynccontextmanager
async def statements(session: Session) -> AsyncIterator[list[str]]:
    """The statements executed meanwhile, without savepoints: SQLAlchemy's and asyncpg's own."""
    said: list[str] = []
    engine, driver = session.get_bind().engine, raw(session)

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    def note_raw(logged: LoggedQuery) -> None:
        said.append(logged.query)

    event.listen(engine, "before_cursor_execute", note)
    driver.add_query_logger(note_raw)
    try:
        yield said
        await asyncio.sleep(0)  # asyncpg tells its loggers in the next turn of the loop
    finally:
        driver.remove_query_logger(note_raw)
        event.remove(engine, "before_cursor_execute", note)


@asynccontextmanager
async def read_statements(readers: Readers) -> AsyncIterator[list[str]]:
    """What is read meanwhile through the gateway's connections for the views; the frame of a
    snapshot is not counted."""
    said: list[str] = []
    taken = readers.one

    def note(logged: LoggedQuery) -> None:
        if not logged.query.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            said.append(logged.query)

    @asynccontextmanager
    async def one() -> AsyncIterator[Reader]:
        async with taken() as reader:
            reader.add_query_logger(note)
            try:
                yield reader
                await asyncio.sleep(0)  # asyncpg tells its loggers in the next turn of the loop
            finally:
                reader.remove_query_logger(note)

    readers.one = one  # type: ignore[method-assign]
    try:
        yield said
    finally:
        readers.one = taken  # type: ignore[method-assign]
