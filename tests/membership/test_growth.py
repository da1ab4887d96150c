"""A tree that changes: units are renamed, moved, merged and closed, and every day keeps its own."""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.membership.timeline import End, Unit, units
from shared.contracts.hr import HrEvent
from tests.membership.said import later, may, unit

TWO_PLANTS = [unit("p"), unit("q"), unit("w", "p"), unit("t", "w")]


def paths(tree: dict[str, Unit], day: int) -> dict[str, str]:
    return {code: one.at(may(day)).path for code, one in tree.items()}


def test_what_moves_takes_all_below_it_along_and_the_days_before_keep_their_tree() -> None:
    tree, unfit = units([*TWO_PLANTS, later("moved", "w", 10, parent="q")])
    assert unfit == []
    assert paths(tree, 9) == {
        "company": "company",
        "p": "company/p",
        "q": "company/q",
        "w": "company/p/w",
        "t": "company/p/w/t",
    }
    assert paths(tree, 10) == paths(tree, 9) | {"w": "company/q/w", "t": "company/q/w/t"}
    assert [(one.since, one.until) for one in tree["t"].placements] == [
        (None, may(10)),
        (may(10), None),
    ]
    assert len(tree["p"].placements) == 1, "only what changed has another row"


def test_a_name_changes_from_its_day_on_also_the_root_s() -> None:
    tree, unfit = units(
        [
            *TWO_PLANTS,
            later("renamed", "w", 5, name="新车间"),
            later("renamed", "company", 6, name="新公司"),
        ]
    )
    assert unfit == []
    assert [tree["w"].at(may(day)).name for day in (4, 5)] == ["W", "新车间"]
    assert [tree["company"].at(may(day)).name for day in (5, 6)] == ["company", "新公司"]
    assert paths(tree, 4) == paths(tree, 6)


def test_a_merged_unit_ends_and_stands_with_what_was_below_it_in_the_other() -> None:
    tree, unfit = units([*TWO_PLANTS, later("merged", "p", 10, into="q")])
    assert unfit == []
    assert tree["p"].end == End(may(10), "q")
    assert paths(tree, 9)["w"] == "company/p/w"
    assert paths(tree, 10) == {
        "company": "company",
        "p": "company/q/p",
        "q": "company/q",
        "w": "company/q/w",
        "t": "company/q/w/t",
    }


def test_the_code_of_a_merged_unit_is_another_name_of_the_one_that_it_went_into() -> None:
    tree, unfit = units(
        [
            *TWO_PLANTS,
            unit("r"),
            later("merged", "p", 10, into="q"),
            later("moved", "r", 11, parent="p"),
            later("moved", "t", 9, parent="p"),
        ]
    )
    assert unfit == []
    assert paths(tree, 11)["r"] == "company/q/r"
    assert [paths(tree, day)["t"] for day in (9, 10)] == ["company/p/t", "company/q/t"]


def test_a_unit_is_closed_once_nothing_is_below_it_and_keeps_its_place() -> None:
    closed = [later("closed", "w", 10), later("closed", "t", 10)]
    tree, unfit = units([*TWO_PLANTS, *closed])
    assert unfit == []
    assert (tree["w"].end, tree["t"].end) == (End(may(10), None), End(may(10), None))
    assert paths(tree, 11)["t"] == "company/p/w/t"
    _, unfit = units([*TWO_PLANTS, closed[0]])
    assert [(one.id, one.reason) for one in unfit] == [("closed-w-2021-05-10", "units-below")]


def test_what_makes_room_on_the_same_day_counts_first_whatever_came_first() -> None:
    swap = [later("moved", "p", 10, parent="t"), later("moved", "w", 10, parent="company")]
    for order in (swap, swap[::-1]):
        tree, unfit = units([*TWO_PLANTS, *order])
        assert unfit == []
        assert paths(tree, 10)["p"] == "company/w/t/p"


@pytest.mark.parametrize(
    ("event", "reason", "says"),
    [
        (later("moved", "x", 10, parent="q"), "unknown-unit", "x was moved on 2021-05-10"),
        (later("moved", "w", 10, parent="x"), "unknown-parent", "no such unit is known"),
        (later("merged", "w", 10, into="x"), "unknown-parent", "no such unit is known"),
        (later("moved", "p", 10, parent="t"), "below-itself", "is itself or lies below it"),
        (later("merged", "p", 10, into="t"), "below-itself", "is itself or lies below it"),
        (later("merged", "p", 10, into="p"), "below-itself", "is itself or lies below it"),
        (later("moved", "company", 10, parent="p"), "root-moved", "it is the root"),
        (later("closed", "company", 10), "root-moved", "it is the root"),
        (later("renamed", "n", 10, name="早"), "not-yet-created", "exists from 2021-05-20 on"),
        (later("moved", "w", 10, parent="n"), "not-yet-created", "exists from 2021-05-20 on"),
        (later("moved", "z", 10, parent="q"), "unit-ended", "but ended on 2021-05-02"),
        (later("moved", "w", 10, parent="z"), "parent-ended", "which ended on 2021-05-02"),
        (later("merged", "w", 10, into="z"), "parent-ended", "which ended on 2021-05-02"),
    ],
)
def test_what_contradicts_has_no_effect_and_says_why(
    event: HrEvent, reason: str, says: str
) -> None:
    events = [*TWO_PLANTS, unit("n", on="2021-05-20"), unit("z"), later("closed", "z", 2)]
    tree, unfit = units([*events, event])
    assert [(one.id, one.reason) for one in unfit] == [(event.id, reason)]
    assert says in unfit[0].sentence
    assert tree == units(events)[0]


def test_of_two_changes_of_one_day_the_older_holds_and_the_same_said_again_is_nothing() -> None:
    for what, one, two in (
        ("moved", {"parent": "q"}, {"parent": "company"}),
        ("renamed", {"name": "甲"}, {"name": "乙"}),
    ):
        older = later(what, "w", 10, id="a", **one)
        again = later(what, "w", 10, id="c", **one)
        younger = later(what, "w", 10, id="b", **two)
        tree, unfit = units([*TWO_PLANTS, younger, again, older])
        assert [(each.id, each.reason) for each in unfit] == [("b", f"{what}-twice")]
        assert tree == units([*TWO_PLANTS, older])[0]


CODES = st.sampled_from("pqrst")
ANYTHING: st.SearchStrategy[tuple[str, str, dict[str, str]]] = st.one_of(
    st.tuples(st.just("moved"), CODES, st.fixed_dictionaries({"parent": CODES})),
    st.tuples(st.just("moved"), CODES, st.just({"parent": "company"})),
    st.tuples(st.just("merged"), CODES, st.fixed_dictionaries({"into": CODES})),
    st.tuples(st.just("renamed"), CODES, st.fixed_dictionaries({"name": CODES})),
    st.tuples(st.just("closed"), CODES, st.just({})),
)


@st.composite
def soups(draw: st.DrawFn) -> list[HrEvent]:
    """A small tree and what need not make sense of it, on few days so that it meets."""
    above = {"q": "p", "r": "q", "s": "company", "t": "s"}
    drawn = draw(st.lists(st.tuples(ANYTHING, st.integers(1, 4)), max_size=9))
    founded = [unit("p"), *(unit(code, parent) for code, parent in above.items())]
    return founded + [
        later(what, code, day, id=f"{n}", **data)
        for n, ((what, code, data), day) in enumerate(drawn)
    ]


@given(soups(), st.randoms(use_true_random=False))
def test_no_order_and_no_repeat_changes_any_day(
    events: list[HrEvent], chance: random.Random
) -> None:
    again = events + chance.choices(events, k=len(events))
    chance.shuffle(again)
    tree, unfit = units(again)
    other, reported = units(events)
    assert (tree, sorted(unfit)) == (other, sorted(reported))


@given(soups())
def test_what_is_unfit_has_no_effect(events: list[HrEvent]) -> None:
    tree, unfit = units(events)
    bad = {one.id for one in unfit}
    assert units([each for each in events if each.id not in bad]) == (tree, [])


@given(soups())
def test_on_every_day_it_is_one_tree_and_its_days_have_no_gap(events: list[HrEvent]) -> None:
    tree, _ = units(events)
    for each in tree.values():
        ends = [(place.since, place.until) for place in each.placements]
        assert (ends[0][0], ends[-1][1]) == (None, None)
        assert all(ends[n][1] == ends[n + 1][0] for n in range(len(ends) - 1))
        assert all(since is None or until is None or since < until for since, until in ends)
    for day in range(6):
        here = {code: one.at(may(1) + timedelta(days=day)) for code, one in tree.items()}
        for code, one in here.items():
            assert len(set(one.path.split("/"))) == one.path.count("/") + 1
            if one.parent is not None:
                assert one.path == f"{here[one.parent].path}/{code}"
    for whole in tree.values():
        if whole.end and whole.end.into:
            assert f"/{whole.end.into}/" in whole.at(whole.end.on).path
