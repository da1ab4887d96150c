"""One act of a person is one trace, from the door to the last view, and no word of it is in it."""

import json
from uuid import uuid4

from sqlalchemy import text

from deploy.local.demo import ACCOUNTS
from deploy.local.gateway import gateway_session
from shared.testing import eventually
from tests.telemetry.conftest import Watched
from tests.telemetry.receiver import Seen

PLANTED = "这句话只许留在提案里 a sentence that stays in the proposal"
ASKED, STATED = "democracy.submit-proposal", "democracy.proposal-submitted"
DOOR = ("gateway", "server", f"POST /api/v1/{ASKED.replace('.', '/')}")
ASKING = ("gateway", "client", ASKED)
DECIDING = ("democracy", "server", ASKED)
RELAYING = ("democracy", "producer", STATED)
SHOWING = ("gateway", "consumer", STATED)


async def submit(watched: Watched, category: str = "safety") -> tuple[dict[str, str], str]:
    """Submits as a caller who is traced: a span of that caller, and the trace."""
    trace, caller = uuid4().hex, uuid4().hex[:16]
    answer = await watched.ask(
        "worker",
        "democracy/submit-proposal",
        {"title": PLANTED, "body": PLANTED, "category": category},
        traceparent=f"00-{trace}-{caller}-01",
    )
    return {"caller": caller, "status": str(answer.status_code)} | dict(answer.headers), trace


async def spans_of(watched: Watched, trace: str, *wanted: tuple[str, str, str]) -> list[Seen]:
    """All spans of a trace, once these have arrived."""

    def there() -> list[Seen] | None:
        found = watched.received.of(trace)
        missing = set(wanted) - {span.place for span in found}
        assert not missing, missing
        return found

    found: list[Seen] = await eventually(there)
    return found


async def test_a_submitted_proposal_is_one_trace_from_the_door_to_the_view(
    watched: Watched,
) -> None:
    said, trace = await submit(watched)
    assert (said["status"], said["trace-id"]) == ("201", trace)
    found = await spans_of(watched, trace, DOOR, ASKING, DECIDING, RELAYING, SHOWING)
    by_place = {span.place: span for span in found}
    assert len(by_place) == len(found), "each hop is one span"
    parents = {span.id: span.place for span in found}
    assert by_place[DOOR].parent == said["caller"]
    assert parents[by_place[ASKING].parent] == DOOR
    assert parents[by_place[DECIDING].parent] == ASKING
    assert parents[by_place[RELAYING].parent] == DECIDING
    consumers = [span for span in found if span.kind == "consumer"]
    assert {parents[span.parent] for span in consumers} == {DECIDING}


async def test_a_span_says_whose_it_is_and_how_it_ended(watched: Watched) -> None:
    _, trace = await submit(watched)
    for span in await spans_of(watched, trace, DOOR, DECIDING, SHOWING):
        assert span.resource["service.namespace"] == "tongxin"
        assert span.resource["tongxin.site"] == "hq"
        assert not span.failed
        if span.place == DOOR:
            assert span.attributes == {
                "http.request.method": "POST",
                "http.route": "/api/v1/democracy/submit-proposal",
                "http.response.status_code": "201",
            }
        elif span.place == DECIDING:
            assert span.attributes == {"tongxin.outcome": "accepted"}
        else:
            assert span.attributes == {}


async def test_a_refusal_is_an_outcome_and_no_failure(watched: Watched) -> None:
    said, trace = await submit(watched, "no such category")
    assert said["status"] == "422"
    (door,) = await spans_of(watched, trace, DOOR)
    assert door.attributes["http.response.status_code"] == "422"
    assert not door.failed

    trace = uuid4().hex
    body = {"proposal": str(uuid4())}
    await watched.ask(
        "officer",
        "democracy/support-proposal",
        body,
        traceparent=f"00-{trace}-00f067aa0ba902b7-01",
    )
    deciding = ("democracy", "server", "democracy.support-proposal")
    found = {span.place: span for span in await spans_of(watched, trace, deciding)}
    assert found[deciding].attributes == {"tongxin.outcome": "refused"}
    assert not found[deciding].failed


async def test_an_event_of_hr_is_followed_to_the_views(watched: Watched) -> None:
    def all_the_way() -> bool:
        spans = watched.received.spans
        hearing = {span.id: span for span in spans if span.name == "hear HR"}
        states = [span for span in spans if span.name == "membership.person-placed"]
        return any(
            span.place[:2] == ("gateway", "consumer")
            and hearing[span.parent].place[:2] == ("membership", "consumer")
            for span in states
            if span.parent in hearing
        )

    await eventually(all_the_way)


async def test_no_span_holds_a_person_or_a_word(watched: Watched) -> None:
    _, trace = await submit(watched)
    await watched.client.get(f"{watched.home.url}/proposals?q={PLANTED}")
    await watched.client.get(f"{watched.home.url}/no/such/{PLANTED}")
    await spans_of(watched, trace, DOOR, ASKING, DECIDING, RELAYING, SHOWING)
    words = [PLANTED, PLANTED[:6], *watched.tokens.values()]
    words += [account.employee for account in ACCOUNTS]
    async with gateway_session(watched.home) as session:
        words += [str(id) for id in await session.scalars(text("SELECT id FROM person"))]
    found = [word for word in words if word.encode() in watched.received.raw]
    assert found == []


async def test_the_log_lines_of_a_command_carry_the_id_of_its_trace(watched: Watched) -> None:
    _, trace = await submit(watched)

    def the_line(service: str) -> dict[str, object]:
        log = (watched.home.logs / f"{service}.log").read_text()
        (line,) = [json.loads(line) for line in log.splitlines() if trace in line]
        found: dict[str, object] = line
        return found

    request = await eventually(lambda: the_line("gateway"))
    assert (request["event"], request["status"], request["trace_id"]) == ("request", 201, trace)
    answered = await eventually(lambda: the_line("democracy"))
    assert (answered["event"], answered["service"]) == ("answered", "democracy")
    assert answered["trace_id"] == trace
