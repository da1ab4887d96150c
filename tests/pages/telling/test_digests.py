"""A digest a person and period, once only, none of them empty; with real servers at both ends."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from services.gateway.telling.clock import Clock
from services.gateway.telling.digests import BATCH, Digest, digest_of, keep_digest
from services.gateway.telling.following import follower_of
from shared.database import sql
from shared.sealing import encrypt
from shared.testing import eventually
from tests.pages.conftest import TEAM, WORKER, Plant, told
from tests.pages.telling.conftest import Chat, Gateway, Mail
from tests.pages.test_courses import opened

ME, MINE = "pages-worker", "wang-xiaoming"
LEAVER = "PG097"
SECRETIVE = "绝密词 canary"


async def wants(gateway: Gateway, account: str, address: str | None, language: str = "en") -> None:
    async with gateway.site.sessions() as session:
        await keep_digest(account, "day", 8, language, address, session)
        await session.commit()


async def own(gateway: Gateway, account: str = ME) -> Digest:
    async with gateway.site.sessions() as session:
        found = await digest_of(account, session)
    assert found
    return found


async def answered(plant: Plant, title: str) -> str:
    id = await plant.propose(title, body=SECRETIVE)
    given = {"proposal": id, "decision": "adopted", "reasons": SECRETIVE}
    await plant.say("pages-manager", "democracy/answer-proposal", given)
    return id


@pytest.fixture
async def gateway(gateway: Gateway, chat: Chat) -> Gateway:
    """With a chat, and the worker wants a digest."""
    gateway.channel(chat.template)
    await wants(gateway, ME, MINE)
    return gateway


async def test_a_digest_counts_what_is_new_and_quotes_nothing(
    gateway: Gateway, chat: Chat, plant: Plant
) -> None:
    await answered(plant, f"甲 {SECRETIVE}")
    await answered(plant, f"乙 {SECRETIVE}")
    course = await opened(plant, f"课 {SECRETIVE}", days=-2)
    await plant.say("pages-officer", "training/enrol", {"course": course, "employee": WORKER})
    await gateway.due(ME)
    await gateway.said("UPDATE digest SET told_until = now() - interval '5 minutes'")
    await gateway.tick()
    [message] = chat.of(MINE)
    text = message["title"] + message["message"]
    assert "proposals of yours or that you follow were answered." in text
    assert "You were given a seat in" in text
    url = gateway.site.settings.url
    assert f"Read it here: {url}/\n" in text
    assert f"stop it here: {url}/account/messages" in text
    for secret in (SECRETIVE, "canary", WORKER, ME):
        assert secret not in text
    digest = await own(gateway)
    assert digest.sent_at
    assert digest.due_at > datetime.now(UTC)


async def test_it_comes_once_whoever_looks_however_often_and_after_a_restart(
    gateway: Gateway, gateways: Callable[[], Gateway], chat: Chat, plant: Plant
) -> None:
    await answered(plant, "一次 once")
    await gateway.due(ME)
    other = gateways()
    await asyncio.gather(gateway.tick(), other.tick(), Clock(gateway.site).tick())
    await gateways().tick()
    assert len(chat.of(MINE)) == 1
    await gateway.due(ME)
    await gateway.said("UPDATE digest SET told_until = now()")
    await gateway.tick()
    assert len(chat.of(MINE)) == 1, "what was told is not new again"


async def test_after_days_of_downtime_there_is_one_and_not_one_a_day(
    gateway: Gateway, chat: Chat, plant: Plant
) -> None:
    await answered(plant, "停机 downtime")
    await gateway.due(ME, ago=timedelta(days=9))
    await gateway.tick()
    await gateway.tick()
    assert len(chat.of(MINE)) == 1
    assert (await own(gateway)).due_at > datetime.now(UTC)


async def test_none_is_empty_and_what_was_read_at_home_is_not_sent(
    gateway: Gateway, chat: Chat, plant: Plant
) -> None:
    await answered(plant, "读过 read")
    await gateway.due(ME)
    await gateway.said(
        "INSERT INTO news_seen VALUES (:me, now())"
        " ON CONFLICT (account) DO UPDATE SET seen_until = now()",
        me=ME,
    )
    await gateway.tick()
    assert not chat.got
    digest = await own(gateway)
    assert digest.due_at > datetime.now(UTC)
    assert digest.sent_at is None


async def test_a_gateway_that_dies_while_sending_repeats_that_message_at_most(
    gateway: Gateway, gateways: Callable[[], Gateway], chat: Chat, plant: Plant
) -> None:
    await answered(plant, "断电 dies")
    await gateway.due(ME)
    chat.opened.clear()
    dying = asyncio.create_task(gateway.tick())

    async def has_come() -> bool:
        return bool(chat.got)

    await eventually(has_come, seconds=20)
    dying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dying
    chat.opened.set()
    await gateways().tick()
    assert len(chat.of(MINE)) == 1, "it is taken: nobody knows what became of it"
    await gateway.said("UPDATE digest SET taken_until = now()")
    await gateways().tick()
    await gateways().tick()
    assert len(chat.of(MINE)) == 2


async def test_what_does_not_get_through_is_tried_later_loses_nothing_and_is_told(
    gateway: Gateway, chat: Chat, plant: Plant
) -> None:
    await answered(plant, "不通 away")
    await gateway.due(ME)
    chat.status = 500
    async with await gateway.browser(ME) as browser:
        tries = []
        for _ in range(4):
            await gateway.tick()
            digest = await own(gateway)
            assert digest.failing_since
            tries.append(digest.due_at)
            assert "消息发不到您这里" in (await browser.get("/account/messages")).text
            await gateway.said("UPDATE digest SET due_at = now()")
        assert tries == sorted(tries)
        assert tries[0] < datetime.now(UTC) + timedelta(minutes=16)
        assert tries[-1] > datetime.now(UTC) + timedelta(hours=2)
        assert len(chat.of(MINE)) == 4
        chat.status = 200
        await gateway.tick()
        assert (await own(gateway)).failing_since is None
        assert "消息发不到您这里" not in (await browser.get("/account/messages")).text
    assert "answered" in chat.of(MINE)[-1]["message"]


async def test_without_a_channel_nothing_is_asked_and_with_another_the_address_must_fit(
    gateway: Gateway, chat: Chat, plant: Plant
) -> None:
    await answered(plant, "换通道 channel")
    await gateway.due(ME)
    gateway.channel(None)
    async with counted(gateway) as said:
        await gateway.tick()
    assert not said
    gateway.channel(chat.template.replace("{address}", "{employee}"))
    await gateway.tick()
    assert len(chat.of(WORKER)) == 1
    gateway.channel("mailto://127.0.0.1:1?from=a@b.example&to={address}")
    await gateway.due(ME)
    await gateway.tick()
    assert (await own(gateway)).failing_since, "that is no address of a mail"


async def test_a_person_has_one_and_gets_it_in_the_language_that_was_chosen(
    gateway: Gateway, mail: Mail, plant: Plant
) -> None:
    gateway.channel(mail.template)
    await gateway.said(
        "INSERT INTO account (name, employee) VALUES ('told-second', :me)", me=WORKER
    )
    try:
        await wants(gateway, "told-second", "wang@company.example", "zh-CN")
        assert await gateway.said("SELECT count(*) FROM digest WHERE account = :me", me=ME) == 0
        await answered(plant, "中文 chinese")
        await gateway.due("told-second")
        await gateway.tick()
        [(to, message)] = mail.got
        assert to == "wang@company.example"
        assert message["subject"] == "同心：您有新消息"
        assert "件已答复。" in mail.text()
    finally:
        await gateway.said("DELETE FROM account WHERE name = 'told-second'")


async def test_whoever_is_shut_out_is_told_nothing(
    gateway: Gateway, chat: Chat, plant: Plant
) -> None:
    await answered(plant, "离开 left")
    await gateway.said("UPDATE account SET active = false WHERE name = :me", me=ME)
    try:
        await gateway.due(ME)
        await gateway.tick()
    finally:
        await gateway.said("UPDATE account SET active = true WHERE name = :me", me=ME)
    assert not chat.got


async def test_whoever_has_left_is_told_nothing_and_their_address_is_forgotten(
    gateway: Gateway, chat: Chat, plant: Plant
) -> None:
    hired = {"employee": LEAVER, "on": "2024-01-08"}
    await hr(
        plant,
        told(295, "employee-hired", name="周去职", **hired),
        told(296, "employee-assigned", unit=TEAM, **hired),
    )
    await gateway.said("INSERT INTO account (name, employee) VALUES ('told-leaver', :e)", e=LEAVER)
    try:
        await wants(gateway, "told-leaver", "zhou")
        await opened(plant, "去职者的课 leaver", days=4)
        await gateway.due("told-leaver")
        await gateway.tick()
        assert len(chat.of("zhou")) == 1
        await hr(plant, told(297, "employee-left", employee=LEAVER, on="2024-02-01"))

        async def has_left() -> bool:
            ended = "SELECT upper(employed) < now() FROM person WHERE employee = :e"
            return bool(await gateway.said(ended, e=LEAVER))

        await eventually(has_left, seconds=10)
        await gateway.due("told-leaver")
        await gateway.tick()
        kept = "SELECT count(*) FROM digest WHERE account = 'told-leaver'"
        assert await gateway.said(kept) == 0
        assert len(chat.of("zhou")) == 1
    finally:
        await gateway.said("DELETE FROM account WHERE name = 'told-leaver'")


async def hr(plant: Plant, *events: dict[str, Any]) -> None:
    kind = {"Content-Type": "application/cloudevents+json"}
    bearer = {"Authorization": f"Bearer {plant.tokens['pages-hr']}"}
    async with httpx.AsyncClient(base_url=plant.url, timeout=30) as client:
        for each in events:
            answer = await client.post("/hooks/hr", json=each, headers=kind | bearer)
            assert answer.status_code < 300, answer.text


@asynccontextmanager
async def counted(gateway: Gateway) -> AsyncIterator[list[str]]:
    """The statements of this gateway meanwhile."""
    said: list[str] = []
    engine = gateway.site.engine.sync_engine

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


MANY, WITH_NEWS = 10_000, 20


@pytest.fixture
async def many(gateway: Gateway, plant: Plant) -> AsyncIterator[None]:
    """Ten thousand accounts that want a digest and follow something; it is new for a few."""
    old, new = await plant.propose("旧 old"), await plant.propose("新 new")
    key = gateway.site.key_for("following")
    names = [f"told-{number:05}" for number in range(MANY)]
    given = {
        "names": names,
        "followers": [follower_of(key, name) for name in names],
        "proposals": [new if number % (MANY // WITH_NEWS) == 7 else old for number in range(MANY)],
    }
    async with gateway.site.sessions() as session:
        await session.execute(
            sql("INSERT INTO account (name) SELECT unnest(CAST(:names AS text[]))"), given
        )
        await session.execute(
            sql("""
                INSERT INTO digest (account, every, hour, language, due_at, told_until)
                SELECT unnest(CAST(:names AS text[])), 'day', 8, 'en', now(), now()
            """),
            given,
        )
        await session.execute(
            sql("""
                INSERT INTO follow (follower, proposal, known_until)
                SELECT *, now() FROM
                    unnest(CAST(:followers AS bytea[]), CAST(:proposals AS uuid[])) AS one
            """),
            given,
        )
        await session.commit()
    reasons = {"proposal": new, "decision": "declined", "reasons": "不行"}
    await plant.say("pages-manager", "democracy/answer-proposal", reasons)
    yield
    await gateway.said("DELETE FROM account WHERE name LIKE 'told-%'")


async def test_ten_thousand_people_cost_a_few_statements_a_batch(
    gateway: Gateway, chat: Chat, many: None
) -> None:
    gateway.channel(f"json://127.0.0.1:{chat.port}/to/{{address}}")
    async with gateway.site.sessions() as session:
        rows = (await session.execute(sql("SELECT account FROM digest"))).scalars().all()
        await session.execute(
            sql("""
                UPDATE digest SET address = given.address
                FROM unnest(CAST(:names AS text[]), CAST(:addresses AS bytea[]))
                    AS given (name, address) WHERE account = name
            """),
            {
                "names": rows,
                "addresses": [encrypt(session, name, "digest", name) for name in rows],
            },
        )
        await session.commit()
    await gateway.due(ME)
    async with counted(gateway) as said:
        await gateway.tick()
    assert len({path for path, _ in chat.got if path.startswith("/to/told-")}) == WITH_NEWS
    left = await gateway.said("SELECT count(*) FROM digest WHERE due_at <= now()")
    assert left == 0
    batches = MANY // BATCH + 1
    assert len(said) <= 3 * batches + WITH_NEWS + 1, len(said)
