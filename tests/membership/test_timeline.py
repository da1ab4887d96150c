"""A person's days from HR's events: the rules one by one."""

from datetime import date

import pytest

from services.membership.timeline import Absence, Spell, Stay, Timeline, timeline
from shared.contracts.hr import HrEvent, parse
from tests.membership.said import KNOWN, may, said, unit


def reasons(of: Timeline) -> list[str]:
    return [one.reason for one in of.unfit]


def fit(*events: HrEvent) -> Timeline:
    result = timeline(events, KNOWN)
    assert result.unfit == []
    return result


HIRED = said("hired", 1)
IN_A = said("assigned", 3, unit="a", post="fitter")


def test_who_is_hired_is_employed_and_in_no_unit_until_assigned() -> None:
    result = fit(HIRED, IN_A)
    assert result.employed == [Spell(may(1), None)]
    assert result.stays == [Stay("a", "fitter", may(3), None)]


def test_a_transfer_ends_one_stay_begins_the_next_and_keeps_the_post() -> None:
    result = fit(HIRED, IN_A, said("transferred", 9, unit="b", from_unit="a"))
    assert result.stays == [
        Stay("a", "fitter", may(3), may(9)),
        Stay("b", "fitter", may(9), None),
    ]


def test_transfers_of_one_day_are_chained_by_the_unit_they_start_from() -> None:
    moves = [
        said("transferred", 9, unit="c", from_unit="b", id="1"),
        said("transferred", 9, unit="b", from_unit="a", id="2"),
    ]
    result = fit(HIRED, IN_A, *moves)
    assert [stay.unit for stay in result.stays] == ["a", "c"]


def test_a_place_and_a_move_on_from_it_on_one_day_leave_one_row() -> None:
    result = fit(HIRED, IN_A, said("transferred", 3, unit="b", from_unit="a"))
    assert result.stays == [Stay("b", "fitter", may(3), None)]


def test_moving_away_and_back_on_one_day_leaves_the_stay_whole() -> None:
    away = said("transferred", 9, unit="b", from_unit="a")
    back = said("transferred", 9, unit="a", from_unit="b")
    assert fit(HIRED, IN_A, back, away).stays == [Stay("a", "fitter", may(3), None)]


def test_another_post_splits_the_stay_and_takes_effect_after_the_move_of_its_day() -> None:
    moved = said("transferred", 9, unit="b", from_unit="a")
    result = fit(HIRED, IN_A, said("retitled", 9, post="foreman"), moved)
    assert result.stays == [
        Stay("a", "fitter", may(3), may(9)),
        Stay("b", "foreman", may(9), None),
    ]
    assert len(fit(HIRED, IN_A, said("retitled", 9, post="fitter")).stays) == 1


def test_who_is_unassigned_may_be_assigned_again_on_the_same_day() -> None:
    result = fit(HIRED, IN_A, said("assigned", 9, unit="b"), said("unassigned", 9))
    assert result.stays == [Stay("a", "fitter", may(3), may(9)), Stay("b", None, may(9), None)]


def test_leaving_ends_everything_and_one_may_be_hired_again() -> None:
    result = fit(
        HIRED,
        IN_A,
        said("leave-started", 4, kind="sick"),
        said("seconded", 5, to="project", until="2021-06-30"),
        said("left", 9),
        said("hired", 20),
        said("assigned", 20, unit="b"),
    )
    assert result.employed == [Spell(may(1), may(9)), Spell(may(20), None)]
    assert result.stays == [Stay("a", "fitter", may(3), may(9)), Stay("b", None, may(20), None)]
    assert result.absences == [
        Absence("leave", may(4), may(9)),
        Absence("seconded", may(5), may(9)),
    ]


def test_hired_and_left_on_one_day_leaves_no_row() -> None:
    result = fit(HIRED, said("left", 1), said("assigned", 1, unit="a"))
    assert (result.employed, result.stays) == ([], [])


def test_a_secondment_ends_as_planned_unless_the_return_says_otherwise() -> None:
    lent = said("seconded", 5, to="project", until="2021-05-20")
    assert fit(HIRED, lent).absences == [Absence("seconded", may(5), may(20))]
    for back in (11, 25):
        assert fit(HIRED, lent, said("returned", back)).absences == [
            Absence("seconded", may(5), may(back))
        ]
    again = said("seconded", 22, to="project")
    assert fit(HIRED, lent, again).absences == [
        Absence("seconded", may(5), may(20)),
        Absence("seconded", may(22), None),
    ]


def test_absences_do_not_tell_the_kind_of_leave_nor_where_one_turns_into_another() -> None:
    result = fit(
        HIRED,
        said("leave-started", 5, kind="sick"),
        said("leave-ended", 9, kind="sick"),
        said("leave-started", 9, kind="maternity"),
        said("leave-started", 20, kind="sick"),
    )
    assert result.absences == [Absence("leave", may(5), None)]


def test_a_leave_of_no_day_leaves_no_row() -> None:
    leave = [said("leave-ended", 5, kind="sick"), said("leave-started", 5, kind="sick")]
    assert fit(HIRED, *leave).absences == []


def test_an_event_that_says_the_same_under_another_id_changes_nothing() -> None:
    again = said("assigned", 3, unit="a", post="fitter")
    assert fit(HIRED, IN_A, again, said("hired", 1)) == fit(HIRED, IN_A)


def test_an_intended_dismissal_and_a_unit_change_no_days() -> None:
    raw = HIRED.raw | {"id": "x", "type": "hr.dismissal-intended"}
    intended = parse(raw | {"data": {"employee": "E1", "on": "2021-05-09", "reason": "…"}})
    assert fit(HIRED, IN_A, intended, unit("a")) == fit(HIRED, IN_A)


# --- what does not fit -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (said("transferred", 9, unit="c", from_unit="b"), "in-another-unit"),
        (said("transferred", 2, unit="c", from_unit="a"), "in-no-unit"),
        (said("assigned", 9, unit="b"), "already-placed"),
        (said("assigned", 3, unit="b", id="z"), "already-placed"),
        (said("assigned", date(2021, 4, 30), unit="b"), "not-employed"),
        (said("assigned", 25, unit="b"), "not-employed"),
        (said("transferred", 25, unit="b", from_unit="a"), "not-employed"),
        (said("retitled", 25, post="foreman"), "not-employed"),
        (said("unassigned", 2), "in-no-unit"),
        (said("retitled", 2, post="foreman"), "in-no-unit"),
        (said("left", date(2021, 4, 30)), "not-employed"),
        (said("left", 25), "not-employed"),
        (said("hired", 9), "already-employed"),
        (said("hired", 9, name="苏晚舟"), "identity-changed"),
        (said("transferred", 9, unit="x", from_unit="a"), "unknown-unit"),
        (said("assigned", 2, unit="x"), "unknown-unit"),
        (said("returned", 9), "not-seconded"),
        (said("leave-ended", 9, kind="sick"), "not-on-leave"),
        (said("leave-started", 25, kind="sick"), "not-employed"),
        (said("seconded", 25, to="project"), "not-employed"),
    ],
)
def test_a_contradiction_is_reported_and_the_rest_is_as_if_it_had_not_come(
    event: HrEvent, reason: str
) -> None:
    story = [HIRED, IN_A, said("left", 20)]
    result = timeline([event, *story], KNOWN)
    assert [(one.source, one.id, one.reason) for one in result.unfit] == [
        (event.source, event.id, reason)
    ]
    assert "季闻溪" not in result.unfit[0].sentence
    assert (result.employed, result.stays) == (fit(*story).employed, fit(*story).stays)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (("assigned", {"unit": "a"}), ("assigned", {"unit": "b"}), "already-placed"),
        (("retitled", {"post": "x"}), ("retitled", {"post": "y"}), "retitled-twice"),
        (
            ("transferred", {"unit": "b", "from_unit": "a"}),
            ("transferred", {"unit": "c", "from_unit": "a"}),
            "in-another-unit",
        ),
        (("seconded", {"to": "x"}), ("seconded", {"to": "y"}), "already-seconded"),
    ],
)
def test_of_two_that_contradict_each_other_on_one_day_the_older_holds(
    first: tuple[str, dict[str, str]], second: tuple[str, dict[str, str]], reason: str
) -> None:
    story = [HIRED] if first[0] == "assigned" else [HIRED, IN_A]
    older = said(first[0], 9, id="z", time="2021-05-08T08:00:00+08:00", **first[1])
    younger = said(second[0], 9, id="a", time="2021-05-08T09:00:00+08:00", **second[1])
    untimed = said(second[0], 9, id="b", **second[1])
    for late in (younger, untimed):
        result = timeline([late, older, *story], KNOWN)
        assert [(one.id, one.reason) for one in result.unfit] == [(late.id, reason)]
        assert result.stays == timeline([older, *story], KNOWN).stays


def test_a_second_leave_of_one_kind_before_the_first_has_ended_is_reported() -> None:
    leave = [said("leave-started", day, kind="sick") for day in (5, 9)]
    result = timeline([HIRED, *leave, said("leave-ended", 12, kind="sick")], KNOWN)
    assert reasons(result) == ["already-on-leave"]
    assert result.absences == [Absence("leave", may(5), may(12))]


def test_a_number_hired_again_under_another_name_or_birth_date_is_reported_and_counts() -> None:
    for changes, words in (
        ({"name": "苏晚舟"}, "another name"),
        ({"birth_date": "1991-02-03"}, "another birth date"),
        ({"name": "苏晚舟", "birth_date": "1991-02-03"}, "another name and birth date"),
    ):
        result = timeline([HIRED, said("left", 9), said("hired", 12, **changes)], KNOWN)
        assert reasons(result) == ["identity-changed"]
        assert words in result.unfit[0].sentence
        assert result.employed == [Spell(may(1), may(9)), Spell(may(12), None)]


def test_the_report_says_whether_one_had_left_or_was_not_hired_yet() -> None:
    early, late = said("retitled", date(2021, 4, 30), post="x"), said("retitled", 25, post="x")
    result = timeline([HIRED, said("left", 20), late, early], KNOWN)
    assert [one.sentence for one in result.unfit] == [
        "given a post on 2021-04-30, but not hired by that day",
        "given a post on 2021-05-25, but left on 2021-05-20",
    ]


def test_one_id_for_two_different_events_is_reported_once_and_the_older_holds() -> None:
    older = said("assigned", 3, unit="a", id="same", time="2021-05-01T00:00:00Z")
    younger = said("assigned", 3, unit="b", id="same", time="2021-05-02T00:00:00Z")
    for order in ([HIRED, older, younger], [younger, older, HIRED, younger]):
        result = timeline(order, KNOWN)
        assert reasons(result) == ["id-used-twice"]
        assert result.stays == [Stay("a", None, may(3), None)]


def test_a_late_event_makes_fit_what_was_unfit_without_it() -> None:
    moved = said("transferred", 9, unit="b", from_unit="a")
    assert reasons(timeline([HIRED, moved], KNOWN)) == ["in-no-unit"]
    assert fit(HIRED, moved, IN_A).stays[-1] == Stay("b", "fitter", may(9), None)
