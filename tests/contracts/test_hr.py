"""HR's language: what is read, what is refused, and what a refusal says."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.hr import (
    DATA,
    MAX_BYTES,
    EmployeeHired,
    HrEvent,
    HrEventInvalid,
    UnitCreated,
    parse,
    parse_lines,
)

HIRED: dict[str, Any] = {
    "employee": "E1",
    "name": "季闻溪",
    "birth_date": "1990-02-03",
    "sex": "F",
    "on": "2021-04-01",
}


def written(type: str = "hr.employee-hired", **changes: Any) -> dict[str, Any]:
    """A whole event; `data__x=…` changes data.x, `…` as a value leaves the field out."""
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": "1",
        "source": "/hr",
        "type": type,
        "time": "2021-04-01T08:00:00+08:00",
        "data": dict(HIRED),
    }
    for name, value in changes.items():
        place, key = (event["data"], name[6:]) if name.startswith("data__") else (event, name)
        if value is ...:
            del place[key]
        else:
            place[key] = value
    return event


def refusal(raw: Any) -> HrEventInvalid:
    with pytest.raises(HrEventInvalid) as caught:
        parse(raw)
    return caught.value


def test_an_event_is_read_and_its_raw_form_is_kept_with_what_we_do_not_know() -> None:
    raw = written(invented=True, data__mood="good")
    for form in (raw, json.dumps(raw), json.dumps(raw, ensure_ascii=False).encode()):
        event = parse(form)
        assert isinstance(event.data, EmployeeHired)
        assert (event.source, event.id, event.subject_key) == ("/hr", "1", "E1")
        assert event.data.on.isoformat() == "2021-04-01"
        assert event.raw == raw
        assert json.loads(event.body) == raw
        assert parse(event.body) == event


@pytest.mark.parametrize(
    ("type", "data", "key"),
    [
        ("hr.unit-created", {"unit": "w1", "name": "一车间", "kind": "workshop"}, "w1"),
        ("hr.unit-renamed", {"unit": "w1", "name": "新一车间"}, "w1"),
        ("hr.unit-moved", {"unit": "w1", "parent": "p2"}, "w1"),
        ("hr.unit-merged", {"unit": "w1", "into": "w2"}, "w1"),
        ("hr.unit-closed", {"unit": "w1"}, "w1"),
        ("hr.employee-assigned", {"unit": "w1", "post": "外操"}, "E1"),
        ("hr.employee-transferred", {"unit": "w1", "from_unit": "w2"}, "E1"),
        ("hr.employee-unassigned", {}, "E1"),
        ("hr.employee-retitled", {"post": "主操"}, "E1"),
        ("hr.employee-left", {}, "E1"),
        ("hr.employee-seconded", {"to": "project", "until": "2021-05-01"}, "E1"),
        ("hr.employee-returned", {}, "E1"),
        ("hr.leave-started", {"kind": "sick"}, "E1"),
        ("hr.leave-ended", {"kind": "sick"}, "E1"),
        ("hr.dismissal-intended", {"reason": "…"}, "E1"),
        ("hr.layoff-intended", {"unit": "w1", "count": 20, "reason": "…"}, "w1"),
    ],
)
def test_every_type_is_read_and_knows_what_it_is_about(
    type: str, data: dict[str, Any], key: str
) -> None:
    raw = written(type)
    raw["data"] = {"employee": "E1", "on": "2021-04-01", "parent": "company", **data}
    event = parse(raw)
    assert isinstance(event.data, DATA[type])
    assert event.subject_key == key


def test_a_unit_needs_a_parent_unless_it_is_the_root() -> None:
    raw = written("hr.unit-created")
    raw["data"] = {"unit": "company", "name": "某公司", "kind": "company"}
    assert isinstance(parse(raw).data, UnitCreated)
    raw["data"]["unit"] = "p1"
    assert "must name a parent" in str(refusal(raw))


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"specversion": "0.3"}, "specversion", "must be 1.0"),
        ({"id": ...}, "id", "is missing"),
        ({"id": ""}, "id", "1 to 255 visible characters"),
        ({"source": "a b"}, "source", "1 to 255 visible characters"),
        ({"time": "2021-04-01T08:00:00"}, "time", "a time with its zone"),
        ({"time": 5}, "time", "a time with its zone"),
        ({"type": "hr.employee-promoted"}, "type", "must be one of hr.unit-created"),
        ({"datacontenttype": "text/xml"}, "datacontenttype", "application/json"),
        ({"data": ...}, "data", "is missing"),
        ({"data": [1]}, "data", "must be an object"),
        ({"data__employee": ...}, "data.employee", "is missing"),
        ({"data__employee": 10001}, "data.employee", "1 to 32 visible characters"),
        ({"data__employee": "E 1"}, "data.employee", "without whitespace or '/'"),
        ({"data__employee": "E/1"}, "data.employee", "without whitespace or '/'"),
        ({"data__employee": "E\u200b1"}, "data.employee", "visible"),
        ({"data__employee": "E" * 33}, "data.employee", "1 to 32"),
        ({"data__name": "  "}, "data.name", "1 to 200 characters"),
        ({"data__name": "字" * 201}, "data.name", "1 to 200 characters"),
        ({"data__on": "1899-12-31"}, "data.on", "from 1900-01-01 to 2200-01-01"),
        ({"data__on": "2200-01-02"}, "data.on", "from 1900-01-01 to 2200-01-01"),
        ({"data__on": "2021-02-30"}, "data.on", "a day"),
        ({"data__on": "20210401"}, "data.on", "a day"),
        ({"data__on": 0}, "data.on", "a day"),
        ({"data__on": None}, "data.on", "a day"),
    ],
)
def test_a_refusal_names_the_field_and_the_rule(
    changes: dict[str, Any], field: str, rule: str
) -> None:
    refused = refusal(written(**changes))
    assert refused.field == field
    assert rule in str(refused)
    assert "\n" not in str(refused)


def test_a_refusal_names_every_field_at_fault_and_repeats_no_value() -> None:
    refused = refusal(written(data__name="季闻溪\n", data__birth_date="3.2.1990", data__on="soon"))
    assert "data.birth_date" in str(refused)
    assert "data.on" in str(refused)
    assert not any(secret in str(refused) for secret in ("季闻溪", "3.2.1990", "soon"))
    assert "季闻溪" not in repr(parse(written()))


def test_a_secondment_cannot_end_before_it_starts() -> None:
    raw = written("hr.employee-seconded", data__to="project", data__until="2021-03-31")
    assert "until before on" in str(refusal(raw))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        "[" * 100_000,
        '{"id": NaN}',
        '{"id": 1e999}',
        r'{"id": "\ud800"}',
        "\ud800",
        written(data__name="\ud800"),
        written(data__extra="\0"),
        written(data__extra=float("inf")),
        written(data__extra={"deep\0": 1}),
    ],
)
def test_what_the_database_could_not_hold_is_refused(raw: bytes | str | dict[str, Any]) -> None:
    assert "event" in str(refusal(raw))


def test_an_event_is_at_most_128_kib() -> None:
    assert parse(written(data__extra="x" * (MAX_BYTES - 1000)))
    assert "128 KiB" in str(refusal(written(data__extra="x" * MAX_BYTES)))


def test_lines_are_numbered_blank_ones_passed_over_and_broken_ones_reported() -> None:
    line = json.dumps(written())
    read = list(parse_lines(["\ufeff" + line, "", "broken", line.encode() + b"\n"]))
    assert [number for number, _ in read] == [1, 3, 4]
    assert isinstance(read[0][1], HrEvent)
    assert isinstance(read[1][1], HrEventInvalid)
    assert read[2][1] == read[0][1]


texts = st.text("a1-字 /\0\n\ud800\u200b", max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@given(
    st.sampled_from(sorted(DATA)),
    st.dictionaries(
        st.sampled_from(["specversion", "id", "source", "type", "time", "data"]), json_values
    ),
    st.dictionaries(st.sampled_from(["employee", "unit", "on", "post", "until"]), json_values),
)
def test_whatever_comes_is_read_or_refused_and_never_anything_else(
    type: str, envelope: dict[str, Any], data: dict[str, Any]
) -> None:
    raw = written(type) | envelope
    if isinstance(raw["data"], dict):
        raw["data"] = raw["data"] | data
    try:
        assert parse(raw).raw
    except HrEventInvalid as refused:
        assert str(refused)  # noqa: PT017 - both ends are right
