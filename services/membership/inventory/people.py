"""Who is who: erasures, and last of all the number."""

from shared.personal import ERASED_NUMBER, Holding, Inventory, of_nobody

PEOPLE: Inventory = (
    Holding(
        table="erasure",
        whose="person = ANY(:people)",
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
        whose="id = ANY(:people)",
        shows={
            "person": "id",
            "employee": "employee",
            "name": "name",
            "birth_date": "born",
            "days_away": "away",
            "days": "placed",
        },
        hides={"same_as": "the id of who this turned out to be"},
        blanks={
            "employee": ERASED_NUMBER,
            "name": "NULL",
            "born": "NULL",
            "placed": "'{}'",
            "away": "'[]'",
        },
    ),
)
