"""Why something stays, where several tables give the same reason."""

ENTERED = {"entered_by": "the id of who entered it, or the account of a system"}
HEADS = "days and ids alone: heads of past days, and what was known of them, rest on it"
TITLE = "HR's title of the work, not of a person"
