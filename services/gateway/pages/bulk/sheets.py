"""The account of a sheet that came in, as .xlsx."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.pages.bulk.kind import REFUSED, Account, Bulk, Verdict
from services.gateway.pages.drafts import Wrong
from services.gateway.pages.languages import gettext as _
from services.gateway.pages.languages import language_of, speaking
from services.gateway.pages.sheets import Value, send_sheet
from services.gateway.pages.words import word
from services.gateway.pages.wrongs import wrong_words


def why(verdict: Verdict) -> str:
    """In the language of the page; empty where there is nothing to explain."""
    if not verdict.why:
        return ""
    given = {name: _(said) if name == "column" else said for name, said in verdict.given.items()}
    return wrong_words(Wrong(None, verdict.why, given, verdict.detail))


def becomes(bulk: Bulk, verdict: Verdict) -> str:
    return _("Refused") if verdict.becomes == REFUSED else word(bulk.outcomes, verdict.becomes)


async def account_sheet(request: Request, bulk: Bulk, account: Account, *, only: bool) -> Response:
    """Every row and what becomes of it; or `only` those refused, with the columns they came with,
    so that they can be put right and brought again."""
    with speaking(language_of(request)):
        reason = _("Reason")
        if only:
            titles = [*account.header, reason]
            width = len(account.header)
            rows: list[Sequence[Value]] = [
                [*each.cells, *[""] * (width - len(each.cells)), why(each)]
                for each in account.refused
            ]
        else:
            titles = [_("Row"), _("About"), _("What becomes of it"), reason]
            rows = [
                [each.row or None, each.about, becomes(bulk, each), why(each)]
                for each in account.verdicts
            ]
    name = f"{bulk.kind}-refused" if only else f"{bulk.kind}-rows"
    return await send_sheet(request, name, titles, rows)
