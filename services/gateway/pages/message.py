"""What a message says: how many steps of which kind, and where to read them. A title may hold
anything that somebody has typed, and a message leaves the site: so it says none."""

from collections.abc import Mapping
from typing import NamedTuple

from services.gateway.pages.languages import CHINESE, LANGUAGES, gettext, ngettext, speaking
from services.gateway.telling.steps import Kind

SETTINGS = "/account/messages"
"""Where these messages are changed and stopped."""


class Words(NamedTuple):
    title: str
    body: str


def digest_words(counts: Mapping[Kind, int], url: str, language: str) -> Words:
    """`url` is where people reach the site; a language that is not known any more is Chinese."""
    with speaking(LANGUAGES.get(language, CHINESE)):
        return Words(
            gettext("Tongxin: what is new for you"), "\n".join([*_lines(counts), "", *_ways(url)])
        )


def code_words(code: str, language: str) -> Words:
    with speaking(LANGUAGES.get(language, CHINESE)):
        body = gettext("The code is %(code)s. It is good for a quarter of an hour.")
        other = gettext("If you did not ask for it, do nothing: you will be sent nothing further.")
        title = gettext("Tongxin: is this your address?")
        return Words(title, "\n".join([body % {"code": code}, "", other]))


def check_words(url: str) -> Words:
    """Asked for by IT; in both languages."""
    said = []
    for language in LANGUAGES.values():
        with speaking(language):
            said.append(gettext("The site's channel works. Nothing else is in this message."))
    return Words("Tongxin 同心", "\n".join([*said, "", url]))


def _lines(counts: Mapping[Kind, int]) -> list[str]:
    supported, overdue = counts.get("supported", 0), counts.get("overdue", 0)
    answered = counts.get("adopted", 0) + counts.get("declined", 0)
    seats, opened = counts.get("enrolled", 0), counts.get("opened", 0)
    results = counts.get("passed", 0) + counts.get("failed", 0)
    moved = counts.get("transferred", 0)
    notices = counts.get("notice", 0) + counts.get("notice-closed", 0)
    said = (
        (
            answered,
            ngettext(
                "%(count)s proposal of yours or that you follow was answered.",
                "%(count)s proposals of yours or that you follow were answered.",
                answered,
            ),
        ),
        (
            overdue,
            ngettext(
                "The answer to %(count)s proposal is overdue.",
                "The answers to %(count)s proposals are overdue.",
                overdue,
            ),
        ),
        (
            supported,
            ngettext(
                "More people stand behind %(count)s proposal.",
                "More people stand behind %(count)s proposals.",
                supported,
            ),
        ),
        (
            seats,
            ngettext(
                "You were given a seat in %(count)s course.",
                "You were given a seat in %(count)s courses.",
                seats,
            ),
        ),
        (
            results,
            ngettext(
                "Your result in %(count)s course was entered.",
                "Your results in %(count)s courses were entered.",
                results,
            ),
        ),
        (
            opened,
            ngettext(
                "%(count)s course was opened for your unit.",
                "%(count)s courses were opened for your unit.",
                opened,
            ),
        ),
        (moved, gettext("Your membership went along with your job to another plant.")),
        (notices, gettext("The union has something to say to you; read it after signing in.")),
    )
    return [text % {"count": count} for count, text in said if count]


def _ways(url: str) -> list[str]:
    return [
        gettext("Read it here: %(url)s") % {"url": url + "/"},
        gettext("You asked for this message. Change it or stop it here: %(url)s")
        % {"url": url + SETTINGS},
    ]
