"""What corporate HR is told back: CloudEvents 1.0, by signed webhooks and on a stream of its own.

HR knows people by their numbers and units by their codes. It is told what is named here and nothing
else: no care, no illness, no money, no proposal, nor who has not joined.
"""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.messages import EMPLOYEE, UNIT

Kind = Literal["course-completed", "member-joined"]
"""What HR can ask to be told. `ping` is a test, and needs no asking."""


class Back(BaseModel):
    """Readers ignore fields that they do not know: fields are only added."""


class CourseCompletedBack(Back):
    """A person has ended a course: for the training record that the employer keeps. The score is
    not told."""

    employee: EMPLOYEE
    unit: UNIT | None = Field(description="Where the person stood on that day; null: in no unit")
    on: date = Field(description="The day of the result")
    course: UUID
    title: str = Field(description="What the course is called")
    result: Literal["passed", "failed"]


class MemberJoinedBack(Back):
    """A person is a member of the union from a day on."""

    employee: EMPLOYEE
    unit: UNIT | None = Field(description="Where the person stood on that day; null: in no unit")
    on: date


class PingBack(Back):
    """A test that somebody has asked for; it says nothing of anybody."""

    on: date = Field(description="The day of the test")


SAID: dict[str, type[Back]] = {
    "course-completed": CourseCompletedBack,
    "member-joined": MemberJoinedBack,
    "ping": PingBack,
}
"""Kind → the data of its event."""


def type_of(kind: str) -> str:
    return f"tongxin.back.{kind}.v1"


def address(site: str, kind: str) -> str:
    """On NATS, where HR reads it with a durable of its own."""
    return f"back.{site}.hr.{kind}"


class BackEnvelope(BaseModel):
    """The CloudEvents frame, JSON format, the same on both roads. `id` is the webhook's id and the
    stream's message id: whoever has seen it has seen the event."""

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: Annotated[str, Field(pattern=r"^/[^/]+/back$")]
    type: str
    subject: str | None = Field(default=None, description="The employee number")
    time: str = Field(description="When it happened here, UTC, RFC 3339")
    datacontenttype: Literal["application/json"] = "application/json"
    data: dict[str, Any]
