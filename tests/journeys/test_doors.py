"""Every door says clearly what is wrong with what came in; none of it is ever a 500."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.journeys.conftest import PEOPLE, PLANT, TEAM, Company, event

GOOD = {"title": "标题", "body": "说明", "category": "safety"}


def problem(answer: httpx.Response, status: int, field: str | None = None) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["detail"]
    assert body["code"]
    if field:
        assert body["field"] == field
    return body


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        (GOOD | {"title": ""}, "title"),
        (GOOD | {"title": "  "}, "title"),
        (GOOD | {"title": "x" * 201}, "title"),
        (GOOD | {"title": "\u0000"}, "title"),
        (GOOD | {"title": 5}, "title"),
        (GOOD | {"category": "gossip"}, "category"),
        (GOOD | {"hidden": "perhaps"}, "hidden"),
        (GOOD | {"hidden": "no"}, "hidden"),
        (GOOD | {"hidden": 0}, "hidden"),
        (GOOD | {"hidden": None}, "hidden"),
        (GOOD | {"hiden": True}, "hiden"),
        ([GOOD], None),
        ("text", None),
    ],
)
async def test_a_malformed_command_names_its_field(
    company: Company, body: Any, field: str | None
) -> None:
    answer = await company.ask("worker", "democracy/submit-proposal", body)
    problem(answer, 422, field)


@pytest.mark.parametrize("on", [0, 1714521600, "0", "1714521600", "2024-5-1", "2024-05-01T00:00"])
async def test_a_day_is_written_as_a_day(company: Company, on: Any) -> None:
    answer = await company.ask("worker", "membership/leave-union", {"on": on})
    problem(answer, 422, "on")


async def test_a_number_is_a_number_and_whole_however_it_is_written(company: Company) -> None:
    course = {"title": "t", "unit": TEAM, "starts_on": "2024-05-01"}
    for seats in ("20", True, 20.5):
        answer = await company.ask("officer", "training/open-course", course | {"seats": seats})
        problem(answer, 422, "seats")
    answer = await company.ask("officer", "training/open-course", course | {"seats": 20.0})
    assert answer.status_code == 201, answer.text


async def test_a_method_that_is_not_there_is_told_those_that_are(company: Company) -> None:
    answer = await company.client.put("/api/v1/democracy/submit-proposal")
    problem(answer, 405)
    assert answer.headers["allow"] == "POST"
    answer = await company.client.get("/api/v1/session")
    problem(answer, 405)
    assert answer.headers["allow"] == "DELETE, POST"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"null", b"[" * 4_000])
async def test_what_is_no_json_is_malformed(company: Company, body: bytes) -> None:
    for what in ("democracy/submit-proposal", "session"):
        answer = await company.client.post(
            f"/api/v1/{what}", content=body, headers=company.bearer("worker")
        )
        problem(answer, 422)


async def test_a_body_that_is_too_large_is_refused_announced_or_not(company: Company) -> None:
    large = json.dumps(GOOD | {"body": "x" * 131_072}).encode()

    async def trickle() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 16_384):
            yield large[start : start + 16_384]

    for content in (large, trickle()):
        answer = await company.client.post(
            "/api/v1/democracy/submit-proposal", content=content, headers=company.bearer("worker")
        )
        problem(answer, 413)
    answer = await company.client.post(
        "/hooks/hr",
        content=b"[" + b" " * 131_072 + b"]",
        headers=company.bearer("hr") | {"Content-Type": "application/cloudevents-batch+json"},
    )
    problem(answer, 413)


@pytest.mark.parametrize("key", ["", "with space", "x" * 256, "ümlaut"])
async def test_a_key_that_is_none_is_named(company: Company, key: str) -> None:
    headers = company.bearer("worker") | {"Idempotency-Key": key}
    raw = {name.encode(): value.encode() for name, value in headers.items()}
    answer = await company.client.post("/api/v1/democracy/submit-proposal", json=GOOD, headers=raw)
    problem(answer, 422, "Idempotency-Key")


@pytest.mark.parametrize(
    ("view", "query", "field"),
    [
        ("views/proposals", {"limit": "0"}, "limit"),
        ("views/proposals", {"limit": "201"}, "limit"),
        ("views/proposals", {"limit": "many"}, "limit"),
        ("views/proposals", {"cursor": "nonsense"}, "cursor"),
        ("views/proposals", {"q": "\u0000"}, "q"),
        ("views/proposals", {"unit": "a\u0000"}, "unit"),
        ("views/proposals", {"colour": "red"}, "colour"),
        ("views/person", {}, "employee"),
        ("views/person", {"employee": "a b"}, "employee"),
        ("views/plant", {"unit": PLANT, "on": "yesterday"}, "on"),
        ("views/plant", {"unit": PLANT, "on": "1800-01-01"}, "on"),
        ("membership/heads", {}, "on"),
        ("membership/heads", {"on": "2024-02-30"}, "on"),
        ("membership/heads", {"on": "0"}, "on"),
        ("membership/heads", {"on": "1714521600"}, "on"),
        ("views/plant", {"unit": PLANT, "on": "2024-05-01T00:00:00"}, "on"),
        ("membership/profile", {"employee": "a/b"}, "employee"),
        ("membership/unfit", {"limit": "-1"}, "limit"),
    ],
)
async def test_a_malformed_query_names_its_field(
    company: Company, view: str, query: dict[str, str], field: str
) -> None:
    problem(await company.get("officer", view, **query), 422, field)


async def test_who_does_not_say_who_they_are_is_asked_to(company: Company) -> None:
    for headers in ({}, {"Authorization": "Basic x"}, {"Authorization": "Bearer nobody"}):
        for path in ("/api/v1/views/proposals", "/api/v1/membership/heads?on=2024-01-01"):
            answer = await company.client.get(path, headers=headers)
            problem(answer, 401)
            assert "www-authenticate" in answer.headers
        answer = await company.client.post("/hooks/hr", json={}, headers=headers)
        problem(answer, 401)
        answer = await company.client.post(
            "/api/v1/democracy/submit-proposal", json=GOOD, headers=headers
        )
        problem(answer, 401)


@pytest.mark.parametrize(
    ("who", "view", "query"),
    [
        ("worker", "views/person", {"employee": PEOPLE["mate"]}),
        ("manager", "views/person", {"employee": PEOPLE["mate"]}),
        ("worker", "views/person", {"employee": "J-none"}),
        ("worker", "views/plant", {"unit": PLANT}),
        ("manager", "views/plant", {"unit": "company"}),
        ("worker", "membership/heads", {"on": "2024-01-01"}),
        ("manager", "membership/heads", {"on": "2024-01-01"}),
        ("worker", "membership/unfit", {}),
        ("worker", "membership/profile", {"employee": PEOPLE["mate"]}),
    ],
)
async def test_what_is_not_ones_business_is_forbidden(
    company: Company, who: str, view: str, query: dict[str, str]
) -> None:
    problem(await company.get(who, view, **query), 403)


async def test_what_is_not_there_is_named(company: Company) -> None:
    problem(await company.get("officer", "views/person", employee="J-none"), 404)
    problem(await company.get("officer", "views/plant", unit="j-none"), 404)
    problem(await company.get("officer", "views/gossip"), 404)
    problem(await company.get("officer", "democracy/submit-proposal"), 405)
    for what in ("support-proposal", "answer-proposal"):
        body = {"proposal": "01a2082a-5b86-745c-97fe-b943daac0914"}
        more = {"decision": "adopted", "reasons": "x"} if what == "answer-proposal" else {}
        found = problem(await company.ask("director", f"democracy/{what}", body | more), 409)
        assert found["code"] == "unknown-proposal"
    body = {"employee": "J-none", "role": "leader", "unit": TEAM}
    found = problem(await company.ask("it", "membership/appoint-post", body), 409, "employee")
    assert found["code"] == "unknown-employee"


async def test_only_hr_feeds(company: Company) -> None:
    for who in ("worker", "officer", "it"):
        answer = await company.client.post("/hooks/hr", json={}, headers=company.bearer(who))
        problem(answer, 403)


async def test_hr_speaks_in_three_modes_and_every_other_is_refused(company: Company) -> None:
    hired = event("employee-hired", employee="J90", name="某", on="2024-05-01")
    bearer = company.bearer("hr")
    structured = {"Content-Type": "application/cloudevents+json; charset=utf-8"}
    answer = await company.client.post(
        "/hooks/hr", content=json.dumps(hired), headers=bearer | structured
    )
    assert (answer.status_code, answer.json()) == (200, {"kept": 1, "heard": True})
    binary = {f"ce-{k}": v for k, v in hired.items() if k != "data"} | {"ce-id": "binary-1"}
    answer = await company.client.post("/hooks/hr", json=hired["data"], headers=bearer | binary)
    assert answer.status_code == 200, answer.text
    assert (await company.feed()).json() == {"kept": 0, "heard": True}
    problem(await company.client.post("/hooks/hr", json=hired, headers=bearer), 415)


async def test_an_event_in_binary_mode_is_the_same_as_in_structured_mode(company: Company) -> None:
    """Its attributes are percent-encoded, or quoted, in headers: were they kept like that, it would
    be another event of HR's, with an identity of its own."""
    hired = event("employee-hired", employee="J95", name="某", on="2024-07-01")
    hired |= {"source": "/hr/审", "id": 'j95-"20%"'}
    assert (await company.feed(hired)).json() == {"kept": 1, "heard": True}
    started = event("employee-assigned", employee="J95", unit=TEAM, on="2024-07-01")
    other = hired["data"] | {"name": "另一个名字"}
    for source, id in (
        ("/hr/%E5%AE%A1", "j95-%2220%25%22"),
        ("/hr/%e5%ae%a1", r'"j95-\"20%25\""'),
    ):
        headers = {"ce-specversion": "1.0", "ce-type": "hr.employee-hired"}
        headers |= {"ce-source": source, "ce-id": id} | company.bearer("hr")
        answer = await company.client.post("/hooks/hr", json=other, headers=headers)
        assert answer.status_code == 200, answer.text
    await company.feed(started)
    heard = (await company.get("officer", "membership/unfit", employee="J95")).json()["events"]
    assert {each["reason"] for each in heard} == {"id-used-twice"}, heard
    own = (await company.get("officer", "membership/profile", employee="J95")).json()
    assert own["name"] == "某"


@pytest.mark.parametrize("source", [b"/hr/%FF", "/hr/审".encode(), b"/hr/%E5%AE"])
async def test_a_header_that_is_no_text_is_named(company: Company, source: bytes) -> None:
    hired = event("employee-hired", employee="J96", name="某", on="2024-05-01")
    said = {f"ce-{name}": str(hired[name]) for name in hired if name != "data"}
    headers = httpx.Headers(company.bearer("hr") | said).raw
    sent = [(name, source if name == b"ce-source" else value) for name, value in headers]
    answer = await company.client.post("/hooks/hr", json=hired["data"], headers=sent)
    problem(answer, 422, "ce-source")


@pytest.mark.parametrize(
    "known", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2200-01-01T00:00:00Z"]
)
@pytest.mark.parametrize("what", ["roll", "heads", "posts"])
async def test_a_moment_that_none_can_mean_is_named(
    company: Company, what: str, known: str
) -> None:
    place = {"on": "2024-05-01"} if what == "heads" else {"unit": PLANT}
    who = "it" if what == "posts" else "officer"
    asked = place | {"known": known}
    problem(await company.get(who, f"membership/{what}", **asked), 422, "known")
    for edge in ("1900-01-01T00:00:00+14:00", "2199-12-31T23:59:59-14:00"):
        answer = await company.get(who, f"membership/{what}", **(asked | {"known": edge}))
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "body", [b"136", b"true", b"null", b'"text"', b'["text"]', b'"{}"', b"[[]]", b"[" * 100_000]
)
async def test_what_is_no_event_is_malformed_in_every_mode(company: Company, body: bytes) -> None:
    for mode in ("application/cloudevents+json", "application/cloudevents-batch+json"):
        headers = company.bearer("hr") | {"Content-Type": mode}
        problem(await company.client.post("/hooks/hr", content=body, headers=headers), 422)
    binary = company.bearer("hr") | {"Content-Type": "application/json", "ce-type": "hr.x"}
    problem(await company.client.post("/hooks/hr", content=body, headers=binary), 422)


async def test_a_batch_with_one_bad_event_is_refused_whole(company: Company) -> None:
    good = event("employee-hired", employee="J91", name="某", on="2024-05-01")
    bad = event("employee-hired", employee="J92", name="某", on="someday")
    body = problem(await company.feed(good, bad), 422, "1.data.on")
    assert body["detail"].startswith("event 2: data.on")
    assert "某" not in body["detail"]
    problem(await company.get("officer", "membership/profile", employee="J91"), 404)


async def test_a_session_begins_with_a_password_and_ends_when_it_is_told(
    company: Company,
) -> None:
    body = {"account": "j-hr", "password": "a long password"}
    begun = await company.client.post("/api/v1/session", json=body)
    assert begun.status_code == 201
    bearer = {"Authorization": f"Bearer {begun.json()['token']}"}
    assert (await company.client.get("/api/v1/views/proposals", headers=bearer)).status_code == 200
    assert (await company.client.delete("/api/v1/session", headers=bearer)).status_code == 204
    problem(await company.client.get("/api/v1/views/proposals", headers=bearer), 401)
    for wrong in (body | {"password": "another"}, body | {"account": "nobody"}):
        found = problem(await company.client.post("/api/v1/session", json=wrong), 401)
        assert found["code"] == "wrong-password"
    # An account without a password has no door here.
    answer = await company.client.post("/api/v1/session", json=body | {"account": "j-worker"})
    problem(answer, 401)
