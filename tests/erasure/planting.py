"""Somebody unmistakable, brought in through every door there is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import text

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session
from shared.broker import connect
from shared.calendar import today
from shared.messages import uuid7
from shared.testing import eventually
from tests.operator.conftest import Operated
from tests.running import client_of
from tests.scim.conftest import user as scim_user

NUMBER = "ZXQ-7741"
NAME = "欧阳鸑鷟"
FORMER = "欧阳鸑"
PHONE = "13977417741"
MAIL = "ouyang.zxq@planted.example"
ACCOUNT = "zxq.planted"
WORDS = "鸑鷟自己说的话"
TITLE = "鸑鷟的题目"
SAID_OF = "关于鸑鷟的一句话"
PLANTED = (NUMBER, NUMBER.lower(), FORMER, "鸑", PHONE, MAIL, ACCOUNT)
"""What is looked for. The signs of the name are rare, so that nobody else's has them."""
TEAM, PLANT = "demo-qinghe-dianjie-1", "demo-qinghe"
YESTERDAY = today() - timedelta(days=1)
MONTHS_AGO = today() - timedelta(days=200)


def said(what: str, **data: Any) -> dict[str, Any]:
    """An event of HR; what we do not read of it is kept too."""
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/planting",
        "type": f"hr.{what}",
        "data": {"employee": NUMBER, **data},
    }


HISTORY = (
    said("employee-hired", name=FORMER, on=str(MONTHS_AGO), phone=PHONE, mail=MAIL),
    said("employee-assigned", unit=TEAM, post="钳工", on=str(MONTHS_AGO)),
    said("employee-renamed", name=NAME, on=str(MONTHS_AGO + timedelta(days=3))),
    said("leave-started", kind="sick", on=str(today() - timedelta(days=3))),
    # What an officer has to settle.
    said("employee-hired", name=NAME, on=str(MONTHS_AGO + timedelta(days=9))),
)
LEFT = (
    said("leave-ended", kind="sick", on=str(YESTERDAY)),
    said("employee-left", on=str(YESTERDAY), reason="resigned"),
)


@dataclass
class Planted:
    """The site with the person in it. `own` speaks as that person."""

    operated: Operated
    own: httpx.AsyncClient
    proposals: list[str] = field(default_factory=list)

    @property
    def home(self) -> Home:
        return self.operated.home

    async def ask(self, who: str, what: str, body: Mapping[str, Any], status: int = 201) -> Any:
        client = self.own if who == "own" else self.operated.clients[who]
        answer = await client.post(f"/api/v1/{what}", json=dict(body))
        assert answer.status_code == status, f"{what}: {answer.text}"
        return answer.json()

    async def get(self, who: str, what: str, **query: Any) -> Any:
        client = self.own if who == "own" else self.operated.clients[who]
        answer = await client.get(f"/api/v1/{what}", params=query)
        assert answer.status_code == 200, f"{what}: {answer.text}"
        return answer.json()

    async def feed(self, *events: Mapping[str, Any]) -> None:
        answer = await self.operated.clients["hr"].post(
            "/hooks/hr",
            content=json.dumps(events),
            headers={"Content-Type": "application/cloudevents-batch+json"},
        )
        assert answer.json() == {"kept": len(events), "heard": True}, answer.text


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
    await _own_words(planted)
    await _by_others(planted)
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


async def _by_others(planted: Planted) -> None:
    ask, whose = planted.ask, {"employee": NUMBER}
    await ask(
        "officer",
        "membership/award-honour",
        whose | {"title": SAID_OF, "level": "team", "on": str(YESTERDAY), "reference": NAME},
    )
    case = await planted.get("officer", "membership/unfit-case", **whose)
    choice = case["choices"][0]
    ruling = {"ruling": choice["ruling"], "event": choice["event"], "reason": SAID_OF}
    ruling |= {name: choice[name] for name in ("over", "on", "unit", "from_unit") if choice[name]}
    await ask("officer", "membership/settle-unfit", whose | ruling)
    post = {"role": "leader", "unit": TEAM, "on": str(MONTHS_AGO), "until": str(YESTERDAY)}
    await ask("it", "membership/appoint-post", whose | post)
    body = await ask(
        "it",
        "membership/found-body",
        {"kind": "auditors", "unit": TEAM, "name": "小组", "on": str(MONTHS_AGO)},
    )
    term = {"body": body["id"], "years": 3, "since": str(MONTHS_AGO), "vouched": True}
    await ask(
        "it",
        "membership/open-term",
        term | {"elected": [whose | {"post": "member"}], "gives_posts": False},
    )
    seen = await planted.get("it", "membership/body", body=body["id"])
    seat = seen["terms"][0]["held"][0]["seat"]
    end = {"seat": seat, "why": "resigned", "on": str(YESTERDAY), "minutes": SAID_OF}
    await ask("it", "membership/end-seat", end)
    await ask(
        "officer",
        "welfare/log-visit",
        whose
        | {"occasion": "hospital", "on": str(today()), "visitors": ["D0002"], "note": SAID_OF},
    )
    course = await ask(
        "officer",
        "training/open-course",
        {"title": "受限空间", "unit": PLANT, "starts_on": str(YESTERDAY), "seats": 3},
    )
    await ask("officer", "training/enrol", whose | {"course": course["id"]})
    result = {"course": course["id"], "result": "passed", "score": 91, "on": str(YESTERDAY)}
    await ask("officer", "training/complete-course", whose | result)
    await _payroll(planted)
    lines = [{"kind": "moved", "employee": NUMBER, "name": NAME, "our_unit": TEAM}]
    drift = {"comparison": str(uuid7()), "unit": PLANT, "on": str(today()), "lines": lines}
    await ask("hr", "membership/note-drift", drift | {"last": True})
    early = whose | {"on": "2001-01-01", "reference": NAME}
    await ask("officer", "membership/admit-member", early, status=409)
    directory = scim_user(NUMBER, department=TEAM, title="钳工", displayName=NAME, userName=MAIL)
    made = await planted.operated.clients["hr"].post("/scim/v2/Users", json=directory)
    assert made.status_code == 201, made.text
    await planted.get("officer", "membership/member-record", **whose)


async def _payroll(planted: Planted) -> None:
    """Of a month of long ago, in which nobody under that number was a member."""
    month = {"unit": PLANT, "month": "2021-03"}
    sums = {"rows": 1, "wages": 500_000, "dues": 2_500}
    row = {"line": 2, "employee": NUMBER, "wages": "5000", "dues": "25"}
    payroll = (await planted.ask("officer", "membership/open-payroll", month | sums))["id"]
    await planted.ask("officer", "membership/add-payroll", {"payroll": payroll, "rows": [row]})
    await planted.ask("officer", "membership/book-payroll", {"payroll": payroll})
    faults = await planted.get("officer", "membership/dues-faults", **month, limit=1000)
    for fault in faults["items"]:
        if NUMBER in json.dumps(fault):
            settled = {"fault": fault["fault"], "how": "put-right"}
            await planted.ask("officer", "membership/settle-dues", settled)


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
