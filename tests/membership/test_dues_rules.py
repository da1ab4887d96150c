"""What is owed, and how a payroll is read and matched: rules alone."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.membership.dues import rules
from services.membership.dues.rules import Given, fen_in, matched, number_in
from services.membership.rules import RULEBOOK
from shared.messages import uuid7
from shared.rights import RuleBroken
from shared.rulebook import read_rule

MONTH = date(2026, 3, 1)
RATE = rules.rule("dues", MONTH)
FEN = st.integers(0, 10**9)


@given(FEN)
@example(9_99)
@example(10_00)
@example(5_239_99)
def test_dues_are_half_a_per_cent_of_whole_tens_of_yuan(wages: int) -> None:
    exact = Fraction(wages // 1000 * 1000) * Fraction(5, 1000)
    assert exact.denominator == 1
    assert rules.dues_of(wages, RATE) == exact


def test_no_version_of_the_rate_leaves_parts_of_a_fen() -> None:
    for version in read_rule(RULEBOOK / "dues.toml"):
        assert version.values["ignored_below_fen"] * version.values["per_mille"] % 1000 == 0


@given(FEN, FEN)
def test_who_earns_more_owes_no_less(one: int, other: int) -> None:
    less, more = sorted((one, other))
    assert rules.dues_of(less, RATE) <= rules.dues_of(more, RATE)


@given(FEN)
def test_the_firm_owes_two_per_cent_to_the_nearest_fen(wages: int) -> None:
    owed = rules.funds_of(wages, rules.rule("funds", MONTH))
    assert abs(owed - Fraction(wages, 50)) <= Fraction(1, 2)


def test_the_firm_pays_by_a_day_of_the_next_month_which_a_province_may_name() -> None:
    house = rules.rule("funds-due", MONTH)
    assert (house.standing, rules.funds_due_on(date(2026, 12, 1), house)) == (
        "house",
        date(2027, 1, 15),
    )
    there = rules.rule("funds-due", MONTH, "CN-SX")
    assert rules.funds_due_on(MONTH, there) == date(2026, 4, 14)


def test_it_is_overdue_from_the_day_after_until_the_last_fen_is_there() -> None:
    due = date(2026, 4, 15)
    assert rules.overdue_since(100, [(due, 99)], due) == date(2026, 4, 16)
    assert rules.overdue_since(100, [(due, 99), (date(2026, 5, 1), 1)], due) is None
    assert rules.overdue_since(0, [], due) is None


def test_months_without_a_rule_are_refused() -> None:
    with pytest.raises(RuleBroken) as broken:
        rules.must_have_rules(date(1950, 1, 1), "*")
    assert broken.value.answer.code == "no-rule-then"


@given(st.dates(date(1900, 1, 1), date(2199, 12, 1)), st.integers(0, 400))
def test_months_are_counted_back_and_on(day: date, count: int) -> None:
    month = day.replace(day=1)
    back = rules.months_before(month, count)
    for _ in range(count):
        back = rules.next_month(back)
    assert back == month


@given(FEN)
def test_an_amount_is_read_as_people_and_spreadsheets_write_it(fen: int) -> None:
    plain = f"{fen // 100}.{fen % 100:02d}"
    for said in (plain, f" {fen // 100:,}.{fen % 100:02d}元", f"￥{plain}0", repr(fen / 100)):
        assert fen_in(said) == fen, said


@pytest.mark.parametrize(
    "cell", ["", "-", "-1", "1.005", "1,23", "12,3456", "1e4", "abc", "1.2.3", "٣", "100000000.01"]
)
def test_what_is_no_amount_is_none(cell: str) -> None:
    assert fen_in(cell) is None


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (" D 0001\u3000", "D0001"),
        ("Ｄ０００１", "D0001"),
        ("\ufeffD\u200b0001", "D0001"),
        ("", None),
        ("a/b", None),
        ("x" * 33, None),
    ],
)
def test_a_number_is_read_without_blanks_and_full_width(cell: str, number: str | None) -> None:
    assert number_in(cell) == number


def row(line: int, number: str = "A", **more: object) -> Given:
    known = {"money": "right", "wrong": None, "person": PEOPLE.get(number), "standing": "whole"}
    return Given(line, number, **(known | more))  # type: ignore[arg-type]


PEOPLE = {name: uuid7() for name in "ABCDEF"}


def kinds(rows: list[Given], missed: str = "") -> list[tuple[str, str | None]]:
    owing = {PEOPLE[name]: name for name in missed}
    return [(each.kind, each.number) for each in matched(rows, owing)]


def test_who_is_missed_has_no_row_and_was_a_member_throughout() -> None:
    assert kinds([row(2, "A")], "AB") == [("paid", "A"), ("missing", "B")]
    assert kinds([row(2, "A", money="none")], "A") == [("missing", "A")]
    assert kinds([row(2, "A", money="none", standing="part")]) == [("nothing-due", "A")]
    assert kinds([row(2, "A", money="free")], "A") == [("nothing-due", "A")]


def test_a_row_that_cannot_be_read_still_stands_for_its_person() -> None:
    assert kinds([row(2, "A", wrong="wages-unreadable")], "A") == [("malformed", "A")]


def test_of_two_payrolls_the_second_takes_twice_unless_the_person_moved() -> None:
    assert kinds([row(2, elsewhere=True)]) == [("twice", "A")]
    assert kinds([row(2, elsewhere=True, moved=True)]) == [("paid", "A")]
    assert kinds([row(2, elsewhere=True, money="none")]) == [("nothing-due", "A")]


def test_money_of_who_is_no_member_is_given_back_and_no_money_is_no_fault() -> None:
    assert kinds([row(2, standing="none")]) == [("not-a-member", "A")]
    assert kinds([row(2, standing="none", money="none")]) == [("nothing-due", "A")]


ROWS = st.lists(
    st.builds(
        row,
        st.just(0),
        st.sampled_from("ABCDXY"),
        money=st.sampled_from(["right", "wrong", "none", "free"]),
        wrong=st.sampled_from([None, None, "dues-unreadable"]),
        standing=st.sampled_from(["whole", "part", "none"]),
        elsewhere=st.booleans(),
    ),
    max_size=12,
).map(lambda rows: [each._replace(line=line) for line, each in enumerate(rows, start=2)])


@given(ROWS, st.sets(st.sampled_from("ABCDEF")))
def test_every_row_is_in_one_finding_and_everybody_who_owes_in_one(
    rows: list[Given], missed: set[str]
) -> None:
    found = matched(rows, {PEOPLE[name]: name for name in missed})
    assert sorted(line for each in found for line in each.lines) == [each.line for each in rows]
    readable = [each for each in found if each.kind != "malformed"]
    assert len({each.number for each in readable}) == len(readable)
    without = {each.number for each in found if not each.lines}
    assert without == missed - {each.number for each in rows}
