"""What all pages share: templates, words, headers, and the files beside them."""

import hashlib
import re
from os import PathLike, stat_result
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from services.gateway.pages import words
from services.gateway.pages.form_token import FIELD, present

HERE = Path(__file__).parent.parent
STATIC = HERE / "static"

HEADERS = {
    # Nothing inline, nothing from elsewhere: what a proposal's text smuggles in stays text.
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; object-src 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    # At a kiosk the next person presses "back".
    "Cache-Control": "no-store",
    "Vary": "Accept, Cookie",
}


def _digest(directory: Path) -> str:
    """Changes with the files, so that browsers may keep them for as long as they are the same."""
    digest = hashlib.sha256()
    for file in sorted(directory.iterdir()):
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
)
TEMPLATES.filters["code"] = code
TEMPLATES.globals |= {"words": words, "version": _digest(STATIC), "actor": None}


_FORMS = re.compile(r'<form\b[^>]*\bmethod="post"[^>]*>', re.IGNORECASE)
"""All of them are ours: what people write is escaped before it comes into a page."""


def page(template: str, status: int = 200, **values: Any) -> Response:
    """A whole page. `actor`, when given, puts the way out into its head."""
    html = TEMPLATES.get_template(f"{template}.html").render(values)
    if token := present.get():
        html = _FORMS.sub(rf'\g<0><input type="hidden" name="{FIELD}" value="{token}">', html)
    return HTMLResponse(html, status, headers=HEADERS)


class Files(StaticFiles):
    """Stylesheet and icon. Pages ask for them with the version in the query, so a year is safe."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

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
