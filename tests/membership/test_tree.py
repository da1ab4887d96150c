"""The tree of units from HR's events."""

import random
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.membership.timeline import Placement, Unit, units
from tests.membership.said import may, unit


def test_the_root_is_always_there_and_hr_may_name_it() -> None:
    tree, unfit = units([])
    always = Placement(None, None, "company", None, "company")
    assert (tree, unfit) == ({"company": Unit("company", None, (always,))}, [])
    tree, unfit = units([unit("company", None, name="某集团")])
    assert (tree["company"].at(may(1)).name, unfit) == ("某集团", [])
    _, unfit = units([unit("company", "p"), unit("p")])
    assert [one.reason for one in unfit] == ["root-moved"]


def test_a_child_may_come_before_its_parent() -> None:
    tree, unfit = units([unit("w", "p", on="2021-01-01"), unit("p")])
    assert unfit == []
    assert list(tree) == ["company", "p", "w"]
    assert tree["w"].placements == (Placement(None, None, "W", "p", "company/p/w"),)
    assert (tree["w"].on, tree["p"].on) == (date(2021, 1, 1), date(2020, 1, 1))


def test_a_unit_without_a_known_parent_is_unfit_and_so_is_all_below_it() -> None:
    events = [unit("t", "w"), unit("w", "p")]
    tree, unfit = units(events)
    assert list(tree) == ["company"]
    assert [(one.id, one.reason) for one in unfit] == [
        ("t", "unknown-parent"),
        ("w", "unknown-parent"),
    ]
    assert units([*events, unit("p")])[1] == []


def test_units_that_lie_below_each_other_are_unfit() -> None:
    tree, unfit = units([unit("p", "q"), unit("q", "p"), unit("r", "p"), unit("s", "s")])
    assert list(tree) == ["company"]
    assert {one.reason for one in unfit} == {"parent-cycle"}
    assert len(unfit) == 4


def test_of_two_creations_of_one_code_the_older_holds_and_the_same_said_again_is_nothing() -> None:
    older = unit("p", id="z", name="旧")
    younger = unit("p", id="a", name="新", time="2020-01-02T00:00:00Z")
    again = unit("p", id="b", name="旧", time="2020-01-03T00:00:00Z")
    for order in ([older, younger, again], [again, younger, older, younger]):
        tree, unfit = units(order)
        assert tree["p"].at(may(1)).name == "旧"
        assert [(one.id, one.reason) for one in unfit] == [("a", "created-twice")]


@given(
    st.lists(st.tuples(st.sampled_from("pqrs"), st.sampled_from(["company", *"pqrst"]))),
    st.randoms(use_true_random=False),
)
def test_no_order_of_units_changes_the_tree(
    pairs: list[tuple[str, str]], chance: random.Random
) -> None:
    events = [unit(code, parent, id=f"{n}") for n, (code, parent) in enumerate(pairs)]
    again = events * 2
    chance.shuffle(again)
    tree, unfit = units(again)
    assert (tree, unfit) == units(events)
    reported = {one.id for one in unfit}
    assert set(tree) - {"company"} <= {code for code, _ in pairs}
    assert all(e.subject_key in tree or e.id in reported for e in events)
    here = {code: one.at(may(1)) for code, one in tree.items()}
    assert all(one.path == f"{here[one.parent].path}/{c}" for c, one in here.items() if one.parent)
