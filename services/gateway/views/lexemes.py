"""What can be found of a text: its words, and of Chinese each two characters that stand together.

Chinese is written without spaces, and no dictionary knows all that is said in a plant. So nothing
is cut: of 洗眼器 stand 洗眼 and 眼器 in the index, and 器 alone because it is the last. Whoever
searches for two characters finds every text in which they stand together.

It is a pure function of the text: the views are filled by it, and filled anew the same.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from operator import add

from opencc import OpenCC

HAN = (
    "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\u3040-\u30ff\u31f0-\u31ff\U00020000-\U0003ffff"
)
"""Written without spaces: Chinese characters, and Japan's syllables. A part of a pattern."""
LETTERS = rf"[^\W\d_{HAN}]"
LONGEST = 64
"""Characters of one word; of a longer one the rest is the next. PostgreSQL takes 2,046 bytes."""
RUNS = re.compile(rf"([{HAN}]+)|\d{{1,{LONGEST}}}|{LETTERS}{{1,{LONGEST}}}")
MOST_BYTES = 700_000
"""Of one text in the index. PostgreSQL refuses more than a million, and a fact is never refused."""
MOST_PLACES = 32
"""Of one word in one text. How well it fits is judged by all places of all pairs of words."""
LAST_PLACE = 16_383
"""PostgreSQL counts no further."""


@lru_cache(maxsize=1)
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


def _folded_once(character: str) -> str:
    spread = unicodedata.normalize("NFKD", character).casefold()
    bare = "".join(
        each for each in unicodedata.normalize("NFKD", spread) if not unicodedata.combining(each)
    )
    return _to_simplified().convert(bare) if bare > "\u3400" else bare


class _Folding(dict[int, str]):
    """Code point → what it is folded to, worked out when it is first met."""

    def __missing__(self, point: int) -> str:
        before, after = chr(point), _folded_once(chr(point))
        while after != before:
            before, after = after, "".join(map(_folded_once, after))
        self[point] = after
        return after


FOLDING = _Folding()


def folded(text: str) -> str:
    """So that they are found by each other: full and half width, capital and small, with accents
    and without, traditional and simplified. Character by character, so that a place in it leads
    back to one in the text."""
    return text.translate(FOLDING)


def lexemes(text: str) -> Iterator[str]:
    """Of a folded text, in order: each word, each two that touch, and a Chinese character after
    which nothing touches."""
    last, alone, end = "", False, -1
    for found in RUNS.finditer(text):
        run, han = found.group(), found.group(1)
        if found.start() == end:
            yield last + (han[0] if han else run)
        elif alone:
            yield last
        if han:
            yield from map(add, han, han[1:])
            last = han[-1]
        else:
            yield run
            last = run
        alone, end = han is not None, found.end()
    if alone:
        yield last


def vector(*fields: tuple[str, str]) -> str:
    """A tsvector in PostgreSQL's notation, of texts and their weights, `A` to `D`."""
    places: dict[str, list[str]] = {}
    place, size = 0, 0
    for text, weight in fields:
        for lexeme in lexemes(folded(text)):
            if place < LAST_PLACE:
                place += 1
            known = places.get(lexeme)
            size += 2 if known else 4 * len(lexeme) + 10
            if size > MOST_BYTES:
                break
            if known is None:
                places[lexeme] = [f"{place}{weight}"]
            elif len(known) < MOST_PLACES:
                known.append(f"{place}{weight}")
    return " ".join(f"'{lexeme}':{','.join(at)}" for lexeme, at in places.items())
