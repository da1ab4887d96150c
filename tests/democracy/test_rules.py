"""By when an answer is owed, and what may happen to a proposal: pure rules."""

from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.democracy.proposals import RULE, AnswerDue, Proposal
from shared.calendar import working_days_after
from shared.contracts.democracy import Category
from shared.rights import RuleBroken
from shared.rulebook import in_force, read_rule

DAYS = st.dates(date(2004, 1, 1), date(2026, 10, 31))


def proposal(state: str = "open") -> Proposal:
    return Proposal(state=state, supports=0, answered_on=None)


@given(DAYS, st.integers(1, 40))
def test_working_days_end_on_a_working_day_and_count_each_once(start: date, count: int) -> None:
    reached = working_days_after(start, count)
    assert chinese_calendar.is_workday(reached.day)
    assert not reached.provisional
    between = [start + timedelta(days=n + 1) for n in range((reached.day - start).days)]
    assert sum(map(chinese_calendar.is_workday, between)) == count


@given(DAYS, st.integers(1, 40))
def test_more_days_never_end_earlier(start: date, count: int) -> None:
    assert working_days_after(start, count).day < working_days_after(start, count + 1).day


def test_days_of_a_year_that_the_calendar_does_not_know_are_provisional() -> None:
    friday = date(2031, 3, 7)
    reached = working_days_after(friday, 1)
    assert (reached.day, reached.provisional) == (date(2031, 3, 10), True)


def test_a_make_up_day_counts_and_a_holiday_does_not() -> None:
    # 2024: the Spring Festival was 10 to 17 February, Sunday the 18th was worked for it.
    assert working_days_after(date(2024, 2, 9), 1).day == date(2024, 2, 18)


def test_safety_is_answered_in_seven_working_days_since_2026() -> None:
    due = AnswerDue.of(Category.SAFETY, submitted_on=date(2026, 3, 2))
    assert due.on == date(2026, 3, 11)
    assert due.verdict.version == 2
    assert due.verdict.inputs["count"] == "working"


def test_before_2026_safety_had_thirty_days_like_all() -> None:
    due = AnswerDue.of(Category.SAFETY, submitted_on=date(2025, 3, 3))
    assert due.on == date(2025, 4, 2)
    assert due.verdict.version == 1


@given(st.sampled_from(Category), DAYS.filter(lambda day: day >= date(1986, 6, 4)))
def test_a_verdict_names_its_rule_and_its_inputs(category: Category, day: date) -> None:
    due = AnswerDue.of(category, submitted_on=day)
    said = due.verdict.as_json()
    assert due.on > day
    assert said["citation"]
    assert said["standing"] in {"read", "restated", "unverified", "house"}
    assert said["inputs"]["submitted_on"] == day.isoformat()


def test_no_version_holds_before_the_first() -> None:
    with pytest.raises(LookupError, match="proposal-answer"):
        in_force(read_rule(RULE), date(1980, 1, 1))


def test_an_answer_is_given_once() -> None:
    one = proposal()
    one.answer("adopted", "good", on=date(2026, 1, 5))
    assert (one.state, one.reasons, one.answered_on) == ("adopted", "good", date(2026, 1, 5))
    with pytest.raises(RuleBroken) as broken:
        one.answer("declined", "no", on=date(2026, 1, 6))
    assert broken.value.answer.code == "already-answered"
    assert one.state == "adopted"


def test_only_an_open_proposal_is_supported() -> None:
    one = proposal()
    one.support()
    one.support()
    assert one.supports == 2
    with pytest.raises(RuleBroken):
        proposal("declined").support()
