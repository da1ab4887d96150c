"""Laws of what can be found of a text: whatever it says."""

import re
from itertools import pairwise

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.local import postgres
from deploy.local.home import Home
from services.gateway.views.lexemes import HAN, folded, lexemes, vector
from services.gateway.views.search import searched

# What a fact may say: no NUL, and nothing that UTF-8 cannot.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)
SAID = TEXTS | st.text(alphabet="洗眼器结冰结氷鍋爐锅炉3３#aAéＫV，。 的了", max_size=40)
CHINESE = re.compile(f"[{HAN}]")


@given(SAID)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(SAID)
def test_full_width_makes_no_difference(text: str) -> None:
    wide = "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text)
    assert folded(wide) == folded(text)


@given(SAID)
def test_each_two_characters_that_stand_together_are_found(text: str) -> None:
    kept = set(lexemes(folded(text)))
    seen = folded(text)
    for one, other in pairwise(seen):
        if CHINESE.match(one) and CHINESE.match(other):
            assert one + other in kept


@pytest.fixture(scope="module")
async def connection(home: Home) -> asyncpg.Connection:
    return await postgres.connect(home)


FITS = "SELECT CAST($1 AS tsvector) @@ CAST($2 AS tsquery)"


@given(text=SAID, data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_postgresql_finds_a_text_by_each_piece_of_it_that_begins_where_a_word_does(
    connection: asyncpg.Connection, text: str, data: st.DataObject
) -> None:
    """In Chinese each character begins a word; nothing that is said is refused by PostgreSQL."""
    made = vector((text, "A"))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    before, typed, after = folded(text[:start]), text[start:end], folded(text[end:])
    words = searched(typed)
    if words is None:
        await connection.fetchval("SELECT CAST($1 AS tsvector)", made)
        return
    inside = folded(typed)
    cut_at_start = before[-1:].isalnum() and not CHINESE.match(before[-1:] + inside[:1])
    cut_at_end = after[:1].isalnum() and not CHINESE.match(inside[-1:])
    if not (cut_at_start or cut_at_end):
        assert await connection.fetchval(FITS, made, words.must)


@given(SAID)
def test_what_is_marked_is_what_was_searched_for(text: str) -> None:
    words = searched(text)
    places = words.places(text) if words else []
    assert all(start < end for start, end in places)
    assert all(end < start for (_, end), (start, _) in pairwise(places))
    if words:
        assert all(words.seen.search(folded(text[start:end])) for start, end in places)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("洗" * 20_000, id="one character"),
        pytest.param("".join(chr(0x4E00 + n % 20_000) for n in range(20_000)), id="all different"),
        pytest.param("".join(chr(0x20000 + n * 7 % 42_000) for n in range(20_000)), id="rare"),
        pytest.param("a" * 20_000, id="one word"),
        pytest.param("\ufdfa1" * 10_000, id="longer when folded"),
        pytest.param("".join(f"{n}{chr(0x10400 + n % 80)}" for n in range(4_000)), id="mixed"),
    ],
)
async def test_the_longest_text_is_taken(connection: asyncpg.Connection, text: str) -> None:
    assert await connection.fetchval("SELECT CAST($1 AS tsvector)", vector((text, "C"))) is not None
    words = searched(text[:100])
    assert words
    assert await connection.fetchval(FITS, vector((text, "C")), words.must)
