"""How much of what HR says waits for somebody, in numbers."""

from pydantic import BaseModel

from shared.for_whom import reaching
from shared.messages import Query


class DeskCounts(Query):
    """How many of HR's events contradict the others, and in how many lines HR's lists and the roll
    differ, within the reach of who asks. No person, so no reading is put on record."""

    zh = "统计待核的人事事件和差异"
    for_whom = reaching("officer", "hr")


class DeskCountsOf(BaseModel):
    """`drift` counts the lines that are open; those left for a reason are not. `pairs`: as in
    `unfit`."""

    unfit: int
    drift: int
    pairs: int = 0
