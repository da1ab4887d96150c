"""What becomes of a row of HR's list, beside what the roll has of that person."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.gateway.sheets_in.kinds import Row, Sheet
from services.gateway.snapshot.comparing import SAME, compared, missing
from services.gateway.snapshot.door import ROUNDS, _read
from services.gateway.snapshot.events import event, events
from services.gateway.snapshot.listed import Listed, listed
from services.membership.timeline import Timeline, timeline
from shared.contracts.hr import EmployeeHired, EmployeeLeft, HrEvent, parse
from shared.contracts.membership import Placement

ON = date(2024, 5, 10)
UNITS = {"a", "b", "c"}


def have(unit: str | None = "a", **more: object) -> Placement:
    said: dict[str, object] = {
        "employee": "1",
        "name": "王小明",
        "employed_since": date(2020, 1, 1),
        "left_on": None,
        "unit": unit,
        "post": "钳工" if unit else None,
        "since": date(2021, 1, 1) if unit else None,
        "unplaced_since": None if unit else date(2022, 1, 1),
    }
    return Placement.model_validate(said | more)


def row(unit: str | None = "a", **more: object) -> Listed:
    return Listed(employee="1", name="王小明", unit=unit, **more)  # type: ignore[arg-type]


GONE = have(None, employed_since=None, left_on=date(2023, 1, 1), unplaced_since=None)


@pytest.mark.parametrize(
    ("says", "roll", "becomes", "days", "drift"),
    [
        (row(), have(), "same", [], None),
        (row(), None, "hired", ["hired 05-10", "assigned 05-10"], "unknown-to-us"),
        (
            row(employed_since=date(2024, 2, 1), unit_since=date(2024, 3, 1)),
            None,
            "hired",
            ["hired 02-01", "assigned 03-01"],
            "unknown-to-us",
        ),
        (row(None), None, "hired", ["hired 05-10"], "unknown-to-us"),
        (row("b"), have(), "moved", ["transferred 05-10"], "moved"),
        (row("b", unit_since=date(2024, 4, 1)), have(), "moved", ["transferred 04-01"], "moved"),
        (row("b", unit_since=date(2020, 4, 1)), have(), "moved", ["transferred 01-01"], "moved"),
        (
            row("b", post="班长"),
            have(),
            "moved",
            ["transferred 05-10", "retitled 05-10"],
            "moved",
        ),
        (row(post="班长"), have(), "retitled", ["retitled 05-10"], None),
        (row(post="钳工"), have(), "same", [], None),
        (row(None), have(), "unassigned", ["unassigned 05-10"], "moved"),
        (row(None), have(None), "same", [], None),
        (row("b"), have(None), "assigned", ["assigned 05-10"], "moved"),
        (
            row("b", unit_since=date(2021, 1, 1)),
            have(None),
            "assigned",
            ["assigned 01-01"],
            "moved",
        ),
        (row(left_on=date(2024, 5, 1)), have(), "left", ["left 05-01"], "left"),
        (
            row(left_on=date(2024, 5, 1), retired=True),
            have(),
            "left",
            ["left 05-01 retired"],
            "left",
        ),
        (row(left_on=date(2024, 5, 11)), have(), "same", [], None),
        (row(left_on=date(2024, 5, 1)), None, "same", [], None),
        (row(left_on=date(2024, 5, 1)), GONE, "same", [], None),
        (
            row(employed_since=date(2023, 6, 1)),
            GONE,
            "hired",
            ["hired 06-01", "assigned 05-10"],
            "left",
        ),
    ],
)
def test_what_differs_becomes_events_of_hr(
    says: Listed, roll: Placement | None, becomes: str, days: list[str], drift: str | None
) -> None:
    found = compared(says, roll, ON, UNITS)
    assert (found.becomes, found.drift, found.why) == (becomes, drift, "")
    said = [
        " ".join([kind.removeprefix("hr.employee-"), data["on"][5:], *more(data)])
        for kind, data in found.events
    ]
    assert said == days


def more(data: Mapping[str, str]) -> list[str]:
    return [data["reason"]] if "reason" in data else []


@pytest.mark.parametrize(
    ("why", "retired"),
    [
        ("退休", True),
        ("正常 退休", True),
        ("提前退休（特殊工种）", True),
        ("达到法定退休年龄退休", True),
        ("退休离职", True),
        ("病退", True),
        ("Retired", True),
        ("early retirement", True),
        ("辞职", False),
        ("内部退休", False),
        ("退休返聘终止", False),
        ("未到退休年龄，辞职", False),
        (None, False),
    ],
)
def test_of_why_somebody_left_no_more_is_read_than_that_they_retired(
    why: str | None, retired: bool
) -> None:
    cells = {"employee": "1", "name": "王小明", "left_on": "2024-05-01", "left_because": why}
    says = listed(cells.get, ON)
    assert says == row(None, left_on=date(2024, 5, 1), retired=retired)
    assert "reason" not in str(says)


@pytest.mark.parametrize(
    ("says", "roll", "why", "drift"),
    [
        (row("z"), have(), "unknown-unit", "moved"),
        (row("z"), None, "unknown-unit", "unknown-to-us"),
        (row(employed_since=date(2020, 1, 1)), GONE, "left-since", "left"),
        (row(left_on=date(2020, 6, 1)), have(), "changed-after-leaving", "left"),
        (Listed("1", "李四", "a"), have(), "another-name", "duplicate"),
    ],
)
def test_what_only_a_person_can_say_is_refused(
    says: Listed, roll: Placement | None, why: str, drift: str
) -> None:
    found = compared(says, roll, ON, UNITS)
    assert (found.becomes, found.why, found.drift, found.events) == ("refused", why, drift, ())


def test_a_name_is_the_same_however_it_is_spaced() -> None:
    assert compared(Listed("1", "王 小明", "a"), have(), ON, UNITS) == SAME
    assert compared(Listed("1", "王小明", "a"), have(name=None), ON, UNITS) == SAME


def test_whom_a_list_of_all_does_not_name_has_left_and_of_a_unit_is_not_there_any_more() -> None:
    assert [kind for kind, _ in missing(have(), ON, whole=True).events] == ["hr.employee-left"]
    there = missing(have(), ON, whole=False)
    assert [kind for kind, _ in there.events] == ["hr.employee-unassigned"]
    assert there.drift == "unknown-to-hr"


def test_the_same_said_again_is_the_same_event_and_on_another_day_another() -> None:
    said = compared(row(), None, ON, UNITS).events
    assert [each.id for each in events(said, ON)] == [each.id for each in events(said, ON)]
    kind, data = said[0]
    assert event(kind, data, ON).id != event(kind, data, ON + timedelta(1)).id
    assert {each.source for each in events(said, ON)} == {"/snapshot"}


def test_a_row_is_read_by_its_columns_or_named_as_unfit() -> None:
    columns = {"employee": 0, "name": 1, "unit": 2, "employed_since": 3, "unit_since": 4}
    rows: list[list[str | None]] = [
        ["1", "甲", "a", "2024-01-01", None],
        ["2", "", "a"],
        ["3", "丙", "a", "2024-06-01"],
        ["4", "丁", "a", "2024-02-01", "2024-01-01"],
        ["5", "戊", "a", "never"],
        ["6/7", "己", "a"],
        ["8", "庚", "a"],
        ["8", "庚", "a"],
        ["9", "辛", "a"],
        ["9", "辛", "b"],
    ]
    sheet = Sheet(
        ["x"] * 5, [Row(n, [c or None for c in cells]) for n, cells in enumerate(rows, 2)]
    )
    found = [getattr(says, "code", "good") for _, says in _read(sheet, columns, ON)]
    assert found == [
        *("good", "empty-cell", "after-the-list", "in-unit-before-hired", "no-day", "bad-cell"),
        *("good", "twice-in-sheet", "contradicts-itself", "contradicts-itself"),
    ]


# ------------------------------------------------------------------------------------ the law

DAYS = st.integers(1, 20).map(lambda day: date(2024, 5, day))
UNIT = st.sampled_from(["a", "b", "c"])


@st.composite
def histories(draw: st.DrawFn) -> list[HrEvent]:
    """Whatever HR may have said of one person by the other doors, fitting or not."""
    said = []
    for number in range(draw(st.integers(0, 6))):
        kind = draw(
            st.sampled_from(["hired", "assigned", "transferred", "unassigned", "retitled", "left"])
        )
        data: dict[str, object] = {"employee": "1", "on": draw(DAYS).isoformat()}
        if kind == "hired":
            data["name"] = "王小明"
        if kind in ("assigned", "transferred"):
            data["unit"] = draw(UNIT)
        if kind == "transferred":
            data["from_unit"] = draw(UNIT)
        if kind == "retitled":
            data["post"] = draw(st.sampled_from(["钳工", "班长"]))
        envelope = {"specversion": "1.0", "id": str(number), "source": "/hr"}
        said.append(parse(envelope | {"type": f"hr.employee-{kind}", "data": data}))
    return said


@st.composite
def rows_of_a_list(draw: st.DrawFn) -> Listed:
    by_then = st.none() | DAYS.filter(lambda day: day <= ON)
    days = sorted(filter(None, (draw(by_then), draw(by_then))))
    return row(
        draw(st.none() | UNIT),
        post=draw(st.none() | st.just("班长")),
        employed_since=days[0] if days else None,
        unit_since=days[-1] if days else None,
        left_on=draw(st.none() | st.just(ON)) if not days or days[-1] < ON else None,
    )


def placement(days: Timeline, on: date) -> Placement | None:
    """What membership says of the person as of the day (`services/membership/placed.py`)."""
    if not days.employed:
        return None
    work = [
        each for each in days.employed if each.since <= on and (not each.until or on < each.until)
    ]
    ended = [each.until for each in days.employed if each.until and each.until <= on]
    stay = [each for each in days.stays if each.since <= on and (not each.until or on < each.until)]
    before = [each.until for each in days.stays if each.until and each.until <= on]
    return Placement(
        employee="1",
        name="王小明",
        employed_since=work[0].since if work else None,
        left_on=max(ended, default=None) if not work else None,
        unit=stay[0].unit if stay else None,
        post=stay[0].post if stay else None,
        since=stay[0].since if stay else None,
        unplaced_since=max(before, default=None) if not stay else None,
    )


@given(histories(), rows_of_a_list())
@example([], row(None))
def test_after_it_the_roll_is_as_the_list_says_or_hr_contradicts_itself(
    history: list[HrEvent], says: Listed
) -> None:
    """What did not fit before may fit by now, so it is looked at again, as the door does."""
    said, unfit = [*history], timeline(history, UNITS).unfit
    for _ in range(ROUNDS):
        found = compared(says, placement(timeline(said, UNITS), ON), ON, UNITS)
        if found.becomes == "refused":
            return
        said += events(found.events, ON)
    after = timeline(said, UNITS)
    again = compared(says, placement(after, ON), ON, UNITS)
    # Hired and left on one day is a time of no days: of that HR contradicts the list, too.
    left = {each.data.on for each in history if isinstance(each.data, EmployeeLeft)}
    hired = {each.data.on for each in said if isinstance(each.data, EmployeeHired)}
    contradicted = after.unfit or unfit or left & hired
    assert again.becomes == "same" or contradicted, (found, again, after)


@given(histories(), rows_of_a_list())
def test_a_list_changes_nothing_before_what_it_vouches_for(
    history: list[HrEvent], says: Listed
) -> None:
    before = timeline(history, UNITS)
    found = compared(says, placement(before, ON), ON, UNITS)
    after = timeline([*history, *events(found.events, ON)], UNITS)
    first = min((date.fromisoformat(data["on"]) for _, data in found.events), default=ON)

    def there(days: Timeline, day: date) -> tuple[bool, str | None]:
        seen = placement(days, day)
        return bool(seen and seen.employed_since), seen.unit if seen else None

    if not before.unfit:
        for day in (first - timedelta(days=each) for each in range(1, 20)):
            assert there(after, day) == there(before, day)
