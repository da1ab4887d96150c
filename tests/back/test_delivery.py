"""What HR's system receives: each event, signed, until it has it; whatever HR's system does."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.gateway.back.schedule import TRIES
from shared.testing import eventually
from tests.back.conftest import DAY, UNIT, Gate, HrSystem, data_of


def path() -> str:
    return f"/{uuid4().hex}"


async def arrived(hr: HrSystem, where: str, n: int = 1) -> list[dict[str, Any]]:
    """As soon as so many have come."""

    async def enough() -> list[dict[str, Any]]:
        found = await hr.received(where)
        return found if len(found) >= n else []

    found: list[dict[str, Any]] = await eventually(enough)
    return found


async def in_state(gate: Gate, subscription: str, state: str) -> dict[str, Any]:
    async def there() -> dict[str, Any] | None:
        [one] = await gate.deliveries(subscription)
        return one if one["state"] == state else None

    found: dict[str, Any] = await eventually(there)
    return found


async def test_a_completed_course_arrives_as_a_signed_event(gate: Gate, hr: HrSystem) -> None:
    where = path()
    made = await gate.subscribed(hr.url + where)
    person, number = await gate.somebody()
    event = await gate.completed(person, "受限空间作业")
    [one] = await arrived(hr, where)
    told = Webhook(made["secret"]).verify(one["body"], one["headers"])
    assert one["headers"]["content-type"] == "application/cloudevents+json"
    assert one["headers"]["webhook-id"] == told["id"] == str(event)
    assert (told["specversion"], told["type"], told["source"], told["subject"]) == (
        "1.0",
        "tongxin.back.course-completed.v1",
        "/hq/back",
        number,
    )
    assert set(told["data"]) == {"employee", "unit", "on", "course", "title", "result"}
    assert told["data"] | {"course": ""} == {
        "employee": number,
        "unit": UNIT,
        "on": DAY.isoformat(),
        "course": "",
        "title": "受限空间作业",
        "result": "passed",
    }
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 43 + "=").verify(one["body"], one["headers"])
    done = await in_state(gate, made["subscription"], "delivered")
    assert (done["tries"], done["outcome"], done["status"]) == (1, "delivered", 200)


async def test_only_what_was_asked_for_arrives(gate: Gate, hr: HrSystem) -> None:
    courses, members = path(), path()
    await gate.subscribed(hr.url + courses, "course-completed")
    both = await gate.subscribed(hr.url + members, "member-joined")
    person, number = await gate.somebody()
    await gate.joined(person)
    await gate.completed(person)
    [one] = await arrived(hr, members)
    assert data_of(one) == {"employee": number, "unit": UNIT, "on": DAY.isoformat()}
    [course] = await arrived(hr, courses)
    assert data_of(course)["result"] == "passed"
    assert len(await gate.deliveries(both["subscription"])) == 1


async def test_what_happened_before_or_while_it_was_off_is_not_told(
    gate: Gate, hr: HrSystem
) -> None:
    where = path()
    person, _ = await gate.somebody()
    await gate.completed(person, "before")
    made = await gate.subscribed(hr.url + where)
    change = {"subscription": made["subscription"]}
    await gate.done("change", change | {"active": False})
    await gate.completed(person, "while it was off")
    other = await gate.subscribed(hr.url + path())
    await gate.completed(person, "heard by another")
    await in_state(gate, other["subscription"], "delivered")
    await gate.done("change", change | {"active": True})
    await gate.completed(person, "after")
    [one] = await arrived(hr, where)
    assert data_of(one)["title"] == "after"


async def test_what_fails_is_tried_again_under_the_same_id(gate: Gate, hr: HrSystem) -> None:
    where = path()
    await hr.says(
        where, {"status": 500}, {"status": 302, "headers": {"Location": hr.url + "/x"}}, {}
    )
    made = await gate.subscribed(hr.url + where)
    person, _ = await gate.somebody()
    event = await gate.completed(person)
    for tries, outcome in ((1, "status"), (2, "redirect")):
        await arrived(hr, where, tries)

        async def failed(tries: int = tries) -> Any:
            [one] = await gate.deliveries(made["subscription"])
            return one if one["tries"] == tries and one["due_at"] else None

        assert (await eventually(failed))["outcome"] == outcome
        await gate.due_now(made["subscription"])
    found = await arrived(hr, where, 3)
    assert {one["headers"]["webhook-id"] for one in found} == {str(event)}
    assert len({one["body"] for one in found}) == 1
    done = await in_state(gate, made["subscription"], "delivered")
    assert (done["tries"], done["status"]) == (3, 200)
    assert not await hr.received("/x")


async def test_after_the_last_try_it_is_given_up_and_can_be_told_again(
    gate: Gate, hr: HrSystem
) -> None:
    where = path()
    await hr.says(where, {"status": 503})
    made = await gate.subscribed(hr.url + where)
    person, _ = await gate.somebody()
    event = await gate.completed(person)
    for tries in range(1, TRIES + 1):
        await arrived(hr, where, tries)

        async def noted(tries: int = tries) -> bool:
            [one] = await gate.deliveries(made["subscription"])
            return bool(one["tries"] == tries)

        await eventually(noted)
        await gate.due_now(made["subscription"])
    await in_state(gate, made["subscription"], "given-up")
    assert (await gate.subscription(made["subscription"]))["given_up"] == 1
    assert len(await hr.received(where)) == TRIES
    attempts = await gate.admin.fetchval(
        """SELECT count(*) FROM gateway.back_attempt JOIN gateway.back_delivery ON place = delivery
           WHERE subscription = $1""",
        UUID(made["subscription"]),
    )
    assert attempts == TRIES

    await hr.says(where, {})
    again = await gate.done(
        "replay", {"since": DAY.isoformat(), "subscription": made["subscription"]}
    )
    assert again == {"deliveries": 1}
    await in_state(gate, made["subscription"], "delivered")
    one = (await arrived(hr, where, TRIES + 1))[-1]
    assert one["headers"]["webhook-id"] == str(event)
    # What has been delivered is told again by name.
    again = await gate.done("replay", {"event": str(event), "subscription": made["subscription"]})
    assert again == {"deliveries": 1}
    assert len(await arrived(hr, where, TRIES + 2)) == TRIES + 2


async def test_410_switches_it_off(gate: Gate, hr: HrSystem) -> None:
    where = path()
    await hr.says(where, {"status": 410})
    made = await gate.subscribed(hr.url + where)
    person, _ = await gate.somebody()
    await gate.completed(person)
    await in_state(gate, made["subscription"], "given-up")
    seen = await gate.subscription(made["subscription"])
    assert (seen["active"], seen["why_off"]) == (False, "gone")
    await gate.completed(person)
    assert len(await hr.received(where)) == 1
    change = {"subscription": made["subscription"], "active": True}
    await gate.done("change", change)
    seen = await gate.subscription(made["subscription"])
    assert (seen["active"], seen["why_off"]) == (True, None)


async def test_whoever_asks_for_a_pause_gets_one(gate: Gate, hr: HrSystem) -> None:
    where = path()
    await hr.says(where, {"status": 429, "headers": {"Retry-After": "3600"}}, {})
    made = await gate.subscribed(hr.url + where)
    person, _ = await gate.somebody()
    await gate.completed(person)
    await arrived(hr, where)

    async def paused() -> Any:
        return (await gate.subscription(made["subscription"]))["paused_until"]

    await eventually(paused)
    await gate.completed(person)
    await gate.due_now(made["subscription"])
    other = await gate.subscribed(hr.url + path())
    await gate.completed(person)
    await in_state(gate, other["subscription"], "delivered")
    assert len(await hr.received(where)) == 1
    await gate.admin.execute(
        "UPDATE gateway.back_subscription SET paused_until = now() WHERE id = $1",
        UUID(made["subscription"]),
    )
    await gate.due_now(made["subscription"])
    await arrived(hr, where, 4)


async def test_a_receiver_that_hangs_holds_up_nobody_else(gate: Gate, hr: HrSystem) -> None:
    slow, quick = path(), path()
    await hr.says(slow, {"hang": 12})
    await gate.subscribed(hr.url + slow)
    await gate.subscribed(hr.url + quick)
    person, _ = await gate.somebody()
    events = [await gate.completed(person) for _ in range(12)]
    found = await arrived(hr, quick, len(events))
    assert [one["headers"]["webhook-id"] for one in found] == [str(each) for each in events]
    assert len(await hr.received(slow)) == 1  # of one person one after the other


async def test_who_dies_between_sending_and_noting_sends_once_more(
    gate: Gate, hr: HrSystem
) -> None:
    where = path()
    await hr.says(where, {"hang": 5}, {})
    made = await gate.subscribed(hr.url + where)
    person, _ = await gate.somebody()
    event = await gate.completed(person)
    await arrived(hr, where)
    await gate.kill()
    [row] = await gate.admin.fetch(
        "SELECT state, tries FROM gateway.back_delivery WHERE subscription = $1",
        UUID(made["subscription"]),
    )
    assert (row["state"], row["tries"]) == ("pending", 0)
    await gate.admin.execute(  # minutes, if nobody hurries
        "UPDATE gateway.back_delivery SET due_at = now() WHERE subscription = $1",
        UUID(made["subscription"]),
    )
    await gate.start()
    found = await arrived(hr, where, 2)
    assert [one["headers"]["webhook-id"] for one in found] == [str(event)] * 2
    await in_state(gate, made["subscription"], "delivered")


async def test_a_fact_that_is_heard_again_is_told_once(gate: Gate, hr: HrSystem) -> None:
    where = path()
    made = await gate.subscribed(hr.url + where)
    person, _ = await gate.somebody()
    event = await gate.completed(person)
    await in_state(gate, made["subscription"], "delivered")
    # As after an inbox that was restored from a backup: it is heard anew, and is next again.
    await gate.admin.execute(
        "UPDATE views.position SET last = last - 1 WHERE aggregate = $1", gate.about(event)
    )
    await gate.say_again(event)
    after = await gate.completed(person)
    found = await arrived(hr, where, 2)
    assert [one["headers"]["webhook-id"] for one in found] == [str(event), str(after)]


async def test_a_secret_changes_over_without_a_gap(gate: Gate, hr: HrSystem) -> None:
    where = path()
    old = await gate.subscribed(hr.url + where)
    new = await gate.done("rotate", {"subscription": old["subscription"], "overlap_hours": 1})
    person, _ = await gate.somebody()
    await gate.completed(person)
    [one] = await arrived(hr, where)
    assert len(one["headers"]["webhook-signature"].split(" ")) == 2
    for made in (old, new):
        Webhook(made["secret"]).verify(one["body"], one["headers"])
    last = await gate.done("rotate", {"subscription": old["subscription"], "overlap_hours": 0})
    await gate.completed(person)
    one = (await arrived(hr, where, 2))[-1]
    Webhook(last["secret"]).verify(one["body"], one["headers"])
    with pytest.raises(WebhookVerificationError):
        Webhook(new["secret"]).verify(one["body"], one["headers"])


async def test_a_test_says_nothing_of_anybody_and_is_sent_once(gate: Gate, hr: HrSystem) -> None:
    where = path()
    await hr.says(where, {"status": 500})
    made = await gate.subscribed(hr.url + where)
    sent = await gate.done("ping", {"subscription": made["subscription"]})
    [one] = await arrived(hr, where)
    told = Webhook(made["secret"]).verify(one["body"], one["headers"])
    assert (told["id"], told["type"]) == (sent["event"], "tongxin.back.ping.v1")
    assert set(told["data"]) == {"on"}
    assert "subject" not in told
    await in_state(gate, made["subscription"], "given-up")
    assert (await gate.subscription(made["subscription"]))["given_up"] == 0


async def test_no_secret_lies_in_the_clear(gate: Gate, hr: HrSystem) -> None:
    made = await gate.subscribed(hr.url + path())
    changed = await gate.done("rotate", {"subscription": made["subscription"]})
    await gate.done("ping", {"subscription": made["subscription"]})
    await in_state(gate, made["subscription"], "delivered")
    tables = await gate.admin.fetch(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('gateway', 'views')"
    )
    everything = ""
    for schema, table in tables:
        everything += str(await gate.admin.fetch(f"SELECT * FROM {schema}.{table}"))
    logs = await asyncio.to_thread((gate.home.logs / "gateway.log").read_text)
    for secret in (made["secret"], changed["secret"]):
        bare = secret.removeprefix("whsec_")
        assert bare not in everything
        assert bare not in logs
        answers = str(await gate.seen("subscriptions")) + str(await gate.seen("deliveries"))
        assert bare not in answers
