"""What somebody searches for: what a text must hold, how well it fits, and where to see it.

The index knows each two Chinese characters that stand together. Somebody who types 食堂饭菜 wants
the text that says 食堂的饭菜 too, so what is typed is cut into words by a dictionary, and each of
them must be there, in any order. How well a text fits is judged by the whole.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field

from services.gateway.views.lexemes import FOLDING, LETTERS, RUNS, folded
from shared.messages import NO_NUL

TYPED = Annotated[str, Field(max_length=100, pattern=NO_NUL)]
SAYS_LITTLE = frozenset("的了着过地得和与及在是有")
"""Words that are not looked for where they stand beside others."""
MOST_RANKED = 2000
"""To judge a row takes 10 µs. Of a word that everyone says the newest are judged, and the others
follow them, newest first."""
MOST_JUDGED = 16
"""By so many pieces of what is typed it is judged how well a text fits."""


@dataclass(frozen=True)
class Word:
    """`joint`: how it stands to the one before it. They `touch` as typed; or the dictionary has
    `cut` them apart."""

    text: str
    han: bool
    joint: Literal["", "touch", "cut"]

    @property
    def first(self) -> str:
        return self.text[0] if self.han else self.text

    @property
    def last(self) -> str:
        return self.text[-1] if self.han else self.text

    @property
    def open_ended(self) -> bool:
        """`heat` finds heating; 3 does not find 35."""
        return not self.han and not self.text.isdecimal() and len(self.text) > 1


@dataclass(frozen=True)
class Searched:
    """`must` and `judged` are in the notation of tsquery: what a text must hold, and by what it is
    judged how well it fits. `seen` finds the words in a folded text."""

    must: str
    judged: str
    seen: re.Pattern[str]

    def given(self) -> dict[str, str]:
        """To a statement with `found_in` and `rank_of`."""
        return {"must": self.must, "judged": self.judged}

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where the words stand in a text, as it is and not as it is folded; from, to."""
        found = [each.span() for each in self.seen.finditer(folded(text))]
        if not found:
            return []
        origin = [place for place, each in enumerate(text) for _ in FOLDING[ord(each)]]
        places: list[tuple[int, int]] = []
        for start, end in ((origin[start], origin[end - 1] + 1) for start, end in found):
            if places and start <= places[-1][1]:
                places[-1] = (places[-1][0], max(end, places[-1][1]))
            else:
                places.append((start, end))
        return places


@lru_cache(maxsize=256)
def searched(typed: str) -> Searched | None:
    """None when there is no word in it."""
    words = _words(folded(typed))
    if not words:
        return None
    must = list(dict.fromkeys(_pieces(words))) or list(dict.fromkeys(_pieces(words, whole=True)))
    judged = list(dict.fromkeys([*_pieces(words, whole=True), *must]))[:MOST_JUDGED]
    return Searched(" & ".join(must), " & ".join(judged), _pattern(words))


def found_in(table: str) -> str:
    """For a FROM: its rows that hold what they `:must`. OFFSET 0: whoever searches for what nobody
    said is not to wait until all of it is looked through in the order that was asked for."""
    return f"(SELECT * FROM {table} WHERE words @@ CAST(:must AS tsquery) OFFSET 0) AS {table}"


def rank_of(table: str) -> str:
    """How well a row fits what it is `:judged` by: a title (A) weighs more than a body (C), that
    more than reasons (D)."""
    return f"""
        CASE WHEN row_number() OVER (ORDER BY {table}.id DESC) <= {MOST_RANKED}
            THEN ts_rank('{{0.05, 0.1, 0.2, 1.0}}', words, CAST(:judged AS tsquery)) ELSE 0 END
    """


def _words(text: str) -> list[Word]:
    words: list[Word] = []
    end = -1
    for found in RUNS.finditer(text):
        joint: Literal["", "touch"] = "touch" if found.start() == end else ""
        first, *others = _cut(found[1]) if found[1] else [found[0]]
        words.append(Word(first, found[1] is not None, joint))
        words += [Word(each, True, "cut") for each in others]
        end = found.end()
    return words


def _cut(chinese: str) -> list[str]:
    if len(chinese) < 3:
        return [chinese]
    # Its dictionary takes 33 MB: not before somebody searches.
    import rjieba

    return rjieba.cut(chinese)


def _pieces(words: Sequence[Word], *, whole: bool = False) -> Iterator[str]:
    """As they stand in the index. `whole`: over the cuts as well."""
    joints = ("touch", "cut") if whole else ("touch",)
    for before, word, after in zip([None, *words], words, [*words[1:], None], strict=False):
        from_left = before is not None and word.joint in joints
        to_right = after is not None and after.joint in joints
        if before and from_left:
            yield _quoted(before.last + word.first, word.open_ended and not to_right)
        if word.han:
            yield from (_quoted(one + other) for one, other in pairwise(word.text))
        if from_left or to_right or (word.han and len(word.text) > 1):
            continue
        if not (word.text in SAYS_LITTLE and _is_cut(word, after)):
            yield _quoted(word.text, word.han or word.open_ended)


def _is_cut(word: Word, after: Word | None) -> bool:
    return word.joint == "cut" or (after is not None and after.joint == "cut")


def _quoted(lexeme: str, open_ended: bool = False) -> str:
    """There is nothing but letters and numbers in it."""
    return f"'{lexeme}'{':*' if open_ended else ''}"


def _pattern(words: Sequence[Word]) -> re.Pattern[str]:
    """Words that touch are one to the eye."""
    together: list[list[Word]] = []
    for word in words:
        if word.joint == "touch":
            together[-1].append(word)
        else:
            together.append([word])
    telling = [each for each in together if each[0].text not in SAYS_LITTLE] or together
    telling.sort(key=lambda each: -sum(len(word.text) for word in each))
    return re.compile("|".join(map(_as_written, telling)))


def _as_written(words: Sequence[Word]) -> str:
    first, last = words[0], words[-1]
    before, after = _kin(first), _kin(last)
    text = re.escape("".join(word.text for word in words))
    begins = f"(?<!{before})" if before else ""
    ends = f"{after}*" if last.open_ended else f"(?!{after})" if after else ""
    return begins + text + ends


def _kin(word: Word) -> str:
    """What would make the word another one, beside it; nothing does that to Chinese."""
    return "" if word.han else r"\d" if word.text.isdecimal() else LETTERS
