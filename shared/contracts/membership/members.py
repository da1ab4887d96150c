"""Membership of the union."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.for_whom import A_PERSON, EMPLOYED
from shared.messages import DAY, Command, Fact


class JoinUnion(Command):
    """Accept the union's invitation. Done by the worker in person, with consent."""

    zh = "加入工会"
    for_whom = EMPLOYED

    consent: Literal[True] = Field(description="I wish to join and agree that the roll holds me")


class LeaveUnion(Command):
    """Leave the union of one's own will, from a day on (today when none is given)."""

    zh = "退出工会"
    for_whom = A_PERSON

    on: DAY | None = None


class MemberJoined(Fact):
    """A person is a member of the union from a day on."""

    about = "person"
    person: UUID
    on: date


class MemberLeft(Fact):
    """A person is no longer a member from a day on."""

    about = "person"
    person: UUID
    on: date
