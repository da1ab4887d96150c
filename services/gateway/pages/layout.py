"""What all pages share: templates, words, headers, and the files beside them."""

import hashlib
import re
from collections.abc import Iterable
from os import PathLike, stat_result
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from services.gateway.pages import desk_words, held_words, holdings, languages, own_words, words
from services.gateway.pages.clocks import cited, days_until
from services.gateway.pages.done import forget, told
from services.gateway.pages.form_token import FIELD, present
from services.gateway.pages.languages import language_of, speaking
from services.gateway.pages.marking import marked, piece
from services.gateway.pages.scripts import LIBRARIES, SCRIPTS, THERE
from services.gateway.pages.troubles import reason_of
from services.gateway.pages.verdicts import verdict
from services.gateway.pages.ways import ways
from services.gateway.pages.wrongs import wrong_words

HERE = Path(__file__).parent.parent
STATIC = HERE / "static"

HEADERS = {
    # Nothing inline, nothing from elsewhere: what a proposal's text smuggles in stays text.
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; object-src 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    # At a kiosk the next person presses "back".
    "Cache-Control": "no-store",
    "Vary": "Accept, Accept-Language, Cookie",
}


def _digest(files: Iterable[Path]) -> str:
    """Changes with the files, so that browsers may keep them for as long as they are the same."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def code(text: str) -> Markup:
    """Docstrings put names in backticks; a page puts them in `<code>`. The rest is escaped."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704


TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.i18n"],
)
TEMPLATES.install_gettext_callables(  # type: ignore[attr-defined]
    languages.gettext,
    languages.ngettext,
    newstyle=True,
    pgettext=languages.pgettext,
    npgettext=languages.npgettext,
)
TEMPLATES.filters |= {
    "code": code,
    "day": languages.day,
    "hour": languages.hour,
    "marked": marked,
    "moment": languages.moment,
    "month": languages.month,
    "number": languages.number,
    "piece": piece,
    "size": languages.size,
    "yuan": languages.yuan,
}
TEMPLATES.globals |= {
    "words": words,
    "word": words.word,
    "holdings": holdings,
    "desk_words": desk_words,
    "held_words": held_words,
    "own_words": own_words,
    "languages": languages.LANGUAGES,
    "days_until": days_until,
    "cited": cited,
    "wrong_words": wrong_words,
    "reason_of": reason_of,
    "verdict": verdict,
    "version": _digest([*sorted(STATIC.iterdir()), *(LIBRARIES.values() if THERE else ())]),
    "scripts": SCRIPTS,
    "actor": None,
    "told": None,
}


_FORMS = re.compile(r'<form\b[^>]*\bmethod="post"[^>]*>', re.IGNORECASE)
"""All of them are ours: what people write is escaped before it comes into a page."""


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """A whole page, in the language of who asks. `actor`, when given, puts the way out into its
    head."""
    language = language_of(request)
    values |= {"language": language, "place": place(request)}
    with speaking(language):
        if actor := values.get("actor"):
            values["ways"] = ways(actor, request.url.path)
            values["told"] = None if by_itself(request) else told(request)
        html = TEMPLATES.get_template(f"{template}.html").render(values)
    if token := present.get():
        html = _FORMS.sub(rf'\g<0><input type="hidden" name="{FIELD}" value="{token}">', html)
    response = HTMLResponse(html, status, headers=HEADERS | {"Content-Language": language.code})
    if actor and not by_itself(request):
        forget(request, response)
    return response


def place(request: Request) -> str:
    """The path of the page with its query, to come back to."""
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


def by_itself(request: Request) -> bool:
    """A page asks anew because something has changed (`static/in-place.js`): no person does."""
    return "by-itself" in request.headers


class Files(StaticFiles):
    """Stylesheets, icon and scripts. Pages ask for them with the version in the query, so a year is
    safe."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    def lookup_path(self, path: str) -> tuple[str, stat_result | None]:
        if THERE and path in LIBRARIES:
            return str(LIBRARIES[path]), LIBRARIES[path].stat()
        return super().lookup_path(path)

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        year = scope["query_string"].startswith(b"v=")
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if year else "public, max-age=600"
        )
        return response
