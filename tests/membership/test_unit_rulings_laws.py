"""Rulings about units: what holds for any events and any rulings."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.membership.desk.closings import Left
from services.membership.desk.unit_choices import TreeCase, choices_about
from services.membership.timeline import units
from services.membership.timeline.rulings import Ruling, fingerprint, tree_as_ruled
from shared.contracts.hr import HrEvent
from tests.membership.said import later, may, unit

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
codes = st.sampled_from(["p", "q", "w", "x"])
DAYS = st.integers(1, 4)
anything = st.one_of(
    st.tuples(st.just("created"), codes, codes, DAYS),
    st.tuples(st.sampled_from(["moved", "merged", "closed", "renamed"]), codes, codes, DAYS),
)


@st.composite
def forests(draw: st.DrawFn) -> list[HrEvent]:
    """Events about units in any order that need not make sense."""
    events = [unit("p", on=str(may(2))), unit("q"), unit("w", "p")]
    for n, (what, code, other, on) in enumerate(draw(st.lists(anything, max_size=8))):
        match what:
            case "created":
                events.append(unit(code, other, id=f"{n}", time=f"2020-01-0{on}T00:00:00Z"))
            case "renamed":
                events.append(later(what, code, on, id=f"{n}", name=other))
            case "closed":
                events.append(later(what, code, on, id=f"{n}"))
            case _:
                name = "parent" if what == "moved" else "into"
                events.append(later(what, code, on, id=f"{n}", **{name: other}))
    return events


@st.composite
def ruled_forests(draw: st.DrawFn) -> tuple[list[HrEvent], list[Ruling]]:
    events = draw(forests())
    names = st.sampled_from([fingerprint(event) for event in events])
    made: list[Ruling] = []
    for n in range(draw(st.integers(0, 4))):
        one = Ruling(UUID(int=n), BEGIN + timedelta(minutes=draw(st.integers(0, 2))))
        kinds = ["set-aside", "counts", "corrected", "stands", "back"]
        match draw(st.sampled_from(kinds)):
            case "counts":
                one = one._replace(kind="counts", event=draw(names), over=draw(names))
            case "corrected":
                one = one._replace(kind="corrected", event=draw(names), unit=draw(codes))
                one = one._replace(on=draw(st.sampled_from([None, may(1), may(3)])))
            case "back":
                if not made or made[-1].takes_back:
                    continue
                one = one._replace(takes_back=made[-1].id)
            case kind:
                one = one._replace(kind=kind, event=draw(names))  # type: ignore[arg-type]
        made.append(one)
    return events, made


@settings(deadline=None)
@given(ruled_forests(), st.randoms(use_true_random=False))
def test_no_order_of_events_and_rulings_and_no_repeat_changes_the_tree(
    both: tuple[list[HrEvent], list[Ruling]], chance: random.Random
) -> None:
    events, rulings = both
    again = events + chance.choices(events, k=len(events))
    ruled = rulings + chance.choices(rulings, k=len(rulings)) if rulings else []
    chance.shuffle(again)
    chance.shuffle(ruled)
    assert tree_as_ruled(again, ruled)[0] == tree_as_ruled(events, rulings)[0]
    assert set(tree_as_ruled(again, ruled)[1]) == set(tree_as_ruled(events, rulings)[1])


@settings(deadline=None)
@given(ruled_forests())
def test_rulings_taken_back_leave_the_tree_as_hr_said_it(
    both: tuple[list[HrEvent], list[Ruling]],
) -> None:
    events, rulings = both
    taken = {each.takes_back for each in rulings}
    back = [
        Ruling(UUID(int=100 + n), BEGIN, takes_back=each.id)
        for n, each in enumerate(rulings)
        if each.kind and each.id not in taken
    ]
    assert tree_as_ruled(events, [*rulings, *back]) == units(events)


@settings(deadline=None)
@given(forests())
def test_whoever_takes_the_first_choice_again_and_again_comes_to_an_end_without_contradictions(
    events: list[HrEvent],
) -> None:
    made: list[Ruling] = []
    for n in range(len(events) + 2):
        left = {"q": Left(may(3), 1)}
        case = TreeCase(events, made, left)
        whom = [code for code, _ in case.now.unfit]
        first = next((one for code in whom for one in choices_about(code, case)), None)
        if first is None:
            break
        assert case.settles(first)
        made.append(first._replace(id=UUID(int=n), decided_at=BEGIN + timedelta(minutes=n)))
    assert not case.now.unfit, "there is always a way out"
