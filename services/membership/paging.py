"""Pieces of a list: a cursor is the place of the last row in its order, opaque to the caller."""

import base64
import binascii
import json

from shared.rights import RuleBroken


def cursor_after(*place: str) -> str:
    """Where the next piece begins."""
    said = json.dumps(place, ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(said).decode().rstrip("=")


def place_in(cursor: str | None, parts: int) -> list[str] | list[None]:
    """The parts of the place; nothing but None without a cursor. Raises `RuleBroken` (404)."""
    if cursor is None:
        return [None] * parts
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        place = None
    if (
        not isinstance(place, list)
        or len(place) != parts
        or not all(isinstance(part, str) and "\x00" not in part for part in place)
    ):
        raise unknown_cursor()
    return place


def unknown_cursor() -> RuleBroken:
    """It may also be one of ours for another list."""
    detail = "this cursor is not one that we gave; begin without it"
    return RuleBroken("unknown-cursor", detail, field="cursor", status=404)
