"""The life of a membership: what must hold whatever the days are, and each turn by its name."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.membership.life import Grounds, Membership, Move, Standing, memberships, moves
from services.membership.life import standing as standing_of
from shared.contracts.membership import Spell, Stay
from shared.messages import uuid7

DAY = st.dates(date(2020, 1, 1), date(2021, 12, 31))
SPELL = st.builds(
    lambda since, days: Spell(since=since, until=since + timedelta(days) if days else None),
    DAY,
    st.integers(0, 400),
)


def disjoint(spells: list[Spell]) -> list[Spell]:
    kept: list[Spell] = []
    for spell in sorted(spells, key=lambda each: each.since):
        if not kept or (kept[-1].until and kept[-1].until <= spell.since):
            kept.append(spell)
    return kept


SPELLS = st.lists(SPELL, max_size=4).map(disjoint)


@st.composite
def grounds(draw: st.DrawFn) -> Grounds:
    employed = draw(SPELLS)
    ends = [spell.until for spell in employed if spell.until]
    retired = draw(st.sets(st.sampled_from(ends))) if ends else set()
    begins = [spell.since for spell in employed]
    strangers = draw(st.sets(st.sampled_from(begins))) if begins else set()
    kept = draw(st.sets(DAY, max_size=2))
    return Grounds(draw(SPELLS), employed, retired, strangers, kept, draw(SPELLS))


def on_some(spells: list[Spell] | list[Membership], day: date) -> bool:
    return any(spell.holds(day) for spell in spells)


@given(grounds(), DAY)
def test_a_member_has_consented_and_belongs_nowhere_else(given: Grounds, on: date) -> None:
    found = memberships(given)
    if on_some(found, on):
        assert on_some(list(given.consents), on)
        assert not on_some(list(given.elsewhere), on)
    voting = [spell for spell in found if not spell.kept]
    kept = [spell for spell in found if spell.kept]
    assert not on_some(voting, on) or on_some(list(given.employed), on)
    assert not on_some(kept, on) or not on_some(list(given.employed), on)


@given(grounds())
def test_memberships_are_in_order_and_never_empty_and_never_two_at_once(given: Grounds) -> None:
    found = memberships(given)
    assert all(spell.until is None or spell.since < spell.until for spell in found)
    for before, after in pairwise(found):
        assert before.until is not None
        assert before.until <= after.since


@given(grounds())
def test_nobody_is_kept_without_a_reason(given: Grounds) -> None:
    bare = Grounds(given.consents, given.employed, elsewhere=given.elsewhere)
    assert not any(spell.kept for spell in memberships(bare))


JANUARY, MARCH, JUNE, SEPTEMBER = (date(2020, month, 1) for month in (1, 3, 6, 9))
CONSENT = Spell(since=MARCH)


def employed(*days: tuple[date, date | None]) -> list[Spell]:
    return [Spell(since=since, until=until) for since, until in days]


def test_a_new_employment_needs_a_new_consent() -> None:
    work = employed((JANUARY, JUNE), (SEPTEMBER, None))
    assert memberships(Grounds([CONSENT], work)) == [Membership(MARCH, JUNE, MARCH)]


def test_who_retires_is_kept_until_the_consent_is_withdrawn() -> None:
    withdrawn = Spell(since=MARCH, until=SEPTEMBER)
    found = memberships(Grounds([withdrawn], employed((JANUARY, JUNE)), {JUNE}))
    assert found == [Membership(MARCH, JUNE, MARCH), Membership(JUNE, SEPTEMBER, MARCH, True)]


def test_who_works_again_after_retiring_has_the_vote_again_without_being_asked() -> None:
    work = employed((JANUARY, JUNE), (SEPTEMBER, None))
    found = memberships(Grounds([CONSENT], work, {JUNE}))
    assert [(spell.since, spell.kept) for spell in found] == [
        (MARCH, False),
        (JUNE, True),
        (SEPTEMBER, False),
    ]
    assert standing_of(found) == Standing(MARCH, None)


def test_a_stranger_under_the_same_number_inherits_nothing() -> None:
    work = employed((JANUARY, JUNE), (SEPTEMBER, None))
    found = memberships(Grounds([CONSENT], work, {JUNE}, strangers={SEPTEMBER}))
    assert found == [
        Membership(MARCH, JUNE, MARCH),
        Membership(JUNE, SEPTEMBER, MARCH, True),
    ]


def test_a_word_of_the_union_outlives_a_corrected_last_day() -> None:
    for last in (JUNE, SEPTEMBER):
        found = memberships(Grounds([CONSENT], employed((JANUARY, last)), kept={MARCH}))
        assert standing_of(found) == Standing(MARCH, last)


def test_days_in_another_union_are_left_out_and_the_rest_goes_on() -> None:
    away = [Spell(since=JUNE, until=SEPTEMBER)]
    found = memberships(Grounds([CONSENT], employed((JANUARY, None)), elsewhere=away))
    assert found == [Membership(MARCH, JUNE, MARCH), Membership(SEPTEMBER, None, MARCH)]
    assert standing_of(found) == Standing(SEPTEMBER, None)


def test_only_a_change_of_plant_without_a_day_between_is_a_move() -> None:
    north, south, north_plant, south_plant = (uuid7() for _ in range(4))
    plants = {north: north_plant, south: south_plant}
    stays = [
        Stay(since=JANUARY, until=MARCH, unit=north),
        Stay(since=MARCH, until=JUNE, unit=south, post="操作工"),
        Stay(since=JUNE, until=SEPTEMBER, unit=south, post="班长"),
        Stay(since=date(2020, 9, 2), until=None, unit=north),
    ]
    assert moves(stays, plants) == [Move(MARCH, north_plant, south_plant)]


def test_who_leaves_and_is_hired_again_on_one_day_goes_on_and_a_stranger_does_not() -> None:
    begins, again = date(2021, 1, 1), date(2021, 5, 1)
    work = [Spell(since=begins, until=again), Spell(since=again, until=None)]
    consent = Spell(since=begins, until=None)
    assert memberships(Grounds([consent], work)) == [Membership(begins, None, begins)]
    stranger = Grounds([consent], work, strangers={again})
    assert memberships(stranger) == [Membership(begins, again, begins)]
