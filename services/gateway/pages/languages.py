"""In which language a page speaks: zh-CN first, en second, from gettext catalogues.

What is written in the code is the English; `languages/zh_CN.po` says it in Chinese. Nothing of this
is asked for by the API: only a page that is being made speaks a language.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from gettext import NullTranslations
from pathlib import Path

from babel import Locale, dates, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from starlette.requests import Request

from shared.calendar import SHANGHAI

CATALOGUES = Path(__file__).parent.parent / "languages"
COOKIE = "language"
"""No secret: which language the person chose by hand."""


def marked(text: str) -> str:
    """The text itself. It is said in the language of the page when it comes into one; what is
    marked is found by `make words`."""
    return text


@dataclass(frozen=True)
class Language:
    """`code` as in `<html lang>`; `name` in the language itself; `locale` decides how days and
    numbers are written."""

    code: str
    name: str
    locale: str

    @property
    def catalogue(self) -> NullTranslations:
        return _catalogue(self.code)


CHINESE = Language("zh-CN", "中文", "zh_Hans_CN")
ENGLISH = Language("en", "English", "en_GB")
LANGUAGES = {language.code: language for language in (CHINESE, ENGLISH)}

spoken: ContextVar[Language] = ContextVar("language", default=CHINESE)
"""The language of the page that is being made."""


@cache
def _catalogue(code: str) -> NullTranslations:
    """Read from the .po once a process; the English is in the code itself."""
    file = CATALOGUES / f"{code.replace('-', '_')}.po"
    if not file.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source))
    compiled.seek(0)
    return Translations(compiled)


def language_of(request: Request) -> Language:
    """The one chosen by hand, else the first we have that the browser asks for, else Chinese."""
    chosen = LANGUAGES.get(request.cookies.get(COOKIE, ""))
    return chosen or _asked_for(request.headers.get("accept-language", "")) or CHINESE


def _asked_for(header: str) -> Language | None:
    """RFC 9110 section 12.5.4; what is not written as it says is passed over."""
    wanted: list[tuple[float, str]] = []
    for part in header[:1000].split(","):
        name, _, quality = part.strip().partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=")) if quality else 1.0
        except ValueError:
            continue
        if weight > 0:
            wanted.append((weight, name.strip().lower().partition("-")[0]))
    ours = {language.code.partition("-")[0]: language for language in LANGUAGES.values()}
    wanted.sort(key=lambda each: each[0], reverse=True)
    return next((ours[name] for _, name in wanted if name in ours), None)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """What is said inside is said in that language."""
    before = spoken.set(language)
    try:
        yield
    finally:
        spoken.reset(before)


def gettext(text: str) -> str:
    return spoken.get().catalogue.gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    return spoken.get().catalogue.ngettext(one, many, count)


def pgettext(context: str, text: str) -> str:
    return spoken.get().catalogue.pgettext(context, text)


def npgettext(context: str, one: str, many: str, count: int) -> str:
    return spoken.get().catalogue.npgettext(context, one, many, count)


def _locale() -> Locale:
    return Locale.parse(spoken.get().locale)


def day(on: date) -> str:
    """2024年5月1日, 1 May 2024."""
    return dates.format_date(on, "medium", locale=_locale())


def yuan(fen: int) -> str:
    """`1,234.50`; what is written beside it says that it is yuan."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def month(on: date, *, brief: bool = False) -> str:
    """2024年5月, May 2024; in brief 5月, May."""
    return dates.format_skeleton("MMM" if brief else "yMMM", on, locale=_locale())


def moment(at: datetime) -> str:
    """In the plant's zone."""
    return dates.format_datetime(at.astimezone(SHANGHAI), "medium", locale=_locale())


def hour(at: datetime) -> str:
    """14:03, in the plant's zone."""
    return dates.format_time(at.astimezone(SHANGHAI), "short", locale=_locale())


def number(value: float) -> str:
    return numbers.format_decimal(value, locale=_locale())


def size(count: int) -> str:
    """Of a file: 640 KB, 2.1 MB."""
    if count < 1000 * 1000:
        return f"{number(max(1, round(count / 1000)))} KB"
    return f"{number(round(count / 1000_000, 1))} MB"
