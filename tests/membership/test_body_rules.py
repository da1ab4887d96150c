"""What law and house say of union bodies: sizes, terms, meetings, recalls."""

from datetime import date, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.membership.bodies import rules
from services.membership.bodies.rules import Range
from services.membership.rules import RULEBOOK
from shared.contracts.membership import BodyKind
from shared.rulebook import read_rule

ON = date(2026, 3, 2)
DAY = st.dates(date(1950, 1, 1), date(2100, 12, 31))
KIND = st.sampled_from(get_args(BodyKind))


@pytest.mark.parametrize(
    ("members", "least", "most"),
    [
        *((0, 3, 5), (24, 3, 5), (25, 3, 7), (200, 3, 7), (201, 7, 15), (1_000, 7, 15)),
        *((1_001, 15, 21), (5_000, 15, 21), (5_001, 21, 29), (10_000, 21, 29)),
        *((10_001, 29, 37), (50_000, 29, 37), (50_001, 29, 37)),
    ],
)
def test_a_committee_has_the_size_of_its_band(members: int, least: int, most: int) -> None:
    assert rules.lawful_size("committee", members, on=ON) == Range(least, most)
    for seats, lawful in ((least - 1, False), (least, True), (most, True), (most + 1, False)):
        said = rules.size("committee", members, on=ON, seats=seats)
        assert said.lawful is lawful
        assert (said.inputs["least"], said.inputs["most"]) == (least, most)


def test_a_size_beyond_the_table_of_the_source_is_not_said_to_stand_in_it() -> None:
    assert rules.size("committee", 50_000, on=ON, seats=30).standing == "restated"
    assert rules.size("committee", 50_001, on=ON, seats=30).standing == "unverified"
    assert rules.size("committee", 60, on=date(2016, 10, 8)).standing == "unverified"
    assert rules.size("committee", 60, on=date(2016, 10, 9)).standing == "restated"


@given(KIND, st.integers(0, 2_000_000), DAY)
def test_every_number_of_members_has_a_lawful_size(kind: BodyKind, members: int, on: date) -> None:
    least, most = rules.lawful_size(kind, members, on=on)
    assert 1 <= least <= most
    assert rules.size(kind, members, on=on, seats=least).lawful


@given(st.integers(0, 60_000), st.integers(0, 60_000))
def test_more_members_never_make_a_smaller_committee_lawful(one: int, other: int) -> None:
    few, many = sorted((one, other))
    small, large = (rules.lawful_size("committee", each, on=ON) for each in (few, many))
    assert small.least <= large.least
    assert small.most <= large.most


@pytest.mark.parametrize(("members", "needed"), [(24, False), (25, True)])
def test_a_committee_is_needed_from_25_members_on(members: int, needed: bool) -> None:
    said = rules.committee_needed(members, on=ON)
    assert said.lawful is needed
    assert (said.standing, "第十一条" in said.citation) == ("read", True)


@given(DAY, st.sampled_from([3, 5]))
def test_a_term_ends_on_its_day_so_many_years_later(since: date, years: int) -> None:
    term = rules.term(since, years)
    assert term.until.year == since.year + years
    assert timedelta(0) <= term.until - since - timedelta(days=365 * years) <= timedelta(days=2)
    assert term.due_on == term.until - timedelta(days=1)
    assert since < term.prepare_on < term.due_on
    assert term.length.lawful


def test_a_term_from_the_29th_of_february_has_that_many_whole_years() -> None:
    assert rules.term(date(2024, 2, 29), 3).due_on == date(2027, 2, 28)
    assert not rules.term(date(2024, 2, 29), 4).length.lawful


def test_a_term_that_has_run_out_goes_on_as_overdue_until_the_next_election() -> None:
    term = rules.term(date(2023, 4, 1), 3)
    days = (term.due_on, term.prepare_on)
    assert term.prepare_on == date(2026, 1, 1)
    for on, state in (
        (date(2025, 12, 31), "running"),
        (date(2026, 1, 1), "due"),
        (date(2026, 3, 31), "due"),
        (date(2026, 4, 1), "overdue"),
        (date(2030, 1, 1), "overdue"),
    ):
        assert rules.state(*days, on=on) == state
    held = date(2026, 3, 20)
    assert rules.state(*days, on=date(2026, 3, 25), next_on=held) == "running"
    assert rules.state(*days, on=date(2026, 3, 19), next_on=held) == "due"
    assert rules.state(None, None, on=ON) == "none"


@given(st.integers(1, 2_000_000))
def test_a_third_may_call_and_more_than_half_of_all_recall(members: int) -> None:
    called = rules.may_call_a_meeting(members, on=ON).inputs["needed"]
    assert isinstance(called, int)
    assert 3 * (called - 1) < members <= 3 * called
    needed = rules.recall(members, on=ON).inputs["needed"]
    assert isinstance(needed, int)
    assert 2 * (needed - 1) <= members < 2 * needed
    assert rules.recall(members, on=ON, votes=needed).lawful
    assert not rules.recall(members, on=ON, votes=needed - 1).lawful


def test_every_rule_is_read_and_says_where_it_stands() -> None:
    files = sorted(RULEBOOK.glob("*.toml"))
    assert {*rules.SIZES.values(), "union-term", "union-recall"} <= {each.stem for each in files}
    for kind, post in rules.GIVES:
        assert post == rules.HEADS[kind]
    for file in files:
        for version in read_rule(file):
            assert version.citation
            assert version.citation_en
