"""What democracy holds of a person, table by table."""

from shared.personal import GONE, HEARING, KERNEL, ROLL, Holding, Inventory

INVENTORY: Inventory = (
    *KERNEL,
    *HEARING,
    *ROLL,
    Holding(
        table="proposal",
        whose="author = ANY(:people) OR id = ANY(CAST(:hidden AS uuid[]))",
        shows={
            "proposal": "id",
            "submitted_on": "submitted_on",
            "category": "category",
            "title": "title",
            "body": "body",
            "state": "state",
            "answered_on": "answered_on",
            "reasons": "reasons",
        },
        hides={
            "unit": "the unit of that day, in the days of the person",
            "author": "the person's id",
            "author_seal": "a keyed digest",
            "supports": "of others",
            "due_on": "of the plant",
            "due_verdict": "of the plant",
            "overdue": "of the plant",
            "entered_at": "the day is told",
        },
        blanks={
            "author": "NULL",
            "author_seal": "''",
            "title": f"'{GONE}'",
            "body": f"'{GONE}'",
        },
        stays={
            "category": "a code",
            "state": "a code",
            "due_verdict": "by which rule",
            "reasons": "the plant's answer, in the plant's words, which it owed to everybody",
        },
        because="that something was said, and what was answered, is the plant's record",
    ),
    Holding(
        table="support",
        whose="person = ANY(:people)",
        shows={"proposal": "proposal", "at": "at"},
        goes=True,
        because="who supports stays here; the number of them stays",
        alone=True,
    ),
)
