"""Six months without dues and without taking part: laws of the run, whatever the books say."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.membership.dues.rules import months_before, next_month
from services.membership.lapse import rules
from services.membership.lapse.rules import Evidence, Run, lapsed, stands
from shared.contracts.membership import Spell

ON = date(2026, 8, 14)
BY = rules.law(ON)
MONTHS = [months_before(date(2026, 8, 1), back) for back in range(8, 0, -1)]
"""December to July."""
LAST_SIX = MONTHS[2:]
ALWAYS = (Spell(since=date(2019, 1, 1)),)
OWES = Evidence(missed=frozenset(LAST_SIX), booked=frozenset(LAST_SIX), voting=ALWAYS)

some_months = st.frozensets(st.sampled_from(MONTHS))
some_days = st.dates(date(2025, 10, 1), ON)
spells = st.lists(
    st.tuples(some_days, st.integers(0, 120)).map(
        lambda each: Spell(since=each[0], until=each[0] + timedelta(each[1]))
    ),
    max_size=3,
)
evidence = st.builds(
    Evidence,
    missed=some_months,
    booked=some_months,
    voting=st.just(ALWAYS) | spells,
    away=st.just([]) | spells,
    active_on=st.none() | some_days,
)


def said_otherwise(seen: Evidence, on: date) -> Run | None:
    """The same once more, day by day and month by month."""
    known = seen.missed | seen.booked  # type: ignore[operator]
    if not known or any(spell.holds(on) for spell in seen.away):
        return None
    months = [max(known)]
    while len(months) < 6:
        months.insert(0, (months[0] - timedelta(1)).replace(day=1))
    for month in months:
        days = [month + timedelta(n) for n in range((next_month(month) - month).days)]
        away = [day for day in days if any(spell.holds(day) for spell in seen.away)]
        if month not in seen.missed or len(away) >= 16 or next_month(month) > on:
            return None
    day = months[0]
    while day <= on:
        if day == seen.active_on or not any(spell.holds(day) for spell in seen.voting):
            return None
        day += timedelta(1)
    return Run(months[0], months[-1])


@given(evidence)
def test_a_run_is_what_its_days_and_months_say(seen: Evidence) -> None:
    assert lapsed(seen, ON, BY) == said_otherwise(seen, ON)


@given(evidence, st.sampled_from(MONTHS))
def test_one_month_settled_or_paid_ends_any_run_with_it(seen: Evidence, month: date) -> None:
    paid = replace(
        seen,
        missed=frozenset(seen.missed) - {month},
        booked=frozenset(seen.booked) | {month},
    )
    run = lapsed(paid, ON, BY)
    assert run is None or not run.first <= month
    before = lapsed(seen, ON, BY)
    if before and before.first <= month:
        assert not stands(before, paid, ON, BY)


@given(evidence, some_days)
def test_taking_part_ends_any_run_from_that_day_back(seen: Evidence, on: date) -> None:
    run = lapsed(replace(seen, active_on=on), ON, BY)
    assert run is None or on < run.first


@given(evidence, spells)
def test_being_away_never_speaks_against_anybody(seen: Evidence, more: Sequence[Spell]) -> None:
    if lapsed(seen, ON, BY) is None:
        away = [*seen.away, *more]
        assert lapsed(replace(seen, away=away), ON, BY) is None


@given(evidence)
def test_what_may_be_admonished_still_stands_on_that_day(seen: Evidence) -> None:
    run = lapsed(seen, ON, BY)
    assert run is None or stands(run, seen, ON, BY)


def test_six_booked_months_are_enough_and_five_are_not() -> None:
    assert lapsed(OWES, ON, BY) == Run(LAST_SIX[0], LAST_SIX[-1])
    five = replace(OWES, missed=frozenset(LAST_SIX[1:]), booked=frozenset(LAST_SIX[1:]))
    assert lapsed(five, ON, BY) is None


def test_a_month_that_was_not_booked_proves_nothing() -> None:
    gap = frozenset(MONTHS[1:]) - {MONTHS[4]}
    assert lapsed(replace(OWES, missed=gap, booked=gap), ON, BY) is None


@pytest.mark.parametrize(("days", "counts"), [(15, True), (16, False), (31, False)])
def test_a_month_of_which_one_was_mostly_away_does_not_count(days: int, counts: bool) -> None:
    away = [Spell(since=MONTHS[-2], until=MONTHS[-2] + timedelta(days))]
    assert (lapsed(replace(OWES, away=away), ON, BY) is not None) == counts


def test_who_is_away_today_is_not_spoken_of_and_an_admonition_stands_all_the_same() -> None:
    ill = replace(OWES, away=[Spell(since=ON)])
    assert lapsed(ill, ON, BY) is None
    assert stands(Run(LAST_SIX[0], LAST_SIX[-1]), ill, ON, BY)


def test_who_is_kept_without_a_vote_is_not_spoken_of() -> None:
    assert lapsed(replace(OWES, voting=[Spell(since=ALWAYS[0].since, until=ON)]), ON, BY) is None


def test_proof_of_long_ago_is_none() -> None:
    assert lapsed(OWES, date(2027, 2, 28), BY)
    assert lapsed(OWES, date(2027, 3, 1), BY) is None


def test_what_was_missed_later_does_not_undo_an_admonition_and_what_was_paid_does() -> None:
    run, august = Run(LAST_SIX[0], LAST_SIX[-1]), date(2026, 8, 1)
    on = date(2026, 9, 10)
    booked = frozenset({*LAST_SIX, august})
    assert stands(run, replace(OWES, booked=booked, missed=booked), on, BY)
    assert not stands(run, replace(OWES, booked=booked), on, BY)


def test_the_rule_of_the_day_is_read_and_that_of_before_is_not_checked() -> None:
    assert (BY.deemed.standing, BY.months) == ("read", 6)
    assert rules.law(date(2015, 1, 1)).deemed.standing == "unverified"
