"""Counting what a handler says to the database, so that it stays little."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from shared.database import Session


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    """The statements executed meanwhile, without savepoints."""
    said: list[str] = []
    engine = session.get_bind().engine

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)
