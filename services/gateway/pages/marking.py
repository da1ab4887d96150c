"""Where in a text the words stand that somebody searched for."""

from markupsafe import Markup, escape

from services.gateway.views.search import Searched

AROUND = 30
"""Characters shown before the first word that was found."""
PIECE = 200
"""Characters shown of a long text."""
SEEN_AT_ONCE = 60
"""Characters of which a phone shows three lines."""
MARK = Markup("<mark>{}</mark>")


def marked(text: str, words: Searched | None) -> Markup:
    """The whole text, what was searched for in `<mark>`."""
    return _marked(text, words.places(text) if words else [], 0, len(text))


def piece(text: str | None, words: Searched | None) -> Markup | None:
    """So much of the text as shows the first of the words; None when none of them is in it."""
    places = words.places(text) if text and words else []
    if not text or not places:
        return None
    first, end_of_first = places[0]
    start = max(0, first - AROUND) if end_of_first > SEEN_AT_ONCE else 0
    end = min(len(text), max(start + PIECE, end_of_first))
    before = "…" if start else ""
    after = "…" if end < len(text) else ""
    return Markup("").join([before, _marked(text, places, start, end), after])


def _marked(text: str, places: list[tuple[int, int]], start: int, end: int) -> Markup:
    parts: list[Markup] = []
    for first, last in places:
        if last > end:
            break
        parts += [escape(text[start:first]), MARK.format(text[first:last])]
        start = last
    return Markup("").join([*parts, escape(text[start:end])])
