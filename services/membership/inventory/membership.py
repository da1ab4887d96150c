"""The life of a membership, and what a person asked to be corrected."""

from functools import partial

from services.membership.inventory.reasons import ENTERED
from services.membership.whose import anothers
from shared.numbers_held import SPANS, within
from shared.personal import Holding, Inventory, Row


def _asked_words(column: str, row: Row) -> tuple[object, ...]:
    return "correction", column, row["correction"]


def _step(row: Row) -> tuple[object, ...]:
    return "correction_step", "words", row["step"]


# Before an officer ruled whose a number is, leaves were taken for those of who had it before.
_TAKEN_FOR_ANOTHERS = f"""
    (NOT stands AND EXISTS (
        SELECT FROM {SPANS} JOIN number_held AS other
            ON other.number = span.number AND other.person <> ALL(:people)
        WHERE coalesce(span.since, span.until) IS NOT NULL AND other.person = leave.person
            AND {within("leave.since")}))
"""
LEAVES = f"(person = ANY(:people) OR {_TAKEN_FOR_ANOTHERS})"

MEMBERSHIP: Inventory = (
    Holding(
        table="leave",
        whose=LEAVES,
        untold=f"NOT stands AND person = ANY(:people) AND {anothers('since')}",
        shows={"kind": "kind", "since": "since", "until": "until", "stands": "stands"},
        hides={"id": "an id"},
        goes=True,
    ),
    Holding(
        table="consent",
        whose="person = ANY(:people)",
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
    Holding(
        table="activity", whose="person = ANY(:people)", shows={"last_on": "last_on"}, goes=True
    ),
    Holding(
        table="deemed_left",
        whose="person = ANY(:people)",
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
        whose="person = ANY(:people)",
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
        whose="person = ANY(:people)",
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
        whose="person = ANY(:people)",
        shows={
            "union": "name",
            "since": "lower(during)",
            "until": "upper(during)",
            "entered_at": "entered_at",
            "withdrawn_at": "withdrawn_at",
        },
        hides={"entered_by": "who entered it", "withdrawn_by": "who entered it"},
        goes=True,
    ),
    Holding(
        table="honour",
        whose="person = ANY(:people)",
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
        whose="correction IN (SELECT id FROM correction WHERE person = ANY(:people))",
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
        whose="person = ANY(:people)",
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
)
