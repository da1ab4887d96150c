"""What training holds of a person, table by table."""

from shared.personal import HEARING, KERNEL, ROLL, Holding, Inventory, of_nobody

INVENTORY: Inventory = (
    *KERNEL,
    *HEARING,
    *ROLL,
    of_nobody("course", "what is taught", title="of a course", open_to="a code"),
    Holding(
        table="enrolment",
        whose="person = ANY(:people)",
        shows={
            "course": "course",
            "title": "(SELECT title FROM course WHERE course.id = enrolment.course)",
            "result": "result",
            "score": "score",
            "completed_on": "completed_on",
            "entered_at": "entered_at",
        },
        blanks={"score": "NULL"},
        stays={"result": "a code: how many of a course passed stays so"},
        because="seats taken and results are counted; whose they are has no name",
    ),
    of_nobody(
        "demand",
        "what a proposal asks for; its title goes when the proposal's does (proposal-redacted)",
        title="of a proposal",
    ),
)
