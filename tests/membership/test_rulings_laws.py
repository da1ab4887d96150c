"""Rulings about HR's events: what holds for any events and any rulings."""

import random
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.membership.desk.choices import Case, choices
from services.membership.histories import History
from services.membership.timeline import timeline
from services.membership.timeline.rulings import Ruling, fingerprint, timeline_as_ruled
from shared.contracts.hr import HrEvent
from tests.membership.said import KNOWN, may, said
from tests.membership.test_timeline_laws import soups

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
NUMBERS = count(1)
KINDS = ["set-aside", "counts", "corrected", "same-human", "back"]


def case_of(events: list[HrEvent], rulings: list[Ruling]) -> Case:
    return Case(History("E1", events, rulings), KNOWN)


def ruling(kind: str | None, minute: int = 0, **more: object) -> Ruling:
    made = Ruling(UUID(int=next(NUMBERS)), BEGIN + timedelta(minutes=minute))
    return made._replace(kind=kind, **more)  # type: ignore[arg-type]


@st.composite
def ruled_soups(draw: st.DrawFn) -> tuple[list[HrEvent], list[Ruling]]:
    """Events that need not make sense, and rulings about them that need not either: some are about
    the same event, made at the same moment, or take another back."""
    events = draw(soups())
    made: list[Ruling] = []
    if not events:
        return events, made
    names = st.sampled_from([fingerprint(event) for event in events])
    for _ in range(draw(st.integers(0, 5))):
        minute = draw(st.integers(0, 2))
        match draw(st.sampled_from(KINDS)):
            case "counts":
                one = ruling("counts", minute, event=draw(names), over=draw(names))
            case "corrected":
                units = st.sampled_from([None, "a", "b"])
                days = st.sampled_from([None, may(2), may(5)])
                one = ruling("corrected", minute, event=draw(names), on=draw(days))
                one = one._replace(unit=draw(units), from_unit=draw(units))
            case "back":
                taken = [each.takes_back for each in made if each.takes_back]
                open_ones = [each.id for each in made if each.kind and each.id not in taken]
                if not open_ones:
                    continue
                one = ruling(None, minute, takes_back=draw(st.sampled_from(open_ones)))
            case kind:
                one = ruling(kind, minute, event=draw(names))
        made.append(one)
    return events, made


@settings(deadline=None)
@given(ruled_soups(), st.randoms(use_true_random=False))
def test_no_order_of_events_and_rulings_and_no_repeat_changes_the_result(
    both: tuple[list[HrEvent], list[Ruling]], chance: random.Random
) -> None:
    events, rulings = both
    again = events + chance.choices(events, k=len(events)) if events else []
    ruled = rulings + chance.choices(rulings, k=len(rulings)) if rulings else []
    chance.shuffle(again)
    chance.shuffle(ruled)
    assert timeline_as_ruled(again, ruled, KNOWN) == timeline_as_ruled(events, rulings, KNOWN)


@settings(deadline=None)
@given(ruled_soups())
def test_a_ruling_taken_back_ends_as_if_it_had_never_been_made(
    both: tuple[list[HrEvent], list[Ruling]],
) -> None:
    events, rulings = both
    taken = {each.takes_back for each in rulings}
    never = [each for each in rulings if each.kind and each.id not in taken]
    assert timeline_as_ruled(events, rulings, KNOWN) == timeline_as_ruled(events, never, KNOWN)
    back = [ruling(None, 9, takes_back=each.id) for each in never]
    assert timeline_as_ruled(events, [*rulings, *back], KNOWN) == timeline(events, KNOWN)


@settings(deadline=None)
@given(ruled_soups())
def test_every_choice_that_is_offered_leaves_fewer_contradictions(
    both: tuple[list[HrEvent], list[Ruling]],
) -> None:
    case = case_of(*both)
    offered = list(choices(case))
    assert len(offered) == len(set(offered))
    for choice in offered:
        assert len(case.would_be(choice).unfit) < len(case.now.unfit)
    if not case.now.unfit:
        assert not offered


@settings(deadline=None)  # it computes a person's days some hundred times
@given(soups())
def test_whoever_takes_the_first_choice_again_and_again_comes_to_an_end_without_contradictions(
    events: list[HrEvent],
) -> None:
    made: list[Ruling] = []
    for minute in range(len(events) + 1):
        case = case_of(events, made)
        first = next(choices(case), None)
        if first is None:
            break
        decided = BEGIN + timedelta(minutes=minute)
        made.append(first._replace(id=UUID(int=minute), decided_at=decided))
    assert not case.now.unfit, "there is always a way out"


def days(events: list[HrEvent], *rulings: Ruling) -> tuple[list[tuple[str, int, int | None]], int]:
    """Where the person was, in days of May, and how many events do not fit."""
    result = timeline_as_ruled(events, rulings, KNOWN)
    stays = [(s.unit, s.since.day, s.until.day if s.until else None) for s in result.stays]
    return stays, len(result.unfit)


def test_of_two_units_at_once_one_counts_or_the_person_moved() -> None:
    events = [
        said("hired", 1),
        first := said("assigned", 1, unit="a", post="fitter"),
        second := said("assigned", 9, unit="b", post="foreman"),
    ]
    one, other = fingerprint(first), fingerprint(second)
    assert days(events) == ([("a", 1, None)], 1)
    assert days(events, ruling("set-aside", event=other)) == ([("a", 1, None)], 0)
    assert days(events, ruling("counts", event=other, over=one)) == ([("b", 9, None)], 0)
    moved = ruling("corrected", event=other, from_unit="a")
    assert days(events, moved) == ([("a", 1, 9), ("b", 9, None)], 0)
    assert [s.post for s in timeline_as_ruled(events, [moved], KNOWN).stays] == [
        "fitter",
        "foreman",
    ]
    kinds = [(each.kind, each.from_unit) for each in choices(case_of(events, []))]
    assert kinds == [("corrected", "a"), ("counts", None), ("set-aside", None)]


def test_a_day_and_a_unit_are_corrected_and_the_later_ruling_holds() -> None:
    events = [
        said("hired", 5),
        early := said("assigned", 3, unit="a"),
        said("assigned", 9, unit="nowhere", id="lost"),
    ]
    name = fingerprint(early)
    assert days(events) == ([], 2)
    on_time = ruling("corrected", 1, event=name, on=may(5))
    assert days(events, on_time)[0] == [("a", 5, None)]
    later = ruling("corrected", 2, event=name, on=may(6), unit="b")
    assert days(events, later, on_time)[0] == [("b", 6, None)]
    assert days(events, later, on_time, ruling("set-aside", 3, event=name))[0] == []
    lost = fingerprint(events[2])
    assert days(events, ruling("corrected", event=lost, unit="c")) == ([("c", 9, None)], 1)


def test_of_two_contents_under_one_identity_either_counts() -> None:
    events = [
        said("hired", 1),
        old := said("assigned", 1, unit="a", id="7", time="2021-05-01T00:00:00Z"),
        new := said("assigned", 1, unit="b", id="7", time="2021-05-02T00:00:00Z"),
    ]
    assert days(events) == ([("a", 1, None)], 1)
    assert days(events, ruling("set-aside", event=fingerprint(new))) == ([("a", 1, None)], 0)
    counts = ruling("counts", event=fingerprint(new), over=fingerprint(old))
    assert days(events, counts) == ([("b", 1, None)], 0)
    offered = {(each.kind, each.event) for each in choices(case_of(events, []))}
    assert offered == {("set-aside", fingerprint(new)), ("counts", fingerprint(new))}


def test_who_is_the_same_human_leaves_the_list_and_their_days_stay() -> None:
    events = [
        said("hired", 1),
        said("left", 5),
        again := said("hired", 9, name="季闻澜"),
        said("assigned", 9, unit="a"),
    ]
    assert days(events) == ([("a", 9, None)], 1)
    assert days(events, ruling("same-human", event=fingerprint(again))) == ([("a", 9, None)], 0)


def test_of_leaving_and_being_hired_on_one_day_the_leaving_may_come_first() -> None:
    """HR's order of a day is hired, then left: as said, the person is gone."""
    events = [
        said("hired", 1),
        said("assigned", 1, unit="a"),
        left := said("left", 5),
        hired := said("hired", 5, id="again"),
        said("assigned", 5, unit="b", id="there"),
    ]
    assert days(events) == ([("a", 1, 5)], 2)
    first = ruling("counts", event=fingerprint(hired), over=fingerprint(left))
    assert days(events, first) == ([("a", 1, 5), ("b", 5, None)], 0)
    told = timeline_as_ruled(events, [first], KNOWN)
    assert [(each.since, each.until) for each in told.employed] == [
        (may(1), may(5)),
        (may(5), None),
    ]
    offered = [(each.event, each.over) for each in choices(case_of(events, []))]
    assert (first.event, first.over) in offered


def test_what_hr_sends_again_with_a_field_that_nobody_reads_is_the_same_event() -> None:
    once = said("assigned", 1, unit="a", id="7")
    assert fingerprint(said("assigned", 1, unit="a", id="7", desk="3")) == fingerprint(once)
    assert fingerprint(said("assigned", 1, unit="b", id="7")) != fingerprint(once)
    assert fingerprint(said("assigned", 1, unit="a", id="8")) != fingerprint(once)
