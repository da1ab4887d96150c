"""Rights reach from a unit down, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    with pytest.raises(RuleBroken) as broken:
        Actor("x").must_be("it", at="company")
    assert broken.value.answer.status == 403
    with pytest.raises(RuleBroken):
        Actor("x").must_be_someone()


def test_an_actor_travels_in_a_header_whatever_the_names() -> None:
    actor = Actor("账号", uuid7(), (Grant("chair", "company/北厂"),), "nanjing")
    header = actor.header()
    assert header.isascii()
    assert "\n" not in header
    assert Actor.from_header(header) == actor
