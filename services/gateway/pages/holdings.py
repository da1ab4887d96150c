"""What is held of a person, kind by kind, in plain words: of whom it comes and why it is held."""

from typing import Literal, NamedTuple

from services.gateway.pages.languages import gettext
from services.gateway.pages.languages import marked as _
from shared.contracts.membership import CorrectionAbout

Source = Literal["hr", "union", "oneself", "system"]


class Kind(NamedTuple):
    """`service` that holds it; `about`: as what a correction of it is asked for."""

    service: str
    name: str
    source: Source
    why: str
    about: CorrectionAbout


KINDS: tuple[Kind, ...] = (
    Kind(
        "membership",
        _("Name, birth date, employee number"),
        "hr",
        _("To know who is who: nobody has two votes, and nobody is taken for another."),
        "person",
    ),
    Kind(
        "membership",
        _("Employment, units and posts at work"),
        "hr",
        _("Rights in the union go along with the job, and majorities are counted from it."),
        "work",
    ),
    Kind(
        "membership",
        _("Days away; their kind for illness, injury at work, birth and mourning"),
        "hr",
        _("So that the union comes to see you in time. Other kinds are told to nobody."),
        "leave",
    ),
    Kind(
        "membership",
        _("Consents, membership, days in another union"),
        "oneself",
        _("Joining is free: a membership rests on your consent, and both are kept with their day."),
        "membership",
    ),
    Kind(
        "membership",
        _("Honours"),
        "union",
        _("They stand in your record for as long as you want them there."),
        "honour",
    ),
    Kind(
        "membership",
        _("Dues, month by month"),
        "union",
        _("Dues are accounted for. What you earn is not kept."),
        "dues",
    ),
    Kind(
        "membership",
        _("Posts and seats in bodies of the union"),
        "union",
        _("Who holds a post acts for others, so they may know it."),
        "post",
    ),
    Kind(
        "membership",
        _("What of HR's entries was contradictory and how it was decided; what you asked for"),
        "union",
        _("So that a decision about you can be looked up, and taken back."),
        "other",
    ),
    Kind(
        "welfare",
        _("Visits to you, with occasion and note"),
        "union",
        _("So that nobody is forgotten. The note is encrypted, and each reading is on record."),
        "visit",
    ),
    Kind(
        "training",
        _("Courses, seats and results"),
        "union",
        _("A result counts later, such as for a post that needs it."),
        "course",
    ),
    Kind(
        "democracy",
        _("Proposals of yours and those that you stand behind"),
        "oneself",
        _("You said it, and it is to be answered. Whose a hidden one is stays a seal."),
        "proposal",
    ),
    Kind(
        "gateway",
        _("Account, sessions, PIN, address for messages, what you follow, files"),
        "oneself",
        _("To let you in and to tell you what you asked to be told. Passwords are hashes."),
        "other",
    ),
    Kind(
        "gateway",
        _("Who was let in, was refused or read what"),
        "system",
        _("So that misuse is found. It is added to and never changed."),
        "other",
    ),
)
SERVICES = {
    "membership": _("The roll"),
    "welfare": _("Visits"),
    "training": _("Training"),
    "democracy": _("Proposals"),
    "gateway": _("This site's door"),
}
SOURCES = {
    "hr": _("From HR"),
    "union": _("Entered by the union"),
    "oneself": _("From yourself"),
    "system": _("Made by this system"),
}
READ = {
    "membership.member-record": _("Your member's record"),
    "membership.profile": _("Your name and post"),
    "membership.unfit-case": _("Your case at the desk"),
    "membership.number-case": _("Your case of two numbers at the desk"),
    "membership.dues-of": _("Your dues"),
    "membership.lapse-of": _("Whether you pay dues and take part"),
    "membership.erasure-of": _("How it stands with erasing what is held of you"),
    "membership.correction": _("What you asked to be corrected"),
    "welfare.visit-note": _("The note of a visit to you"),
    "views.person": _("Your page"),
    "membership.own-data": _("All that the roll holds of you"),
    "welfare.own-data": _("All that is held of visits to you"),
    "training.own-data": _("All that is held of your training"),
    "democracy.own-data": _("All that is held of your proposals"),
    "gateway.own-data": _("All that this site's door holds of you"),
    "membership.roll": _("The roll of a unit"),
    "membership.placed-on": _("Who worked where, to be compared with HR's list"),
    "membership.drift-case": _("A difference between HR's list and what the roll says of you"),
    "membership.drift": _("Differences between HR's list and the roll"),
    "membership.dues-faults": _("What did not fit in the dues of a unit"),
    "membership.erasures": _("Who of a unit asked to be erased"),
    "membership.number-pairs": _("Numbers of a unit that may be of one person"),
    "membership.two-people-rulings": _("Numbers of a unit that were ruled to be two people's"),
    "membership.rulings": _("What was settled at the desk, of a unit"),
    "membership.unfit": _("What of HR's events does not fit, of a unit"),
    "views.visits": _("Who of a unit is to be visited, or was"),
    "membership.lapses": _("Who of a unit pays no dues and takes no part"),
    "membership.payroll-check": _("A payroll before it was booked"),
}
"""What was read, by the subject of the entry in the audit log."""

_NEWER = _("Something else that is held of you")


def read_word(subject: str) -> str:
    """In the language of the page; what is newer than it goes without a name of its own."""
    return gettext(READ.get(subject, _NEWER))
