"""What a list is asked for in its address, the addresses that lead on from it, and all of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from services.gateway.api.bodies import malformed
from services.gateway.pages import sheets


class Piece(Protocol):
    """An answer of which more may follow; `cursor` asks for that."""

    cursor: str | None


Asked = TypeVar("Asked", bound=BaseModel)
Told = TypeVar("Told", bound=Piece)


def given_in(request: Request) -> dict[str, str]:
    """A form sends its empty fields too: they ask for nothing."""
    return {key: value for key, value in request.query_params.items() if value.strip()}


def asked_for(kind: type[Asked], given: Mapping[str, str]) -> Asked:
    """Raises `Problem` (422) that names the field."""
    try:
        return kind.model_validate_strings(dict(given), extra="forbid")
    except ValidationError as error:
        raise malformed(error) from None


async def pieces(
    ask: Callable[[Asked], Awaitable[Told]], asked: Asked, *pinned: str, limit: int
) -> AsyncIterator[Told]:
    """The whole list, `limit` at a time. The fields `pinned` are asked for as the piece before says
    them, so that all pieces are of one day and known at one moment, also at midnight."""
    asked = asked.model_copy(update={"limit": limit, "cursor": None})
    while True:
        told = await ask(asked)
        yield told
        if told.cursor is None:
            return
        same = {name: getattr(told, name) for name in pinned}
        asked = asked.model_copy(update=same | {"cursor": told.cursor})
        await asyncio.sleep(0)


def ways_on(given: Mapping[str, str], cursor: str | None) -> dict[str, Any]:
    """For the page: `query` for the list's sheet, whether it is `filtered`, and the addresses of
    what is `older` and of the `newest`; None where there is no such way. `cursor` asks for what
    follows."""
    first = {name: value for name, value in given.items() if name != "cursor"}
    return {
        "query": sheets.query(given),
        "filtered": bool(first.keys() - {"limit"}),
        "older": cursor and "?" + urlencode(first | {"cursor": cursor}),
        "newest": "?" + urlencode(first) if "cursor" in given else None,
    }
