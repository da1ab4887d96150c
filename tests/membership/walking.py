"""A list that is told in pieces, from its first to its last."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar


class Piece(Protocol):
    @property
    def cursor(self) -> str | None: ...


P = TypeVar("P", bound=Piece)


async def in_pieces(asking: Callable[..., Awaitable[P]], /, *given: Any, **asked: Any) -> list[P]:
    """Each is asked for with the cursor of the one before."""
    found = [await asking(*given, **asked)]
    while found[-1].cursor is not None:
        found.append(await asking(*given, **asked, cursor=found[-1].cursor))
    return found
