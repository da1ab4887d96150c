"""Membership of the union, from joining to leaving."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.for_whom import A_PERSON, EMPLOYED, there
from shared.messages import DAY, EMPLOYEE, LINE, Command, Fact

Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=LINE)
]
EndedBy = Literal["own-wish", "died", "elsewhere"]

OF_THE_PLACE = there(
    "officer",
    "chair",
    zh="该职工今天（已离职的为最后）所在的单位",
    en="the unit where that person is today, or was last",
)


ELSEWHERE = Field(
    default=None,
    description="In whose union else the person is, as declared: refused, for one belongs in one "
    "place only; nothing when they are in none",
)


class JoinUnion(Command):
    """Accept the union's invitation. Done by the worker in person, with consent, who declares with
    it to be in no other union."""

    zh = "加入工会"
    for_whom = EMPLOYED

    consent: Literal[True] = Field(
        description="I wish to join, am in no other union, and agree that the roll holds me"
    )
    elsewhere: Line | None = ELSEWHERE


class LeaveUnion(Command):
    """Leave the union of one's own will, from a day on (today when none is given)."""

    zh = "退出工会"
    for_whom = A_PERSON

    on: DAY | None = None


class AdmitMember(Command):
    """Enter an application that a worker has signed on paper; from its day on a member."""

    zh = "登记纸质入会申请"
    for_whom = OF_THE_PLACE

    employee: EMPLOYEE
    on: DAY = Field(description="The day of the signature; not one to come")
    reference: Line = Field(description="Where the paper lies, such as its file number")
    elsewhere: Line | None = ELSEWHERE


class EndMembership(Command):
    """End a membership for somebody who cannot do so in person."""

    zh = "登记会籍终止"
    for_whom = OF_THE_PLACE

    employee: EMPLOYEE
    on: DAY = Field(description="The first day without membership; not one to come")
    because: EndedBy
    reference: Line = Field(description="Where it is written, such as the file number")


class KeepMembership(Command):
    """Keep the membership of a worker who retires, when HR does not say so: still a member, no
    vote. Taken back with `kept` false."""

    zh = "保留会籍"
    for_whom = OF_THE_PLACE

    employee: EMPLOYEE
    on: DAY = Field(description="A day in the work that ends, or after its end")
    kept: bool = True


class RecordOtherUnion(Command):
    """Enter that a dispatched or seconded worker belongs to the union of another employer in those
    days. One belongs in one place only. The same first day again corrects what was entered."""

    zh = "登记会籍在外单位"
    for_whom = OF_THE_PLACE

    employee: EMPLOYEE
    union: Line = Field(description="Whose union it is")
    since: DAY
    until: DAY | None = Field(
        default=None, description="The first day on which it is over; as `since`: never was"
    )


class MemberJoined(Fact):
    """A person is a member of the union from a day on."""

    about = "person"
    person: UUID
    on: date


class MemberKept(Fact):
    """A member has no vote from a day on: retired, or kept by the union. `member-joined` says when
    they have it again."""

    about = "person"
    person: UUID
    on: date


class MemberTransferred(Fact):
    """A membership went along with the job into another plant; units of kind plant. Nothing ended
    and nobody was asked again."""

    about = "person"
    person: UUID
    from_plant: UUID
    to_plant: UUID
    on: date


class MemberLeft(Fact):
    """A person is no longer a member from a day on."""

    about = "person"
    person: UUID
    on: date
