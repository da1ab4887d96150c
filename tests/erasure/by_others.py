"""What others say of the person, enter about them and decide."""

import json

from shared.calendar import today
from shared.messages import uuid7
from tests.erasure.planted import (
    MAIL,
    MONTHS_AGO,
    NAME,
    NUMBER,
    PLANT,
    SAID_OF,
    TEAM,
    WORDS,
    YESTERDAY,
    Planted,
)
from tests.scim.conftest import user as scim_user


async def by_others(planted: Planted) -> None:
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
    await _left_as_it_is(planted)
    await _corrected(planted)
    await _elsewhere_and_admonished(planted)
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


async def _left_as_it_is(planted: Planted) -> None:
    listed = await planted.get("officer", "membership/drift", unit=PLANT, limit=1000)
    [line] = [each for each in listed["items"] if each["employee"] == NUMBER]
    left = {"drift": line["drift"], "reason": SAID_OF}
    await planted.ask("officer", "membership/leave-drift", left)


async def _corrected(planted: Planted) -> None:
    """One with its answer, by way of HR, and one that waits."""
    words = {"which": WORDS, "wrong": WORDS, "should_be": NAME}
    asked = await planted.ask("own", "membership/ask-correction", words | {"about": "work"})
    one = {"correction": asked["id"]}
    await planted.ask("officer", "membership/take-correction-to-hr", one | {"note": SAID_OF})
    answer = one | {"outcome": "in-part", "reason": SAID_OF}
    await planted.ask("officer", "membership/answer-correction", answer)
    await planted.ask("own", "membership/ask-correction", words | {"about": "honour"})


async def _elsewhere_and_admonished(planted: Planted) -> None:
    """Half a year without dues is written: its payrolls would be those of a whole plant."""
    other = {"employee": NUMBER, "union": SAID_OF, "since": "2019-01-01", "until": "2019-02-01"}
    await planted.ask("officer", "membership/record-other-union", other)
    await planted.operated.admin.execute(
        """
        WITH one AS (SELECT id FROM membership.person WHERE employee = $1), told AS (
            INSERT INTO membership.admonition (id, person, said_on, way, reason, first_month,
                last_month, due_on, verdict, entered_by, ended, ended_on, ended_for)
            SELECT uuidv7(), id, '2025-01-02', 'in-person', $2, '2024-06-01', '2024-12-01',
                '2025-02-02', $3, 'x', 'declared', '2025-02-03', $2 FROM one
            RETURNING id, person
        )
        INSERT INTO membership.deemed_left (id, person, admonition, left_on, reference, verdict,
            declared_by, reversed_on, reversed_for)
        SELECT uuidv7(), person, id, '2025-02-03', $2, $3, 'x', '2025-02-04', $2 FROM told
        """,
        NUMBER,
        SAID_OF,
        json.dumps({"rule": "deemed-left", "version": 1}),
    )
