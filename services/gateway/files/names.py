"""Names of files: what people call them, made harmless."""

import unicodedata
from urllib.parse import quote

from services.gateway.files.kinds import ENDINGS

LONGEST = 80
"""Characters before the dot."""


def safe_name(given: str, kind: str) -> str:
    """Its last part, without what a screen, a header or a file system would trip over: control
    and direction characters, slashes, dots in front. It ends as its kind does, whatever it said."""
    shown = "".join("_" if each in '<>:"|?*%' else each for each in legible(given))
    stem, dot, ending = shown.rpartition(".")
    if not dot or not ending.isalnum() or len(ending) > 5:
        stem = shown
    stem = " ".join(stem.split()).strip(". ")[:LONGEST].strip(". ")
    return f"{stem or 'file'}.{ENDINGS[kind]}"


def legible(given: str) -> str:
    """The last part of a path, as a page may show it."""
    last = unicodedata.normalize("NFC", given.replace("\\", "/").rpartition("/")[2])
    return "".join(each for each in last if not _unseen(each))[: 2 * LONGEST]


def _unseen(letter: str) -> bool:
    category = unicodedata.category(letter)
    return category.startswith("C") or category in {"Zl", "Zp"}


def disposition(name: str, *, inline: bool) -> str:
    """RFC 6266: the name in ASCII for old programs, and whole for all others."""
    plain = "".join(each if " " <= each <= "~" and each not in '"\\%' else "_" for each in name)
    whole = quote(name, safe="")
    way = "inline" if inline else "attachment"
    return f"{way}; filename=\"{plain}\"; filename*=UTF-8''{whole}"
