"""What went wrong, in the language of the page. Services say it in English and with a code; the
page says it by the code, and where a code is newer than the page, in the service's own words."""

from collections.abc import Mapping
from typing import NamedTuple

from services.gateway.pages.languages import gettext
from services.gateway.pages.languages import marked as _
from services.gateway.problems import Problem


class Trouble(NamedTuple):
    """What it is, and the way out."""

    title: str
    advice: str


TROUBLES: Mapping[int, Trouble] = {
    400: Trouble(_("Bad request"), _("Go back and try again.")),
    401: Trouble(_("Sign in first"), _("After signing in you can go on.")),
    403: Trouble(
        _("Not allowed"),
        _(
            "Your post or role does not reach this page. If you think it should, ask a union "
            "officer."
        ),
    ),
    404: Trouble(_("Not found"), _("Check the address or the number.")),
    405: Trouble(_("This way of asking is not known here"), _("Begin again from the home page.")),
    409: Trouble(_("A rule says no"), _("The reason is below.")),
    413: Trouble(_("Too large"), _("Shorten it and try again.")),
    422: Trouble(_("Something is filled in wrongly"), _("Put right what is named below.")),
    429: Trouble(
        _("Too many tries"),
        _("Wait a little, then try again. If password or PIN is forgotten, ask IT for a new one."),
    ),
    500: Trouble(
        _("A fault of ours"), _("It is not your doing, and it was recorded. Try again later.")
    ),
    503: Trouble(
        _("Away just now"), _("The system is coming back by itself. Try again in a moment.")
    ),
}
FORM_TROUBLES: Mapping[str, Trouble] = {
    "stale-form": Trouble(
        _("This form is out of date"),
        _("Nothing was saved. Open the page again from the home page and send it once more."),
    ),
    "cross-site": Trouble(
        _("This form came from another site"),
        _("Nothing was saved. Begin at the home page and use a form of this site."),
    ),
    "provider-away": Trouble(
        _("The company's sign-in is away"),
        _("Try again later; in a hurry, go to the home page and use an account of this site."),
    ),
    "stale-sign-in": Trouble(
        _("This sign-in is over"), _("You are not signed in. Sign in again from the home page.")
    ),
    "untrusted-token": Trouble(
        _("The company's answer cannot be trusted"),
        _("You are not signed in. Try again from the home page; if it does not help, ask IT."),
    ),
    "provider-refused": Trouble(
        _("The company's sign-in said no"),
        _("You are not signed in. Try again from the home page, or use an account of this site."),
    ),
    "no-employee-number": Trouble(
        _("The company account has no employee number"),
        _("You are not signed in. Ask IT to enter the number in the company account."),
    ),
    "no-kiosk-here": Trouble(
        _("No kiosk stands here"),
        _("Sign in on the home page. If this is a kiosk, IT has to name its address."),
    ),
    "not-at-a-kiosk": Trouble(
        _("Not at a kiosk"),
        _("Here one does what one does for oneself. For all else sign in at a desk or a phone."),
    ),
    "left-employee": Trouble(
        _("Not employed now"), _("You are not signed in. If this is wrong, ask HR.")
    ),
    "no-password": Trouble(
        _("This account has no password"),
        _("It signs in with the company account. Its password is changed there."),
    ),
    "closed-account": Trouble(_("The account is closed"), _("You are not signed in. Ask IT.")),
}
"""The same for codes about which the words of their status would mislead."""

REASONS: Mapping[str, str] = {
    "already-asked": _("That was asked for already. Wait for the answer, or withdraw it."),
    "already-erased": _("That is done and cannot be undone."),
    "already-granted": _("That was granted already. Until its day it can be withdrawn."),
    "not-settled": _(
        "Something has to be settled first: work, a membership, a post, a seat or dues that still "
        "rest on this person."
    ),
    "two-people": _("Who has asked cannot grant it. Another officer has to."),
    "unknown-erasure": _("There is no such request."),
    "already-admonished": _("This member is admonished already, and has time to mend."),
    "already-answered": _("This proposal has been answered already. Make a new one to go on."),
    "already-appointed": _("This person holds that post in those days already."),
    "already-completed": _("A result was entered for this person already."),
    "already-ended": _("This post has ended already."),
    "already-enrolled": _("This person has a seat already."),
    "already-elsewhere": _("In some of those days another union is entered already."),
    "already-kept": _("This membership is kept from that day already."),
    "already-member": _("Already a member on that day."),
    "already-subscribed": _("This address is there already."),
    "already-supported": _("You stand behind this proposal already."),
    "already-withdrawn": _("It was taken out already."),
    "away": _("The part of the system that does this is away just now. Nothing was done."),
    "bad-address": _(
        "Nothing can be sent to this address. Write it plainly: letters, digits, . _ + - and @."
    ),
    "before-it-began": _("That day is before it began."),
    "already-with-hr": _("HR has it already."),
    "correction-answered": _("This was answered already."),
    "correction-withdrawn": _("This was taken back already."),
    "not-of-hr": _("This is the union's own; HR cannot put it right."),
    "own-correction": _("Nobody answers themselves. Leave it to another officer."),
    "too-many-corrections": _(
        "Twenty requests of yours wait for an answer. Take one back, or speak to a union officer."
    ),
    "unknown-correction": _("There is no such request."),
    "cross-site": _("The form was sent from another site."),
    "fault": _("A fault of ours; it was recorded."),
    "forbidden": _("Your roles do not allow this here."),
    "full": _("All seats are taken. Open a further course."),
    "is-off": _("It is off, so nothing is sent. Switch it on first."),
    "is-the-stream": _("The stream has no secret and stays. It can be switched off."),
    "key-reused": _(
        "This form was sent before with other content. See whether that arrived before you send it "
        "again."
    ),
    "malformed": _("What was asked cannot be read."),
    "member-away": _("This member is away today. It waits until they are back."),
    "mended": _(
        "Dues were paid or excused, or the member took part or is none any more: nothing is to be "
        "declared."
    ),
    "not-admonished": _("No admonition of this member stands."),
    "not-declared": _("No declaration that this member has left stands."),
    "not-lapsed": _(
        "This member has no six booked months in a row without dues and without taking part, or a "
        "reason that counts."
    ),
    "still-mending": _("The time to mend is not over on that day."),
    "too-early": _("On that day the months were not full yet."),
    "member-elsewhere": _(
        "On that day membership lies with another union. Enter first when that is over."
    ),
    "in-another-union": _(
        "One belongs in one union only. Let the membership there be ended, or brought over here, "
        "and apply then."
    ),
    "method-not-allowed": _("This address is not asked in this way."),
    "no-password": _("There is nothing to change on this site."),
    "no-channel": _("IT has set up no mail or chat for this site yet."),
    "never-told": _("The log has no such event."),
    "no-kinds": _("Choose at least one, or switch it off."),
    "not-sent-there": _(
        "Nothing is sent to this address. Write it as https://hr.company.example/hook, without a "
        "password, ? or #; it must not lead to this machine."
    ),
    "no-number": _("This account has no employee number to which a message could go."),
    "no-plant": _("A plant or the company has a province, no part of it."),
    "no-days": _("The end must be after the beginning."),
    "no-kiosk-here": _("What comes from here is from no kiosk."),
    "not-answered": _("Files of the answer are added once the answer was given."),
    "not-the-author": _("Only its author takes off a file of a proposal."),
    "not-a-member": _("No member on that day."),
    "not-kept": _("This membership is not kept from that day."),
    "not-at-a-kiosk": _("This session was begun at a kiosk."),
    "not-begun": _("The course had not begun on that day."),
    "not-employed": _("This person was not employed at that time."),
    "not-enrolled": _("This person has no seat. Give them one first."),
    "not-found": _("There is nothing at this address."),
    "not-open-to-them": _("This course is for people of its own unit."),
    "not-placed": _(
        "You are in no unit yet. HR must place you first, so that it reaches your plant."
    ),
    "not-yet": _("It is entered on its day or later, not before."),
    "not-through": _(
        "The message with the code could not be sent. Look whether the address is right, or try "
        "again later."
    ),
    "outcome-unknown": _(
        "No answer came in time, so it is not certain what became of it. Send it again as it is: "
        "it is done once only."
    ),
    "pin-in-order": _("These digits follow each other. Choose others."),
    "pin-is-a-day": _("This is a day, such as a birthday, which others know. Choose other digits."),
    "pin-no-digits": _("A PIN is six digits."),
    "pin-on-the-badge": _("These digits are on the badge. Choose others."),
    "pin-repeats": _("These digits repeat themselves. Choose others."),
    "not-of-this-ruling": _("This does not belong to that decision."),
    "same-already": _("These are numbers of one person already."),
    "two-already": _("It was decided already that they are two people."),
    "nobody-hired": _("HR says nobody was hired under this number on that day or later."),
    "nobody-before": _("HR says nobody was hired under this number before that day."),
    "another-already": _("From that day on the number is another person's already."),
    "nothing-to-settle": _("Nothing contradicts itself here any more."),
    "over-missing": _("Say which event is set aside instead."),
    "correction-missing": _("Give the day, or the unit, that was meant."),
    "settles-nothing": _("That would settle nothing: as many entries would contradict the others."),
    "taken-back": _("This decision was taken back already."),
    "unknown-event": _("HR has sent no such entry about this person."),
    "unknown-ruling": _("There is no such decision."),
    "own-proposal": _("A proposal needs the support of others; this one is yours."),
    "stale-form": _("The form was not given to this browser, or before it signed in or out."),
    "too-large": _("It is larger than is allowed."),
    "too-slow": _("It took too long to come. Nothing was saved."),
    "taken-off": _("This file was taken off."),
    "too-late": _("It took too long. Nothing was done."),
    "too-many-open": _("Too many pages are open at the same time. Close some of them."),
    "too-many-codes": _("Too many codes were asked for. Wait half an hour, then try again."),
    "too-many-subscriptions": _("There are twenty addresses already. Remove one first."),
    "too-many-tries": _("There were too many wrong tries to sign in."),
    "closed-account": _("This account was closed."),
    "left-employee": _("This employee has left, or has not begun yet."),
    "no-employee-number": _("The company account names no employee."),
    "provider-away": _("The company's provider does not answer."),
    "provider-refused": _("The company's provider did not sign you in."),
    "stale-sign-in": _("It was begun too long ago, or in another browser."),
    "untrusted-token": _(
        "What came back is not from the company's provider, or not for this sign-in."
    ),
    "still-differs": _(
        "The roll does not say it yet: it contradicts what HR has said before. See the desk."
    ),
    "changed-meanwhile": _("The roll has changed meanwhile. Look at it once more."),
    "line-without-name": _(
        "The list did not give the name here, so this line cannot be applied by itself. Take the "
        "list in."
    ),
    "unknown-drift": _("This difference is settled already, or a newer list does not have it."),
    "unknown-cursor": _("This place in the list is unknown. Begin from its beginning."),
    "unknown-course": _("There is no such course."),
    "unit-ended": _("This unit is no more by that day."),
    "unknown-employee": _("Nobody has this employee number."),
    "unknown-file": _("There is no such file."),
    "unknown-honour": _("There is no such honour."),
    "unknown-post": _("There is no such post."),
    "unknown-proposal": _("There is no such proposal."),
    "unknown-session": _("This session has ended already."),
    "unknown-subscription": _("There is no such address."),
    "unknown-unit": _("There is no unit with this code."),
    "unknown-visit": _("There is no such visit."),
    "visits-oneself": _("Nobody visits themselves."),
    "booked-already": _(
        "That month is booked already, here or for what this is part of. Reverse that first."
    ),
    "does-not-balance": _("The rows do not come to the totals, so nothing was booked."),
    "less-than-its-part": _(
        "All workers earn at least what the file has. See whether the total is right."
    ),
    "line-twice": _("A row was sent twice."),
    "no-books-there": _("A plant or the company has a payroll of its own, no part of it."),
    "no-rule-then": _("For a month so long ago no rule is known here."),
    "payroll-booked": _("This payroll is booked already."),
    "payroll-open": _("This payroll is not booked yet."),
    "payroll-reversed": _("This payroll was reversed."),
    "rows-missing": _("Not all rows have come yet. Bring the file again."),
    "settled-otherwise": _("This is not settled in that way."),
    "taken-back-already": _("This receipt was taken back already."),
    "too-many-rows": _("More rows came than were announced. Bring the file again."),
    "unknown-fault": _("There is no such fault."),
    "unknown-payroll": _(
        "There is no such payroll; one that nobody booked is thrown away after two days."
    ),
    "unknown-receipt": _("There is no such receipt."),
    "wrong-code": _("That code is wrong or too old. Have another one sent to you."),
    "already-elected": _("A term begins on that day already."),
    "already-founded": _("The unit has such a body already. Dissolve that one first."),
    "already-seated": _("In that post already."),
    "dissolved": _("This body was dissolved by that day."),
    "elected-later": _("A term begins on the day of its election or later."),
    "no-such-seat": _("A body of this kind has no such post."),
    "no-term": _("No term holds on that day. Record the election first."),
    "not-a-member-then": _(
        "No member of the union on that day, as far as the roll knows. Where the minutes say "
        "otherwise, tick below that they vouch for it."
    ),
    "not-recalled": _("A recall takes more than half of all who have a vote."),
    "not-that-end": _(
        "Who acts is not recalled, and who holds a seat does not end by acting no longer."
    ),
    "one-head": _("One person at a time holds this post. End that seat first."),
    "post-of-a-seat": _("This post comes with a seat in a union body. End that seat instead."),
    "rows-refused": _("Some of those named could not be elected."),
    "term-out-of-order": _("Terms are numbered in the order of their days."),
    "term-withdrawn": _("This term was taken back."),
    "unknown-body": _("There is no such union body."),
    "not-known-then": _("At that time this house knew nothing of this union body."),
    "unknown-seat": _("There is no such seat."),
    "unknown-term": _("There is no such term."),
    "votes-missing": _("Say how many voted for it and how many have a vote."),
    "weak-password": _("This password is too short or the first guess."),
}


def reason(problem: Problem) -> str:
    """Why not, by code."""
    return reason_of(problem.code, problem.detail)


def reason_of(code: str, detail: str = "") -> str:
    """`detail` is the last resort."""
    known = REASONS.get(code)
    return gettext(known) if known else detail


NOT_ON_THE_ROLL = Trouble(
    _("Not on the roll"),
    _("You are not signed in. If you are new, wait a day; if it does not help, ask HR."),
)
"""`unknown-employee` is a 403 only at the door, where somebody signs in by that number."""


def trouble(problem: Problem) -> Trouble:
    """Title and way out, said in the language of the page."""
    of_status = TROUBLES.get(problem.status, TROUBLES[500])
    if (problem.status, problem.code) == (403, "unknown-employee"):
        of_status = NOT_ON_THE_ROLL
    title, advice = FORM_TROUBLES.get(problem.code, of_status)
    return Trouble(gettext(title), gettext(advice))
