"""Rights reach from a unit down, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.for_whom import (
    A_PERSON,
    EMPLOYED,
    company_wide,
    oneself_or_there,
    reaching,
    there,
)
from shared.messages import uuid7
from shared.rights import Actor, Grant, RuleBroken

PATHS = st.lists(st.sampled_from(["a", "b", "ab"]), max_size=3).map(
    lambda codes: "/".join(["company", *codes])
)


@given(PATHS, PATHS)
def test_a_role_holds_at_its_unit_and_below(at: str, where: str) -> None:
    actor = Actor("x", None, (Grant("manager", at),))
    below = where.split("/")[: len(at.split("/"))] == at.split("/")
    assert actor.is_any("manager", "director", at=where) == below
    assert not actor.is_any("officer", at=where)


def test_without_a_grant_nothing_is_allowed() -> None:
    for each in (there("it", zh="", en=""), company_wide("it"), reaching("it"), EMPLOYED, A_PERSON):
        with pytest.raises(RuleBroken) as broken:
            each.must_include(Actor("x"), employed=True)
        assert broken.value.answer.status == 403
    with pytest.raises(RuleBroken):
        Actor("x").must_be_someone()


def test_who_is_nobody_is_not_oneself_and_nobody_is_employed_unless_it_is_said() -> None:
    mine = oneself_or_there("officer", zh="", en="")
    assert not mine.includes(Actor("x"), whose=None)
    assert not mine.includes(Actor("x", uuid7()), whose=uuid7())
    me = uuid7()
    assert mine.includes(Actor("x", me), whose=me, at="company/far")
    assert not EMPLOYED.includes(Actor("x", me))
    assert EMPLOYED.includes(Actor("x", me), employed=True)


def test_a_place_that_is_not_named_is_the_whole_company() -> None:
    chair = Actor("x", None, (Grant("chair", "company/north"),))
    assert not there("chair", zh="", en="").includes(chair)
    assert there("chair", zh="", en="").includes(chair, at="company/north/team")
    assert not company_wide("chair").includes(chair, at="company/north")
    assert reaching("chair", "hr").reach(chair) == ["company/north"]


def test_an_actor_travels_in_a_header_whatever_the_names() -> None:
    actor = Actor("账号", uuid7(), (Grant("chair", "company/北厂"),), "nanjing")
    header = actor.header()
    assert header.isascii()
    assert "\n" not in header
    assert Actor.from_header(header) == actor
