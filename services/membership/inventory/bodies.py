"""Bodies of the union and their seats."""

from shared.personal import Holding, Inventory, of_nobody

BODIES: Inventory = (
    Holding(
        table="seat_end",
        whose="seat IN (SELECT id FROM seat WHERE person = ANY(:people))",
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
        whose="person = ANY(:people)",
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
    of_nobody("body_before", "a body as it was known", kind="a code", name="of the body"),
)
