"""What was done, said once on the page that comes after it."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.pages.languages import gettext
from services.gateway.pages.languages import marked as _

COOKIE = "done"
DONE: Mapping[str, str] = {
    "submitted": _("It was submitted. You will see here what becomes of it."),
    "supported": _("You stand behind it now."),
    "answered": _("The answer was given. Everyone signed in can read it."),
    "attached": _("The files were added."),
    "taken-off": _("The file was taken off."),
    "opened": _("The course was opened."),
    "enrolled": _("The seat was given."),
    "completed": _("The result was entered."),
    "visited": _("The visit was entered. Thank you for going."),
    "followed": _("You will be told on your home page what becomes of it."),
    "let-go": _("You follow it no longer."),
    "code-sent": _("A code is on its way to that address."),
    "messages-on": _("You will be sent what is new for you."),
    "messages-off": _("Nothing is sent to you any more."),
    "admitted": _("The application was entered."),
    "membership-ended": _("The membership ends on that day."),
    "kept": _("It was entered."),
    "other-union": _("It was entered."),
    "admonished": _("It was entered. The member is told, and has time to mend."),
    "admonition-back": _("The admonition was withdrawn."),
    "declared-left": _("The decision was entered. The member is told."),
    "declaration-back": _("The declaration was reversed. The membership goes on without a gap."),
    "province-said": _("It was entered. What is of a day is judged by the rules there on it."),
    "honoured": _("The honour stands in the record."),
    "honour-out": _("The honour was taken out of the record."),
    "joined": _("Welcome to the union."),
    "appointed": _("The post was given."),
    "post-ended": _("The post ends on that day."),
    "sheet-dropped": _("The sheet was deleted. Nothing was changed by it."),
    "sheet-gone": _("That sheet is not here any more: it waits for a day, for who brought it."),
    "founded": _("The body was founded. What is missing is its first election."),
    "elected": _("The election was recorded."),
    "seated": _("The seat was taken."),
    "seat-ended": _("The seat ends on that day."),
    "term-withdrawn": _("The term was taken back. Whoever sat before still does."),
    "dissolved": _("The body ends on that day."),
    "settled": _("It was decided. The roll follows the decision from now on."),
    "drift-left": _("It stays as it is, for the reason that you gave."),
    "drift-reopened": _("It is open again."),
    "drift-applied": _("The roll says now what HR's list says."),
    "numbers-joined": _("Both numbers lead to one person now."),
    "number-given": _(
        "The number is another human being's from that day on. Older accounts open nothing."
    ),
    "numbers-apart": _("They are two people. It is not suggested again."),
    "ruling-back": _("The decision was taken back. All is as if it had never been made."),
    "correction-asked": _("It was asked. You will see here what becomes of it."),
    "correction-answered": _("The answer was given. The person can read it."),
    "correction-with-hr": _("It was noted that HR has it. The day of the answer stays."),
    "correction-withdrawn": _("Your request was taken back."),
    "erasure-asked": _("It was asked. An officer of the union grants it."),
    "erasure-granted": _("It was granted. Until its day it can be taken back."),
    "erasure-withdrawn": _("It was taken back. Everything stays as it is."),
    "dues-reversed": _("It was reversed. Nothing of it counts any more."),
    "dues-settled": _("It was noted how this was settled."),
    "dues-unsettled": _("It is open again."),
    "receipt-entered": _("The receipt was entered."),
    "receipt-taken-back": _("The receipt was taken back."),
    "test-sent": _("The test is on its way. Look below what comes of it."),
    "told-again": _("It is told again."),
    "subscription-changed": _("It was saved. It holds from now on."),
    "subscription-gone": _("The address was removed. Nothing is sent there any more."),
    "left": _("You have left the union. You can come back at any time."),
    "own-pin": _("From now on this is your PIN. Nobody else knows it."),
    "pin-set": _("The PIN is set. With it and your badge you sign in at a kiosk."),
    "pin-taken": _("There is no PIN any more."),
    "on-its-way": _("It was taken and will show here in a moment."),
    "not-kept": _("What was typed before waited too long and was not kept."),
    "not-yours": _("What was typed before belonged to another account and was not kept."),
}
"""The cookie holds the code, so that nobody can put words of theirs onto our page."""


def go_on(path: str, done: str, *, shown: bool = True) -> Response:
    """On to a page of ours, which says that it was done; or, as long as it does not show, that it
    was taken."""
    response = RedirectResponse(path, 303, headers={"Cache-Control": "no-store"})
    tell(response, done if shown else "on-its-way")
    return response


def tell(response: Response, code: str) -> None:
    """On the next page."""
    response.set_cookie(COOKIE, code, max_age=60, path="/", httponly=True, samesite="lax")


def told(request: Request) -> str | None:
    """In the language of the page."""
    text = DONE.get(request.cookies.get(COOKIE, ""))
    return gettext(text) if text else None


def forget(request: Request, response: Response) -> None:
    if COOKIE in request.cookies:
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
