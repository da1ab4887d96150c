"""The audit log tells who was refused and who read what, and a change to it is found."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.cli.audit import site_key
from deploy.local import postgres
from deploy.local.gateway import gateway_session
from services.gateway import seals
from services.gateway.audit import Entry, add, seal, signing_key
from services.gateway.seals import Verified, verified
from shared.calendar import midnight, today
from shared.database import Session, Sessions, raw
from tests.operator.conftest import Operated

LONG_AGO = text(
    "INSERT INTO audit_entry (at, what, subject) VALUES (now() - interval '2h', 'read', 'test')"
)
BODY = "what was asked stands in no log"


async def test_a_refusal_is_on_record_with_who_and_what_and_without_its_body(
    operated: Operated,
) -> None:
    answer = await operated.clients["worker"].post(
        "/api/v1/training/open-course",
        json={"title": BODY, "unit": "demo-qinghe", "starts_on": "2026-09-01", "seats": 5},
    )
    assert answer.status_code == 403
    [entry] = await operated.told("audit", "list", "--account", "worker", "--limit", "1")
    assert (entry["what"], entry["code"]) == ("refused", "forbidden")
    assert entry["subject"] == "POST /api/v1/training/open-course"
    assert entry["trace_id"] == answer.headers["trace-id"]
    assert BODY not in str(await operated.told("audit", "list"))


async def test_who_reads_a_note_is_on_record_before_it_is_told(operated: Operated) -> None:
    officer = operated.clients["officer"]
    seen = (await officer.get("/api/v1/views/visits", params={"state": "made"})).json()
    visit = seen["items"][0]["id"]
    assert (await officer.get("/api/v1/welfare/visit-note", params={"visit": visit})).is_success
    [entry] = await operated.told("audit", "list", "--about", visit)
    assert (entry["account"], entry["what"], entry["subject"]) == (
        "officer",
        "read",
        "welfare.visit-note",
    )
    await operated.admin.execute("ALTER TABLE gateway.audit_entry RENAME TO away")
    try:
        answer = await officer.get("/api/v1/welfare/visit-note", params={"visit": visit})
        assert answer.status_code == 500, "who cannot be put on record is told nothing"
        assert "note" not in answer.json()
    finally:
        await operated.admin.execute("ALTER TABLE gateway.away RENAME TO audit_entry")


async def test_signing_in_is_on_record_and_what_is_no_account_is_not_repeated(
    operated: Operated,
) -> None:
    tries = {"leader": "tongxin-demo", "chair": "wrong", "typed-my-password-here": "wrong"}
    for account, password in tries.items():
        body = {"account": account, "password": password}
        await operated.clients["it"].post("/api/v1/session", json=body)
    found = await operated.told("audit", "list", "--limit", "3")
    assert [(each["account"], each["what"]) for each in found] == [
        (None, "not signed in"),
        ("chair", "not signed in"),
        ("leader", "signed in"),
    ]


@pytest.fixture
async def sealed(operated: Operated) -> AsyncIterator[Session]:
    """A session that may do everything, after an hour was sealed; what it does is taken back."""
    key = signing_key(operated.home.secret("gateway", "seal_key").encode()[:64])
    async with gateway_session(operated.home) as session:
        for _ in range(2):
            for number in range(3):
                await add(session, Entry("read", "test", account="officer", about=str(number)))
            await session.execute(LONG_AGO)
            assert await seal(session, key) >= 4
            assert await seal(session, key) == 0, "what is sealed is sealed"
        await session.commit()
    engine = create_async_engine(postgres.admin_url(operated.home), isolation_level="AUTOCOMMIT")
    async with Sessions(engine)() as session:
        await session.execute(text("SET LOCAL search_path TO gateway"))
        yield session
    await engine.dispose()


async def test_an_untouched_log_is_as_it_was_sealed(operated: Operated, sealed: Session) -> None:
    found = await verified(raw(sealed), site_key(operated.home))
    assert found.broken is None
    assert found.entries >= 8
    assert found.seals >= 2
    told = await operated.told("audit", "verify")
    assert told["broken"] is None
    assert told["entries"] == found.entries


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_entry SET about = uuidv7() WHERE id = (SELECT last - 1 FROM newest)",
        "UPDATE audit_entry SET at = at + interval '1us' WHERE id = (SELECT last FROM newest)",
        "DELETE FROM audit_entry WHERE id = (SELECT last - 1 FROM newest)",
        "UPDATE audit_entry SET id = DEFAULT WHERE id = (SELECT last - 1 FROM newest)",
        "UPDATE audit_seal SET entries = entries - 1 WHERE last = (SELECT last FROM newest)",
        "UPDATE audit_seal SET chain = sha256(chain) WHERE last = (SELECT last FROM newest)",
        "UPDATE audit_seal SET signature = set_byte(signature, 0, get_byte(signature, 0) # 1)",
        "UPDATE audit_name SET name = name || 'x'",
        "DELETE FROM audit_seal WHERE last = (SELECT min(last) FROM audit_seal)",
    ],
)
async def test_a_change_to_what_was_sealed_is_found(
    operated: Operated, sealed: Session, change: str
) -> None:
    await sealed.execute(
        text("CREATE TEMP VIEW newest AS SELECT max(last) AS last FROM audit_seal")
    )
    await sealed.execute(text(change))
    assert (await verified(raw(sealed), site_key(operated.home))).broken


async def test_in_small_pieces_the_same_is_found(
    operated: Operated, sealed: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await verified(raw(sealed), site_key(operated.home))
    monkeypatch.setattr(seals, "AT_ONCE", 1)
    assert await verified(raw(sealed), site_key(operated.home)) == whole


async def test_of_some_days_their_own_seals_are_looked_at(
    operated: Operated, sealed: Session
) -> None:
    """A change before these days is not found in them; one in them is."""
    last = await sealed.scalar(text("SELECT max(last) FROM audit_seal"))
    await sealed.execute(
        text("UPDATE audit_seal SET sealed_at = sealed_at - interval '9 days' WHERE last < :last"),
        {"last": last},
    )
    day, key = midnight(today()), site_key(operated.home)

    async def of_today() -> Verified:
        return await verified(raw(sealed), key, since=day)

    first = await of_today()
    assert (first.seals, first.broken) == (1, None)
    assert (await verified(raw(sealed), key, before=day)).seals >= 1
    await sealed.execute(text("UPDATE audit_entry SET code = 'x' WHERE id = 1"))
    assert await of_today() == first
    await sealed.execute(text("UPDATE audit_entry SET code = 'x' WHERE id = :last"), {"last": last})
    assert (await of_today()).broken
