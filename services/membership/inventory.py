"""What membership holds of a person, table by table. In the order in which an erasure goes about
it: the number is looked up by until the end."""

from functools import partial
from typing import Any

from shared.personal import ERASED_NUMBER, HEARING, KERNEL, Holding, Inventory, Row, of_nobody

ENTERED = {"entered_by": "the id of who entered it, or the account of a system"}
HEADS = "days and ids alone: heads of past days, and what was known of them, rest on it"
TITLE = "HR's title of the work, not of a person"


def _days(table: str, *, also: tuple[str, ...] = (), **stays: str) -> Holding:
    """Dated rows of a person, and what was known before."""
    plain = {name: name for name in also}
    return Holding(
        table=table,
        whose="person = :person",
        shows={
            "since": "lower(during)",
            "until": "upper(during)",
            **plain,
            **(
                {"known_since": "lower(known)", "known_until": "upper(known)"}
                if table.endswith("_before")
                else {"known_since": "CAST(known_since AS text)"}
            ),
        },
        stays=stays,
        because=HEADS,
    )


def _amounts(row: Row) -> tuple[object, ...]:
    return "payroll_row", "amounts", row["payroll"], row["line"]


def _asked_words(column: str, row: Row) -> tuple[object, ...]:
    return "correction", column, row["correction"]


def _step(row: Row) -> tuple[object, ...]:
    return "correction_step", "words", row["step"]


_OF_POSTS: dict[str, Any] = {"also": ("id", "role", "unit"), "role": "a code"}
_OF_STAYS: dict[str, Any] = {"also": ("unit", "post"), "post": TITLE}

INVENTORY: Inventory = (
    *KERNEL,
    *HEARING,
    of_nobody(
        "unit",
        "HR's tree",
        code="of a unit",
        name="of a unit",
        kind="a code",
        path="codes of units",
        plant="codes of units",
    ),
    of_nobody(
        "unit_placement", "HR's tree by day", name="of a unit", path="codes", plant="codes of units"
    ),
    of_nobody(
        "unit_placement_before",
        "HR's tree as it was known",
        name="of a unit",
        path="codes",
        plant="codes of units",
    ),
    of_nobody(
        "province",
        "where a plant lies",
        code="a code",
        said_by="the id of who said it, or the account of a system",
    ),
    Holding(
        table="hr_event",
        whose="about = :employee AND type NOT LIKE 'hr.unit-%'",
        shows={
            "source": "source",
            "id": "id",
            "type": "type",
            "said": "raw -> 'data'",
            "heard_at": "heard_at",
        },
        hides={
            "digest": "made of what is said",
            "place": "said too",
            "about": "the number, said too",
        },
        goes=True,
        because="kept as heard and never changed (decision 0006), with this one exception",
    ),
    Holding(
        table="unfit",
        whose="about = :employee AND NOT of_unit",
        shows={
            "source": "source",
            "id": "id",
            "reason": "reason",
            "detail": "detail",
            "found_at": "found_at",
        },
        goes=True,
    ),
    Holding(
        table="ruling",
        whose="employee = :employee",
        shows={
            "kind": "kind",
            "on": '"on"',
            "unit": "unit",
            "from_unit": "from_unit",
            "reason": "reason",
            "decided_at": "decided_at",
        },
        hides={
            "id": "an id",
            "event": "a digest",
            "over": "a digest",
            "takes_back": "an id",
            "about_unit": "of a unit, and then of nobody",
            "decided_by": "who decided is somebody else",
        },
        goes=True,
    ),
    Holding(
        table="number_held",
        whose="person = :person",
        shows={"number": "number", "since": "lower(during)", "until": "upper(during)"},
        goes=True,
    ),
    Holding(
        table="number_first",
        whose="person = :person",
        shows={"number": "number"},
        goes=True,
    ),
    Holding(
        table="number_ruling",
        whose="person = :person OR same_as = :person",
        shows={"since": "since"},
        hides={"id": "that of the ruling"},
        goes=True,
    ),
    Holding(
        table="drift",
        whose="employee = :employee",
        shows={
            "kind": "kind",
            "on": "found_on",
            "name": "name",
            "hr_unit": "hr_unit",
            "our_unit": "our_unit",
            "post": "post",
            "employed_since": "employed_since",
            "unit_since": "unit_since",
            "left_on": "left_on",
            "reason": "reason",
            "left_at": "left_at",
        },
        hides={
            "id": "an id",
            "comparison": "an id",
            "counts": "whether it is the newest",
            "unit": "of the two units",
            "path": "of the two units",
            "plant": "of the two units",
            "left_by": "who left it is somebody else",
        },
        goes=True,
    ),
    of_nobody("drift_list", "a comparison", path="codes of units"),
    of_nobody("drift_day", "counts", plant="codes of units", kind="a code"),
    Holding(
        table="payroll_row",
        whose="person = :person OR number = :employee",
        shows={
            "payroll": "payroll",
            "line": "line",
            "month": "(SELECT month FROM payroll WHERE payroll.id = payroll_row.payroll)",
            "number": "number",
            "verdict": "verdict",
            "owed_and_withheld": "amounts",
            "money": "money",
            "wrong": "wrong",
        },
        opens={"owed_and_withheld": _amounts},
        blanks={"number": "NULL"},
        stays={
            "amounts": "the books must balance: fen, encrypted, of a person without a name",
            "money": "a code",
            "wrong": "a code",
            "verdict": "a code",
        },
        because="books of account are kept (会计档案管理办法 2015)",
    ),
    Holding(
        table="dues_fault",
        whose="person = :person OR number = :employee",
        shows={
            "month": "(SELECT month FROM payroll WHERE payroll.id = dues_fault.payroll)",
            "kind": "kind",
            "number": "number",
            "why": "why",
            "settled": "settled",
            "settled_on": "settled_on",
        },
        hides={
            "id": "an id",
            "payroll": "an id",
            "place": "a number in a list",
            "lines": "of a sheet",
            "settled_by": "somebody else",
        },
        blanks={"number": "NULL"},
        stays={
            "kind": "a code",
            "why": "a code",
            "settled": "a code",
            "settled_by": "the id of who settled it",
            "lines": "numbers of lines",
        },
        because="books of account are kept (会计档案管理办法 2015)",
    ),
    of_nobody(
        "payroll",
        "sums of a month",
        state="a code",
        verdict="by which rule",
        found="counts",
        opened_by="the id of who did it, or the account of a system",
        booked_by="the id of who did it, or the account of a system",
        reversed_by="the id of who did it, or the account of a system",
        reason="why a whole month was taken back",
    ),
    of_nobody(
        "fund_receipt",
        "money of the firm",
        reference="of the bank's slip",
        entered_by="the id of who did it, or the account of a system",
        taken_back_by="the id of who did it, or the account of a system",
        reason="why money was entered wrongly",
    ),
    Holding(
        table="leave",
        whose="person = :person",
        shows={"kind": "kind", "since": "since", "until": "until", "stands": "stands"},
        hides={"id": "an id"},
        goes=True,
    ),
    Holding(
        table="consent",
        whose="person = :person",
        shows={
            "given_on": "given_on",
            "reference": "reference",
            "withdrawn_on": "withdrawn_on",
            "ended_by": "ended_by",
            "ended_reference": "ended_reference",
            "entered_at": "entered_at",
        },
        hides={"entered_by": "who entered it", "ended_entered_by": "who entered it"},
        blanks={"reference": "NULL", "ended_reference": "NULL", "ended_by": "NULL"},
        stays=ENTERED | {"ended_entered_by": "the id of who entered it"},
        because="days alone: the membership of past days rests on them",
    ),
    Holding(table="activity", whose="person = :person", shows={"last_on": "last_on"}, goes=True),
    Holding(
        table="deemed_left",
        whose="person = :person",
        shows={
            "on": "left_on",
            "reference": "reference",
            "rests_on": "verdict",
            "declared_at": "declared_at",
            "reversed_on": "reversed_on",
            "reversed_for": "reversed_for",
        },
        hides={
            "id": "an id",
            "admonition": "an id",
            "declared_by": "who entered it",
            "reversed_by": "who entered it",
        },
        blanks={"reference": "''", "reversed_for": "NULL"},
        stays={
            "verdict": "by which rule, and days",
            "declared_by": "the id of who entered it, or the account of a system",
            "reversed_by": "the id of who entered it, or the account of a system",
        },
        because="days alone: the membership of past days rests on them",
    ),
    Holding(
        table="admonition",
        whose="person = :person",
        shows={
            "on": "said_on",
            "way": "way",
            "reason": "reason",
            "first_month": "first_month",
            "last_month": "last_month",
            "due_on": "due_on",
            "rests_on": "verdict",
            "entered_at": "entered_at",
            "ended": "ended",
            "ended_on": "ended_on",
            "ended_for": "ended_for",
        },
        hides={"id": "an id", "entered_by": "who entered it", "ended_by": "who entered it"},
        blanks={"reason": "''", "ended_for": "NULL"},
        stays=ENTERED
        | {
            "way": "a code",
            "verdict": "by which rule, and days",
            "ended": "a code",
            "ended_by": "the id of who entered it, or the account of a system",
        },
        because="days alone: a declaration rests on it",
    ),
    Holding(
        table="keeping",
        whose="person = :person",
        shows={
            "kept_from": "kept_from",
            "entered_at": "entered_at",
            "withdrawn_at": "withdrawn_at",
        },
        hides={"entered_by": "who entered it", "withdrawn_by": "who entered it"},
        goes=True,
    ),
    Holding(
        table="other_union",
        whose="person = :person",
        shows={"union": "name", "since": "lower(during)", "until": "upper(during)"},
        hides={"entered_by": "who entered it", "entered_at": "when it was entered"},
        goes=True,
    ),
    Holding(
        table="honour",
        whose="person = :person",
        shows={
            "title": "title",
            "level": "level",
            "on": "awarded_on",
            "reference": "reference",
            "withdrawn_at": "withdrawn_at",
            "withdrawn_for": "withdrawn_for",
            "entered_at": "entered_at",
        },
        hides={"id": "an id", "entered_by": "who entered it", "withdrawn_by": "who entered it"},
        goes=True,
    ),
    Holding(
        table="correction_step",
        whose="correction IN (SELECT id FROM correction WHERE person = :person)",
        shows={
            "step": "id",
            "correction": "correction",
            "what": "what",
            "side": "side",
            "words": "words",
            "at": "at",
        },
        hides={"person": "who took the step", "account": "a system's"},
        opens={"words": _step},
        goes=True,
    ),
    Holding(
        table="correction",
        whose="person = :person",
        shows={
            "correction": "id",
            "about": "about",
            "which": "which",
            "wrong": "wrong",
            "should_be": "should_be",
            "state": "state",
            "outcome": "outcome",
            "asked_at": "asked_at",
            "due_on": "due_on",
            "overdue": "overdue",
            "settled_at": "settled_at",
        },
        hides={"due_by": "by which rule", "due_verdict": "by which rule"},
        opens={name: partial(_asked_words, name) for name in ("which", "wrong", "should_be")},
        goes=True,
    ),
    _days("employment"),
    _days("employment_before"),
    _days("stay", **_OF_STAYS),
    _days("stay_before", **_OF_STAYS),
    _days("member", also=("consent", "kept")),
    _days("member_before", also=("consent", "kept")),
    _days("post", **_OF_POSTS | {"also": ("id", "role", "unit", "entered_at")}),
    _days("post_before", **_OF_POSTS),
    Holding(
        table="seat_end",
        whose="seat IN (SELECT id FROM seat WHERE person = :person)",
        shows={
            "seat": "seat",
            "until": "until",
            "why": "why",
            "votes": "votes",
            "electors": "electors",
            "minutes": "minutes",
            "entered_at": "entered_at",
        },
        hides={"nth": "a number in a list"},
        blanks={"minutes": "NULL"},
        stays={"why": "a code"},
        because="who sat in a body, as an id, belongs to its history",
    ),
    Holding(
        table="seat",
        whose="person = :person",
        shows={
            "seat": "id",
            "term": "term",
            "post": "post",
            "since": "since",
            "acting": "acting",
            "minutes": "minutes",
            "entered_at": "entered_at",
        },
        hides={"vouched": "how eligibility was known", "role": "the post that came with it"},
        blanks={"minutes": "NULL"},
        stays={"post": "a code", "acting": "a code", "role": "a code"},
        because="who sat in a body, as an id, belongs to its history",
    ),
    of_nobody(
        "term",
        "an election of a whole body",
        counted="a code",
        minutes="the number of the meeting's minutes",
        verdicts="by which rules",
        withdrawn_why="why a whole election was taken back",
    ),
    of_nobody("body", "a body of the union", kind="a code", name="of the body"),
    Holding(
        table="erasure",
        whose="person = :person",
        shows={
            "asked_on": "asked_on",
            "by_themselves": "by_themselves",
            "granted_on": "granted_on",
            "due_on": "due_on",
            "withdrawn_on": "withdrawn_on",
            "stopped_for": "stopped_for",
            "done_on": "done_on",
        },
        hides={
            "id": "an id",
            "asked_by": "told by by_themselves",
            "granted_by": "an officer",
            "withdrawn_by": "themselves or an officer",
        },
        stays={
            "asked_by": "an id",
            "granted_by": "an id",
            "withdrawn_by": "an id",
            "stopped_for": "codes",
        },
        because="that somebody was erased, as an id, is the proof that it was done",
    ),
    of_nobody(
        "erased_number",
        "numbers that must not come back, as seals",
        number="a keyed digest",
        person="the id that is left",
    ),
    Holding(
        table="person",
        whose="id = :person",
        shows={
            "person": "id",
            "employee": "employee",
            "name": "name",
            "days_away": "away",
            "days": "placed",
        },
        hides={"same_as": "the id of who this turned out to be"},
        blanks={"employee": ERASED_NUMBER, "name": "NULL", "placed": "'{}'", "away": "'[]'"},
    ),
)
