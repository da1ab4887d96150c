"""What welfare holds of a person, table by table."""

from shared.personal import HEARING, KERNEL, ROLL, Holding, Inventory, Place


def _of_visit(column: str) -> Place:
    return lambda row: ("visit", column, row["visit"])


INVENTORY: Inventory = (
    *KERNEL,
    *HEARING,
    *ROLL,
    Holding(
        table="reading",
        whose="visit IN (SELECT id FROM visit WHERE person = ANY(:people))",
        shows={"visit": "visit", "at": "at"},
        hides={"id": "a number", "account": "who read it is told by post and name: /me/readings"},
        stays={"account": "the id of who read it, or the account of a system"},
        because="who has read it is no longer told: nothing is left to read",
    ),
    Holding(
        table="visit",
        whose="person = ANY(:people)",
        shows={
            "visit": "id",
            "state": "state",
            "since": "since",
            "due_on": "due_on",
            "visited_on": "visited_on",
            # What HR took back may have been said of another human being with that number.
            "kind": "CASE WHEN state <> 'dropped' THEN kind END",
            "occasion": "occasion",
            "note": "note",
            "entered_at": "entered_at",
        },
        hides={
            "leave": "an id",
            "due_verdict": "by which rule",
            "overdue": "of the union",
            "logged_by": "who entered it",
        },
        opens={name: _of_visit(name) for name in ("kind", "occasion", "note")},
        blanks={"kind": "NULL", "occasion": "NULL", "note": "NULL"},
        stays={
            "state": "a code",
            "due_verdict": "by which rule; its inputs leave out the kind",
            "logged_by": "the id of who entered it, or the account of a system",
        },
        because="how many were visited in time is counted; whom and why has no name",
    ),
    Holding(
        table="visitor",
        whose="person = ANY(:people)",
        shows={
            "visit": "visit",
            "on": "(SELECT visited_on FROM visit WHERE visit.id = visitor.visit)",
        },
        because="that somebody went is the record of the visit; the id has no name",
    ),
)
