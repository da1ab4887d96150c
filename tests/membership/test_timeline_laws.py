"""A person's days from HR's events: what holds for any events, and a whole feed recounted."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.membership.timeline import End, timeline, units
from shared.contracts.hr import HrEvent, OfEmployee, parse
from tests import hr_feed
from tests.membership.said import KNOWN, covers, may, said

DAYS = [may(1) + timedelta(days=n) for n in range(12)]
places = st.sampled_from(["a", "b", "c", "x"])
posts = st.sampled_from(["fitter", "foreman"])
kinds = st.sampled_from(["sick", "maternity"])
anything = st.one_of(
    st.tuples(st.just("hired"), st.fixed_dictionaries({"name": st.sampled_from(["甲", "乙"])})),
    st.tuples(st.just("assigned"), st.fixed_dictionaries({"unit": places, "post": posts})),
    st.tuples(st.just("transferred"), st.fixed_dictionaries({"unit": places, "from_unit": places})),
    st.tuples(st.sampled_from(["unassigned", "left", "returned"]), st.just({})),
    st.tuples(st.just("retitled"), st.fixed_dictionaries({"post": posts})),
    st.tuples(st.just("seconded"), st.just({"to": "project", "until": "2021-05-14"})),
    st.tuples(
        st.sampled_from(["leave-started", "leave-ended"]), st.fixed_dictionaries({"kind": kinds})
    ),
)


@st.composite
def soups(draw: st.DrawFn) -> list[HrEvent]:
    """Events in any order that need not make sense, on few days so that they meet."""
    drawn = draw(st.lists(st.tuples(anything, st.sampled_from(DAYS[:6])), max_size=14))
    return [said(type, day, id=f"{n}", **data) for n, ((type, data), day) in enumerate(drawn)]


@given(soups(), st.randoms(use_true_random=False))
def test_no_order_and_no_repeat_changes_the_result(
    events: list[HrEvent], chance: random.Random
) -> None:
    again = events + chance.choices(events, k=len(events)) if events else []
    chance.shuffle(again)
    assert timeline(again, KNOWN) == timeline(events, KNOWN)


@given(soups())
def test_periods_are_never_empty_never_overlap_and_lie_within_employment(
    events: list[HrEvent],
) -> None:
    result = timeline(events, KNOWN)
    leaves, lent = (
        [(a.since, a.until) for a in result.absences if a.kind == kind]
        for kind in ("leave", "seconded")
    )
    stays = [(stay.since, stay.until) for stay in result.stays]
    for rows in ([(s.since, s.until) for s in result.employed], stays, leaves, lent):
        assert all(start < (end or date.max) for start, end in rows)
        assert all((rows[n][1] or date.max) <= rows[n + 1][0] for n in range(len(rows) - 1))
    employed = {day for day in DAYS if any(covers(spell, day) for spell in result.employed)}
    for day in set(DAYS) - employed:
        assert not any(covers(stay, day) for stay in result.stays)
        assert not any(covers(absence, day) for absence in result.absences)
    assert {stay.unit for stay in result.stays} <= KNOWN


@given(soups())
def test_what_is_unfit_has_no_effect(events: list[HrEvent]) -> None:
    result = timeline(events, KNOWN)
    bad = {one.id for one in result.unfit if one.reason != "identity-changed"}
    rest = timeline([event for event in events if event.id not in bad], KNOWN)
    assert {one.reason for one in rest.unfit} <= {"identity-changed"}
    assert (rest.employed, rest.stays, rest.absences) == (
        result.employed,
        result.stays,
        result.absences,
    )


endings = st.dictionaries(
    st.sampled_from("ab"),
    st.builds(End, st.sampled_from(DAYS[:8]), st.sampled_from([None, "c"])),
)


@given(soups(), endings, st.randoms(use_true_random=False))
def test_nobody_is_in_a_unit_that_has_ended_and_all_else_holds_too(
    events: list[HrEvent], ends: dict[str, End], chance: random.Random
) -> None:
    again = events + chance.choices(events, k=len(events)) if events else []
    chance.shuffle(again)
    result = timeline(again, KNOWN, ends)
    assert result == timeline(events, KNOWN, ends)
    for stay in result.stays:
        assert stay.unit not in ends or (stay.until or date.max) <= ends[stay.unit].on
        assert stay.since < (stay.until or date.max)
    assert all(
        (one.until or date.max) <= two.since
        for one, two in zip(result.stays, result.stays[1:], strict=False)
    )
    bad = {one.id for one in result.unfit if one.reason != "identity-changed"}
    rest = timeline([event for event in events if event.id not in bad], KNOWN, ends)
    assert (rest.employed, rest.stays) == (result.employed, result.stays)
    assert {one.reason for one in rest.unfit} <= {"identity-changed"}


@given(soups())
def test_a_merge_changes_where_people_are_from_its_day_on_and_nothing_else(
    events: list[HrEvent],
) -> None:
    """When HR itself never meets the merge: its events are all before."""
    merge = DAYS[7]
    before = timeline(events, KNOWN)
    after = timeline(events, KNOWN, {"a": End(merge, "c")})
    assert (after.employed, after.absences, after.unfit) == (
        before.employed,
        before.absences,
        before.unfit,
    )
    for day in DAYS:
        was = [(s.unit, s.post) for s in before.stays if covers(s, day)]
        now = [(s.unit, s.post) for s in after.stays if covers(s, day)]
        assert now == [("c" if u == "a" and day >= merge else u, p) for u, p in was]


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[HrEvent], dict[date, tuple[str, str] | None]]:
    """A life lived day by day, what HR says of it, and where the person truly was each evening."""
    events: list[HrEvent] = []
    truth: dict[date, tuple[str, str] | None] = {}
    employed, unit, post = False, "", ""
    for day in DAYS:
        if not employed and draw(st.booleans()):
            employed = True
            events.append(said("hired", day))
        if employed and unit and draw(st.integers(0, 9)) == 0:
            unit = ""
            events.append(said("unassigned", day))
        if employed and not unit and draw(st.booleans()):
            unit, post = draw(st.sampled_from("abc")), draw(posts)
            events.append(said("assigned", day, unit=unit, post=post))
        seen = {unit}
        while unit and draw(st.integers(0, 2)) == 0:
            new = draw(st.sampled_from(sorted({"a", "b", "c", *seen})))
            if new in seen:
                break
            seen.add(new)
            events.append(said("transferred", day, unit=new, from_unit=unit))
            unit = new
        if unit and draw(st.integers(0, 3)) == 0:
            post = draw(posts)
            events.append(said("retitled", day, post=post))
        if employed and draw(st.integers(0, 9)) == 0:
            employed, unit = False, ""
            events.append(said("left", day))
        truth[day] = (unit, post) if unit else None
    return draw(st.permutations(events)), truth


@given(lives())
def test_a_life_that_makes_sense_is_told_back_exactly(
    life: tuple[list[HrEvent], dict[date, tuple[str, str] | None]],
) -> None:
    events, truth = life
    told = timeline(events, KNOWN)
    assert told.unfit == []
    for day, where in truth.items():
        assert [(s.unit, s.post) for s in told.stays if covers(s, day)] == (
            [where] if where else []
        )


@cache
def feed() -> list[HrEvent]:
    return [parse(event) for event in hr_feed.events()]


def heads(events: Iterable[HrEvent], on: date) -> Counter[str]:
    tree, unfit = units(events)
    people: defaultdict[str, list[HrEvent]] = defaultdict(list)
    for event in events:
        if isinstance(event.data, OfEmployee):
            people[event.subject_key].append(event)
    timelines = [timeline(mine, tree) for mine in people.values()]
    assert not unfit
    assert not any(one.unfit for one in timelines)
    return Counter(stay.unit for one in timelines for stay in one.stays if covers(stay, on))


@pytest.mark.parametrize("order", ["in order", "shuffled", "doubled and shuffled"])
def test_the_heads_of_a_thousand_people_come_out_whatever_the_order(order: str) -> None:
    events = feed() * 2 if "doubled" in order else list(feed())
    if "shuffled" in order:
        random.Random(7).shuffle(events)
    for on, by_department in hr_feed.HEADS.items():
        counted = heads(events, date.fromisoformat(on))
        assert counted == dict(zip(hr_feed.UNITS, by_department, strict=True))
