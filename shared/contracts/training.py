"""What training is asked and what it states: courses."""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from shared.for_whom import oneself_or_there, reaching, there
from shared.messages import DAY, EMPLOYEE, TEXT, UNIT, WHOLE, Command, Fact, Query

Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=TEXT)
]
OpenTo = Literal["company", "unit"]
Result = Literal["passed", "failed"]


class OpenCourse(Command):
    """Announce a course with so many seats."""

    zh = "开设培训班"
    for_whom = there("officer", "leader", zh="举办单位", en="the unit that holds it")

    title: Title
    unit: UNIT = Field(description="Who holds it")
    starts_on: DAY = Field(description="A day past is fine: paper entered later")
    seats: Annotated[int, Field(ge=1, le=10_000), WHOLE]
    open_to: OpenTo = Field(
        default="company", description="Everyone, or only people of the unit and below it"
    )


class Enrol(Command):
    """Give a person a seat."""

    zh = "报名"
    for_whom = there(
        "officer",
        "leader",
        zh="该职工开班那天（未开班则今天）所在的单位",
        en="the unit where that person is on the first day, or today if that is to come",
    )

    course: UUID
    employee: EMPLOYEE


class CompleteCourse(Command):
    """Enter how a person ended a course."""

    zh = "登记培训结果"
    for_whom = there("officer", "leader", zh="举办单位", en="the unit that holds it")

    course: UUID
    employee: EMPLOYEE
    result: Result
    score: Annotated[float, Field(ge=0, le=100)] | None = Field(
        default=None, description="Of 100. It stays in training: no fact carries it"
    )
    on: DAY | None = Field(default=None, description="The day of the result; today if not told")


class Demands(Query):
    """Proposals that ask for training, newest first."""

    zh = "查看培训需求"
    for_whom = reaching("officer", "chair", "leader")

    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Demand(BaseModel):
    """A proposal in the category training; the next plan has to answer it."""

    id: UUID
    proposal: UUID
    unit: str
    title: str
    submitted_on: date


class DemandsOf(BaseModel):
    demands: list[Demand]


class OwnData(Query):
    """All that training holds of one person, table by table; each reading is put on record."""

    zh = "查看培训保存的本人数据"
    for_whom = oneself_or_there(
        "officer", zh="该职工今天所在的单位", en="the unit where that person is today"
    )

    recorded: ClassVar[bool] = True

    employee: EMPLOYEE


class CourseOpened(Fact):
    """A course can be taken."""

    about = "course"
    course: UUID
    unit: UUID
    title: str
    starts_on: date
    seats: int
    open_to: OpenTo


class CourseEnrolled(Fact):
    """A person has a seat; `enrolled` is how many have one now."""

    about = "course"
    course: UUID
    person: UUID
    enrolled: int


class CourseCompleted(Fact):
    """A person has ended the course. The score is nobody else's business."""

    about = "course"
    course: UUID
    person: UUID
    result: Result
    on: date
