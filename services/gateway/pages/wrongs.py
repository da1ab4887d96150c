"""What is wrong with a field, in the language of the page, by the kind of the error."""

from collections.abc import Mapping

from services.gateway.pages.drafts import Wrong
from services.gateway.pages.languages import day, gettext
from services.gateway.pages.languages import marked as _
from services.gateway.pages.troubles import REASONS

FILL_IN = _("Fill this in.")
WRONGS: Mapping[str, str] = {
    "missing": FILL_IN,
    "string_too_short": FILL_IN,
    "too_short": FILL_IN,
    "literal_error": _("Choose one of them."),
    "enum": _("Choose one of them."),
    "string_too_long": _("This is too long: %(max_length)s characters at most."),
    "too_long": _("These are too many: %(max_length)s at most."),
    "string_pattern_mismatch": _("Write it as HR does, without spaces."),
    "date_from_datetime_parsing": _("This is no day. Write it as 2026-09-01."),
    "date_parsing": _("This is no day. Write it as 2026-09-01."),
    "date_type": _("This is no day. Write it as 2026-09-01."),
    "int_parsing": _("Write a whole number."),
    "int_from_float": _("Write a whole number."),
    "float_parsing": _("Write a number."),
    "greater_than_equal": _("It must be %(ge)s or more."),
    "less_than_equal": _("It must be %(le)s or less."),
    "no-file": _("Choose a file first."),
    "file-empty": _("%(name)s is empty."),
    "file-unknown-kind": _("%(name)s is no picture (JPEG, PNG, WebP) and no PDF."),
    "file-too-large": _("%(name)s is larger than 20 MB. Make it smaller, or bring it in parts."),
    "file-broken": _("%(name)s cannot be read: it is damaged or did not come whole."),
    "file-too-many-pixels": _("%(name)s has too many pixels: 51 million at most. Save it smaller."),
    "file-animated": _("%(name)s moves. Bring a picture that stands still."),
    "file-encrypted": _("%(name)s is locked with a password. Save it without one."),
    "file-acts": _(
        "%(name)s holds scripts, actions or other files. Print it into a new PDF and bring that."
    ),
    "file-too-many-pages": _("%(name)s has too many pages: 500 at most."),
    "file-too-heavy": _("%(name)s takes too much to look into. Save it smaller or simpler."),
    "file-not-kept": _("%(name)s was not kept. Choose it again."),
    "too-many-files": _("%(name)s is one too many: five files at most."),
    "too-many-uploads": _("%(name)s was not taken: too many files in a short time. Wait an hour."),
    "sheet-broken": _("%(name)s cannot be read: it is damaged or did not come whole."),
    "sheet-empty": _("%(name)s is empty."),
    "sheet-locked-or-old": _(
        "%(name)s is locked with a password, or of the old kind .xls. Save it as .xlsx without one."
    ),
    "sheet-too-heavy": _("%(name)s takes too much to look into. Save it smaller or simpler."),
    "sheet-too-large": _("%(name)s is larger than 5 MB. Bring it in parts."),
    "sheet-too-many-columns": _("%(name)s has too many columns: 60 at most."),
    "sheet-too-many-rows": _("%(name)s has too many rows: 20,000 at most. Bring it in parts."),
    "sheet-unknown-kind": _("%(name)s is no Excel sheet (.xlsx) and no text with commas (.csv)."),
    "sheet-without-rows": _("%(name)s has a header and no rows below it."),
    "sheet-too-many-of-kind": _("These are too many rows: %(most)s at most. Bring it in parts."),
    "column-twice": _("This column is another field already."),
    "twice-in-sheet": _("The sheet says this twice. The first one counts."),
    "unknown-role": _("There is no post of that name."),
    "bad-cell": _("%(column)s: this cannot be so. See how HR writes it."),
    "empty-cell": _("%(column)s: this is empty."),
    "another-name": _(
        "On the roll this number has another name. Who it is, only a person can say."
    ),
    "contradicts-itself": _("The list names this number more than once and says different things."),
    "after-the-list": _("%(column)s: that day is after the day of the list."),
    "in-unit-before-hired": _("In the unit before employed: one of the days is wrong."),
    "left-before-hired": _("Left before employed: one of the days is wrong."),
    "left-since": _(
        "The roll has this person as left, later than the list says they began. See whether the "
        "list is right; then tell HR to send the leaving and the new hire."
    ),
    "changed-after-leaving": _("The roll has something of this person after that day of leaving."),
    "not-taken": _("It contradicts what HR has said of this person, so the roll does not say it."),
    "day-ahead": _("That day is still to come."),
    "wrong-count": _("Write the number of people whose days end by this."),
    "number-unreadable": _("There is no employee number that can be read."),
    "wages-unreadable": _("The wages cannot be read. Write them as 1234.50."),
    "dues-unreadable": _("What was withheld cannot be read. Write it as 12.50."),
    "dues-differ": _("Owed %(owed)s, withheld %(withheld)s."),
    "dues-taken": _("Withheld %(withheld)s."),
    "dues-twice": _("The number stands in the rows %(rows)s; withheld %(withheld)s together."),
    "no-day": _("This is no day. Write it as 2026-09-01."),
    "no-money": _("This is no amount of money. Write it as 1234.50."),
    "parts-of-a-fen": _("An amount has two digits after the point at most."),
    "no-room": _("%(name)s was not taken: there is no room for files any more. Tell IT."),
}
"""The kinds that pydantic knows and our fields can have."""


def wrong_words(wrong: Wrong) -> str:
    """By its kind or by the code of the refusal; else what was said about it in English. Of one row
    among many it says whose (`who`)."""
    if who := wrong.given.get("who"):
        return f"{who}: {wrong_words(wrong._replace(given={}))}"
    known = WRONGS.get(wrong.code) or REASONS.get(wrong.code)
    if known is None:
        return wrong.detail
    given = {
        name: day(value) if hasattr(value, "isoformat") else value
        for name, value in wrong.given.items()
    }
    return gettext(known) % given if given and "%(" in known else gettext(known)
