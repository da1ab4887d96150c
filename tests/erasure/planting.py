"""Somebody unmistakable, brought in through every door there is."""

import json
from uuid import uuid4

import httpx
from sqlalchemy import text

from deploy.local.gateway import gateway_session
from services.gateway.accounts import begin_session
from services.gateway.back.lanes import STREAM
from shared.broker import connect
from shared.testing import eventually
from tests.erasure.by_others import by_others
from tests.erasure.by_sheets import by_sheets
from tests.erasure.planted import (
    ACCOUNT,
    HISTORY,
    LEFT,
    NAME,
    NUMBER,
    SAID_OF,
    TITLE,
    WORDS,
    Planted,
    said,
)
from tests.operator.conftest import Operated
from tests.running import client_of


async def plant(operated: Operated) -> Planted:
    code, _, errors = await operated.run(
        "account", "add", ACCOUNT, "--employee", NUMBER, typed="a long enough password\n"
    )
    assert code == 0, errors
    planted = Planted(operated, httpx.AsyncClient())
    await planted.feed(*HISTORY)
    async with gateway_session(operated.home) as session:
        await session.execute(
            text("UPDATE account SET must_change = false WHERE name = :name"), {"name": ACCOUNT}
        )
        token, _ = await begin_session(session, ACCOUNT, agent=f"{NAME}'s browser")
        await session.commit()
    planted.own = client_of(operated.home, token)
    told = {"subscription": str(STREAM), "kinds": ["course-completed", "member-joined"]}
    await planted.ask("hr", "back/change", told | {"active": True}, status=204)
    await _own_words(planted)
    await by_others(planted)
    await by_sheets(planted)
    await _at_the_account(planted)
    await _looked_at(planted)
    await _put_aside(planted)
    await planted.feed(*LEFT)
    return planted


async def _own_words(planted: Planted) -> None:
    for more in ({}, {"hidden": True}, {"category": "training"}):
        body = {"title": TITLE, "body": WORDS, "category": "safety"} | more
        made = await planted.ask("own", "democracy/submit-proposal", body)
        planted.proposals.append(made["id"])
    listed = await planted.get("own", "views/proposals", state="open", limit=50)
    liked = next(each["id"] for each in listed["items"] if each["title"] != TITLE)
    await planted.ask("own", "democracy/support-proposal", {"proposal": liked})
    await planted.ask("own", "membership/join-union", {"consent": True})
    async with gateway_session(planted.home) as session:
        for proposal in planted.proposals:
            file = await session.scalar(
                text("""
                    INSERT INTO file (proposal, part, name, shows, kind, size, sha256)
                    VALUES (:proposal, 'matter', :name, 'x', 'image/png', 0, :digest) RETURNING id
                """),
                {"proposal": proposal, "name": f"{NUMBER}.png", "digest": b"0" * 32},
            )
            await session.execute(
                text("INSERT INTO file_piece VALUES (:file, 0, :bytes)"),
                {"file": file, "bytes": NAME.encode()},
            )
        await session.commit()


async def _at_the_account(planted: Planted) -> None:
    """What hangs on it, as a kiosk, messages by mail and another browser leave it."""
    async with gateway_session(planted.home) as session:
        await begin_session(session, ACCOUNT, kind="kiosk")
        for statement in (
            "INSERT INTO known_browser (token_hash, account) VALUES ('x', :name)",
            "INSERT INTO news_seen VALUES (:name, now()) ON CONFLICT DO NOTHING",
            """
            INSERT INTO digest (account, every, hour, language, due_at, told_until)
            VALUES (:name, 'week', 8, 'zh-CN', now() + interval '9 days', now())
            """,
            """
            INSERT INTO digest_asked (account, every, hour, language, address, code, expires_at)
            VALUES (:name, 'week', 8, 'zh-CN', 'x', 'x', now() + interval '1 hour')
            """,
        ):
            await session.execute(text(statement), {"name": ACCOUNT})
        await session.commit()


async def _looked_at(planted: Planted) -> None:
    """By pages with the number in their addresses, and by some that are refused."""
    here = f"/people/{NUMBER}"
    async with planted.browser("officer") as officer:
        for path in (here, f"{here}/record", f"{here}/lapse", f"{here}/erasure", f"/desk/{NUMBER}"):
            assert (await officer.get(path)).status_code == 200, path
        for path in (f"{here}.{NAME}", f"/desk/{NAME}", f"/proposals?state={NAME}", f"/{NUMBER}"):
            assert (await officer.get(path)).status_code in (404, 422), path
    await planted.ask("officer", "membership/admit-member", {"employee": NAME}, status=422)
    await planted.ask("own", "democracy/submit-proposal", {"title": WORDS}, status=422)


async def _put_aside(planted: Planted) -> None:
    """What nobody can read, on HR's stream; one of two is skipped with words about it."""
    home = planted.home
    client = await connect(home.nats_url, "operator", home.secret("operator", "nats_password"))
    try:
        for number in (NUMBER, f"x {NUMBER}"):
            broken = said("employee-hired", name=NAME, on="no day") | {"id": str(uuid4())}
            broken["data"]["employee"] = number
            subject = f"events.{home.site}.hr.employee-hired"
            await client.jetstream().publish(subject, json.dumps(broken).encode())
    finally:
        await client.close()
    admin = planted.operated.admin

    async def held() -> bool:
        return bool(await admin.fetchval("SELECT count(*) = 2 FROM membership.held"))

    await eventually(held, seconds=30)
    await admin.execute("UPDATE membership.held SET dead_at = now(), tries = 10")
    dead = await planted.operated.told("dead", "list")
    code, _, errors = await planted.operated.run(
        "dead", "skip", dead[0]["name"], "--reason", SAID_OF, "--yes"
    )
    assert code == 0, errors
