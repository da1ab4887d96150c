"""Rights: every role at every place, at every door of the gateway, about every thing."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import text

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, drop_account, keep_account, token_hash
from services.gateway.doors import Door
from shared.for_whom import ForWhom, People
from tests.files.made import document
from tests.scim.conftest import BULK as SCIM_BULK
from tests.scim.conftest import GROUP as SCIM_GROUP
from tests.scim.conftest import SEARCH as SCIM_SEARCH
from tests.scim.conftest import user as scim_user
from tests.sheets_in.made import book
from tests.walls.company import COMPANY, FAR, OTHER, PLANT, TEAM, Account, Stage, Thing, code
from tests.walls.doors import doors_tried, is_for_programs, request_to, sent
from tests.walls.tries import Judged, Try, judged

PEOPLE: Mapping[People | None, Callable[[Account, Thing], bool]] = {
    None: lambda account, thing: False,
    "signed-in": lambda account, thing: True,
    "person": lambda account, thing: account.employee is not None,
    "employed": lambda account, thing: account.employee is not None and account.employed,
    "oneself": lambda account, thing: account.name == thing.of,
    # Nobody here stands at a kiosk; see `test_kiosk.py`.
    "at-kiosk": lambda account, thing: False,
}


def lawful(declared: ForWhom, account: Account, thing: Thing) -> bool:
    """What a declaration means, said a second time and for this company: by whose the thing is,
    and by which role is held where it is at home or above it."""
    where = {"there": thing.at, "company": COMPANY}
    held = any(
        account.holds(role, where[declared.where]) if declared.where in where else role == any_role
        for role in declared.roles
        for any_role, _ in account.grants
    )
    return held or PEOPLE[declared.people](account, thing)


class Asked(NamedTuple):
    """About what kind of thing, and a request that is good in itself; `$` in it stands for the
    thing. For whom the door is, it says itself (`services.gateway.doors`)."""

    about: str = "nothing"
    body: Mapping[str, Any] = {}


NO_SHEET = "01a2082a-5b86-745c-97fe-000000000000"


def sheet_steps(path: str) -> dict[str, Asked]:
    """What follows the bringing of a sheet: each leads back who has no such sheet."""
    steps = ["", "/columns", "/do", "/drop", "/rows.xlsx"]
    asked = [("GET", step) for step in steps] + [("POST", step) for step in steps[1:-1]]
    return {f"{verb} {path}/{{id}}{step}": Asked(body={"id": NO_SHEET}) for verb, step in asked}


DUES = {"unit": "$", "month": "2024-05"}
TAKEN_BACK = {"unit": code(PLANT), "month": "2024-05", "id": "$"}
MANY = {"limit": "200"}
PAPER = {"on": "2020-01-01", "reference": "r"}
YEARS_AGO = {"on": "2020-01-01", "until": "2020-02-01"}
NONE = "01a2082a-5b86-745c-97fe-000000000009"
ELECTION = {"years": 3, "elected": [{"employee": "W4", "post": "member"}]}
ASKED = {
    "POST /api/v1/democracy/submit-proposal": Asked(
        body={"title": "t", "body": "b", "category": "other"}
    ),
    "POST /api/v1/democracy/support-proposal": Asked("proposal", {"proposal": "$"}),
    "POST /api/v1/democracy/answer-proposal": Asked(
        "proposal", {"proposal": "$", "decision": "adopted", "reasons": "r"}
    ),
    "POST /api/v1/training/open-course": Asked(
        "unit", {"unit": "$", "title": "t", "starts_on": "2024-05-01", "seats": 1}
    ),
    "POST /api/v1/training/enrol": Asked("person", {"employee": "$", "course": "{course}"}),
    "POST /api/v1/training/complete-course": Asked(
        "course", {"course": "$", "employee": "W1", "result": "passed"}
    ),
    "GET /api/v1/training/demands": Asked(body=MANY),
    "POST /api/v1/welfare/log-visit": Asked(
        "person", {"employee": "$", "occasion": "festival", "on": "2024-05-01", "visitors": ["W5"]}
    ),
    "GET /api/v1/welfare/visit-note": Asked("visit", {"visit": "$"}),
    "GET /api/v1/welfare/visit-readings": Asked("visit", {"visit": "$"}),
    "GET /api/v1/views/visits": Asked(body={"state": "made"} | MANY),
    "POST /api/v1/membership/join-union": Asked(body={"consent": True}),
    "POST /api/v1/membership/leave-union": Asked(),
    "POST /api/v1/membership/admit-member": Asked("person", {"employee": "$"} | PAPER),
    "POST /api/v1/membership/end-membership": Asked(
        "person", {"employee": "$", "because": "own-wish"} | PAPER
    ),
    "POST /api/v1/membership/keep-membership": Asked(
        "person", {"employee": "$", "on": "2020-01-01"}
    ),
    "POST /api/v1/membership/record-other-union": Asked(
        "person", {"employee": "$", "union": "u", "since": "2020-01-01", "until": "2020-01-01"}
    ),
    "POST /api/v1/membership/admonish-member": Asked(
        "person", {"employee": "$", "on": "2024-05-01", "way": "in-person", "reason": "r"}
    ),
    "POST /api/v1/membership/withdraw-admonition": Asked(
        "person", {"employee": "$", "reason": "r"}
    ),
    "POST /api/v1/membership/declare-left": Asked("person", {"employee": "$"} | PAPER),
    "POST /api/v1/membership/reverse-declaration": Asked(
        "person", {"employee": "$", "reason": "r"}
    ),
    "POST /api/v1/membership/set-province": Asked("unit", {"unit": "$"}),
    "GET /api/v1/membership/provinces": Asked(),
    "GET /api/v1/membership/lapses": Asked(body=MANY),
    "GET /api/v1/membership/lapse-counts": Asked(),
    "GET /api/v1/membership/desk-counts": Asked(),
    "GET /api/v1/membership/lapse-of": Asked("person", {"employee": "$"}),
    "POST /api/v1/membership/award-honour": Asked(
        "person", {"employee": "$", "title": "t", "level": "team", "on": "2020-01-01"}
    ),
    "POST /api/v1/membership/withdraw-honour": Asked("honour", {"honour": "$", "reason": "r"}),
    "GET /api/v1/membership/may-admit": Asked("person", {"employee": "$", "on": "2020-01-01"}),
    "GET /api/v1/membership/member-record": Asked("person", {"employee": "$"}),
    "POST /api/v1/membership/appoint-post": Asked(
        "unit", {"unit": "$", "employee": "W4", "role": "leader"} | YEARS_AGO
    ),
    "POST /api/v1/membership/end-post": Asked("post", {"post": "$"}),
    "GET /api/v1/membership/heads": Asked(body={"on": "2024-05-01"}),
    "GET /api/v1/membership/profile": Asked("person", {"employee": "$"}),
    **{
        f"GET /api/v1/{owner}/own-data": Asked("person", {"employee": "$"})
        for owner in ("membership", "democracy", "training", "welfare", "views")
    },
    "POST /api/v1/membership/ask-erasure": Asked("person", {"employee": "$"}),
    "POST /api/v1/membership/grant-erasure": Asked("erasure", {"erasure": "$"}),
    "POST /api/v1/membership/withdraw-erasure": Asked("erasure", {"erasure": "$"}),
    "GET /api/v1/membership/erasure-of": Asked("person", {"employee": "$"}),
    "GET /api/v1/membership/erasures": Asked(body=MANY),
    "GET /api/v1/membership/erasures-waiting": Asked(),
    "GET /api/v1/membership/missing-bodies": Asked(),
    "GET /api/v1/membership/roll": Asked(body={"on": "2024-05-01", "limit": "1000"}),
    "GET /api/v1/membership/posts": Asked("unit", {"unit": "$"}),
    "GET /api/v1/membership/may-appoint": Asked(
        "unit", {"unit": "$", "employee": "W4", "role": "chair"} | YEARS_AGO
    ),
    "POST /api/v1/membership/note-drift": Asked(
        "nothing", {"comparison": NO_SHEET, "on": "2024-05-01", "lines": [], "last": False}
    ),
    "POST /api/v1/membership/leave-drift": Asked("drift", {"drift": "$", "reason": "r"}),
    "POST /api/v1/membership/reopen-drift": Asked("drift", {"drift": "$"}),
    "POST /api/v1/membership/settle-drift": Asked("drift", {"drift": "$"}),
    "GET /api/v1/membership/drift-case": Asked("drift", {"drift": "$"}),
    "GET /api/v1/membership/drift": Asked("unit", {"unit": "$"}),
    "GET /api/v1/membership/drift-days": Asked("unit", {"unit": "$"}),
    "GET /api/v1/membership/placed-on": Asked(body={"on": "2024-05-01"}),
    "GET /api/v1/membership/unfit": Asked(body=MANY),
    "GET /api/v1/membership/unfit-case": Asked("person", {"employee": "$"}),
    "POST /api/v1/membership/settle-unfit": Asked(
        "person", {"employee": "$", "ruling": "set-aside", "event": "0" * 32, "reason": "r"}
    ),
    "POST /api/v1/membership/take-back-ruling": Asked("ruling", {"ruling": "$", "reason": "r"}),
    "GET /api/v1/membership/rulings": Asked(body=MANY),
    "GET /api/v1/membership/number-case": Asked("person", {"employee": "$"}),
    "POST /api/v1/membership/rule-same-person": Asked(
        "person", {"employee": "$", "other": "$", "reason": "r"}
    ),
    "POST /api/v1/membership/rule-another-human": Asked(
        "person", {"employee": "$", "on": "1990-01-01", "reason": "r"}
    ),
    "GET /api/v1/membership/number-pairs": Asked(body=MANY),
    "GET /api/v1/membership/two-people-rulings": Asked(body=MANY),
    "POST /api/v1/membership/take-back-two-people": Asked(
        "two people", {"ruling": "$", "reason": "r"}
    ),
    "POST /api/v1/membership/rule-two-people": Asked(
        "person", {"employee": "$", "other": "$", "reason": "r"}
    ),
    "GET /api/v1/membership/unit-case": Asked("unit", {"unit": "$"}),
    "POST /api/v1/membership/settle-unit": Asked(
        "unit", {"unit": "$", "ruling": "set-aside", "event": "0" * 32, "reason": "r"}
    ),
    "POST /api/v1/membership/open-payroll": Asked(
        "unit", {"unit": "$", "month": "2024-05", "rows": 1, "wages": 0, "dues": 0}
    ),
    "POST /api/v1/membership/add-payroll": Asked(
        "payroll", {"payroll": "$", "rows": [{"line": 2, "employee": "", "wages": "", "dues": ""}]}
    ),
    "POST /api/v1/membership/book-payroll": Asked("payroll", {"payroll": "$"}),
    "POST /api/v1/membership/drop-payroll": Asked("payroll", {"payroll": "$"}),
    "POST /api/v1/membership/reverse-payroll": Asked(
        "old payroll", {"payroll": "$", "reason": "r"}
    ),
    "POST /api/v1/membership/settle-dues": Asked("fault", {"fault": "$"}),
    "POST /api/v1/membership/enter-receipt": Asked(
        "unit",
        {"unit": "$", "month": "2024-05", "amount": 1, "on": "2024-06-01", "reference": "r"},
    ),
    "POST /api/v1/membership/take-back-receipt": Asked("receipt", {"receipt": "$", "reason": "r"}),
    "GET /api/v1/membership/payroll-check": Asked("payroll", {"payroll": "$"}),
    "GET /api/v1/membership/dues-months": Asked(body={"until": "2024-05"}),
    "GET /api/v1/membership/dues-report": Asked("unit", {"unit": "$", "month": "2024-05"}),
    "GET /api/v1/membership/dues-faults": Asked("unit", {"unit": "$", "month": "2024-05"}),
    "GET /api/v1/membership/dues-of": Asked("person", {"employee": "$"}),
    "POST /api/v1/membership/found-body": Asked(
        "unit", {"unit": "$", "kind": "women", "name": "n"}
    ),
    "POST /api/v1/membership/dissolve-body": Asked("body", {"body": "$", "on": "2190-01-01"}),
    "POST /api/v1/membership/open-term": Asked(
        "body", {"body": "$", "since": "2190-01-01"} | ELECTION
    ),
    "POST /api/v1/membership/withdraw-term": Asked("term", {"term": "$", "reason": "r"}),
    "POST /api/v1/membership/fill-seat": Asked(
        "body", {"body": "$", "employee": "W4", "post": "member"}
    ),
    "POST /api/v1/membership/end-seat": Asked("seat", {"seat": "$", "why": "acting-over"}),
    "GET /api/v1/membership/bodies": Asked("unit", {"unit": "$"}),
    "GET /api/v1/membership/body": Asked("body", {"body": "$"}),
    "POST /api/v1/membership/ask-correction": Asked(body={"about": "work", "wrong": "w"}),
    "POST /api/v1/membership/withdraw-correction": Asked("correction", {"correction": "$"}),
    "POST /api/v1/membership/take-correction-to-hr": Asked("correction", {"correction": "$"}),
    "POST /api/v1/membership/answer-correction": Asked(
        "correction", {"correction": "$", "outcome": "corrected", "reason": "r"}
    ),
    "GET /api/v1/membership/own-corrections": Asked(),
    "GET /api/v1/membership/corrections": Asked(body=MANY),
    "GET /api/v1/membership/correction": Asked("correction", {"correction": "$"}),
    "GET /api/v1/membership/posts-over-me": Asked(),
    "GET /api/v1/views/readings": Asked(),
    "GET /api/v1/views/proposals": Asked(),
    "GET /api/v1/views/person": Asked("person", {"employee": "$"}),
    "GET /api/v1/views/plant": Asked("unit", {"unit": "$"}),
    "GET /api/v1/back/subscriptions": Asked(),
    "GET /api/v1/back/deliveries": Asked(),
    "POST /api/v1/back/subscribe": Asked(
        body={"url": "https://hr.invalid/walls", "kinds": ["member-joined"]}
    ),
    "POST /api/v1/back/change": Asked(body={"subscription": NONE, "active": False}),
    "POST /api/v1/back/rotate": Asked(body={"subscription": NONE}),
    "POST /api/v1/back/remove": Asked(body={"subscription": NONE}),
    "POST /api/v1/back/ping": Asked(body={"subscription": NONE}),
    "POST /api/v1/back/replay": Asked(body={"event": NONE}),
    "POST /hooks/hr": Asked(),
    **{
        f"GET /scim/v2/{path}": Asked(body=body)
        for path, body in (
            ("ServiceProviderConfig", {}),
            ("ResourceTypes", {}),
            ("ResourceTypes/{id}", {"id": "User"}),
            ("Schemas", {}),
            ("Schemas/{id}", {"id": SCIM_GROUP}),
            ("Users", {"count": "1"}),
            ("Groups", {"count": "1"}),
        )
    },
    **{
        f"POST /scim/v2/{path}.search": Asked(body={"schemas": [SCIM_SEARCH]})
        for path in ("", "Users/", "Groups/")
    },
    "POST /scim/v2/Bulk": Asked(body={"schemas": [SCIM_BULK], "Operations": []}),
    "POST /scim/v2/Users": Asked(body=scim_user("W77")),
    "POST /scim/v2/Groups": Asked(body={"schemas": [SCIM_GROUP], "displayName": "w-77"}),
    **{
        f"{method} /scim/v2/{kind}/{{id}}": Asked(f"directory's {kind}", {"id": "$"})
        for kind in ("Users", "Groups")
        for method in ("GET", "PUT", "PATCH", "DELETE")
    },
    "DELETE /api/v1/session": Asked(),
    "GET /": Asked(),
    "GET /news/read": Asked(),
    "GET /proposals.xlsx": Asked(),
    "GET /proposals/new": Asked(),
    "POST /proposals/new": Asked(body={"title": "t", "body": "b", "category": "other"}),
    "GET /proposals/{id}": Asked("proposal", {"id": "$"}),
    "GET /proposals/{id}/poster": Asked("proposal", {"id": "$"}),
    "GET /proposals/{id}/qr.svg": Asked("proposal", {"id": "$"}),
    "GET /proposals/{id}/support": Asked("proposal", {"id": "$"}),
    "GET /proposals/{id}/follow": Asked("proposal", {"id": "$"}),
    "POST /proposals/{id}/follow": Asked("proposal", {"id": "$", "follow": "yes"}),
    "POST /proposals/{id}/support": Asked("proposal", {"id": "$"}),
    "GET /proposals/{id}/answer": Asked("proposal", {"id": "$"}),
    "POST /proposals/{id}/answer": Asked(
        "proposal", {"id": "$", "decision": "adopted", "reasons": "r"}
    ),
    "GET /proposals/{id}/files": Asked("proposal", {"id": "$"}),
    "POST /proposals/{id}/files": Asked("proposal", {"id": "$", "files": document()}),
    "GET /files/{id}": Asked("file", {"id": "$"}),
    "GET /files/{id}/preview": Asked("file", {"id": "$"}),
    "GET /files/{id}/take-off": Asked("file", {"id": "$"}),
    "POST /files/{id}/take-off": Asked("old file", {"id": "$"}),
    "GET /courses": Asked(),
    "GET /courses.xlsx": Asked(),
    "GET /courses/new": Asked(),
    "POST /courses/new": Asked(
        "unit",
        {"unit": "$", "title": "t", "starts_on": "2024-05-01", "seats": 1, "open_to": "company"},
    ),
    "GET /courses/{id}": Asked("course", {"id": "$"}),
    "GET /courses/{id}/poster": Asked("course", {"id": "$"}),
    "GET /courses/{id}/qr.svg": Asked("course", {"id": "$"}),
    "GET /courses/{id}/people.xlsx": Asked("course", {"id": "$"}),
    "GET /courses/{id}/enrol": Asked("course", {"id": "$"}),
    "POST /courses/{id}/enrol": Asked("person", {"employee": "$", "id": "{course}"}),
    "GET /courses/{id}/complete": Asked("course", {"id": "$"}),
    "POST /courses/{id}/complete": Asked(
        "course", {"id": "$", "employee": "W1", "result": "passed"}
    ),
    "GET /visits.xlsx": Asked(),
    "GET /visits/new": Asked(),
    "POST /visits/new": Asked(
        "person", {"employee": "$", "occasion": "festival", "on": "2024-05-01", "visitors": "W5"}
    ),
    "GET /visits/{id}": Asked("visit", {"id": "$"}),
    "GET /work": Asked(),
    "GET /work.xlsx": Asked(),
    "GET /plants": Asked(),
    "GET /plants/{unit}/heads.xlsx": Asked("unit", {"unit": "$"}),
    "GET /plants/{unit}/states.svg": Asked("unit", {"unit": "$"}),
    "GET /plants/{unit}/months.svg": Asked("unit", {"unit": "$"}),
    "GET /members": Asked(),
    "GET /members.xlsx": Asked(),
    "GET /desk": Asked(),
    "GET /desk.xlsx": Asked(),
    "GET /desk/pairs": Asked(),
    "GET /desk/pairs.xlsx": Asked(),
    "GET /desk/pairs/settled": Asked(),
    "GET /desk/pairs/settled.xlsx": Asked(),
    "GET /desk/pairs/settled/{id}/take-back": Asked("two people", {"id": "$"}),
    "POST /desk/pairs/settled/{id}/take-back": Asked("two people", {"id": "$", "reason": "r"}),
    "GET /desk/{employee}/two-people": Asked("person", {"employee": "$", "other": "$"}),
    "POST /desk/{employee}/two-people": Asked(
        "person", {"employee": "$", "other": "$", "reason": "r"}
    ),
    "GET /desk/settled": Asked(),
    "GET /desk/settled.xlsx": Asked(),
    "GET /desk/settled/{id}/take-back": Asked("ruling", {"id": "$"}),
    "POST /desk/settled/{id}/take-back": Asked("ruling", {"id": "$", "reason": "r"}),
    "GET /desk/units/{unit}": Asked("unit", {"unit": "$"}),
    "POST /desk/units/{unit}": Asked(
        "unit", {"unit": "$", "choice": f"ruling=set-aside&event={'0' * 32}", "reason": "r"}
    ),
    "GET /desk/{employee}/numbers": Asked("person", {"employee": "$"}),
    "POST /desk/{employee}/numbers": Asked(
        "person", {"employee": "$", "other": "$", "reason": "r"}
    ),
    "GET /desk/{employee}": Asked("person", {"employee": "$"}),
    "POST /desk/{employee}": Asked(
        "person", {"employee": "$", "choice": f"ruling=set-aside&event={'0' * 32}", "reason": "r"}
    ),
    "GET /desk/{employee}/take-back": Asked(body={"employee": "W4"}),
    "POST /desk/{employee}/take-back": Asked("person", {"employee": "$", "taken": "x", "why": "r"}),
    "GET /me/data": Asked(),
    "GET /me/data/all": Asked(),
    "GET /me/data.zip": Asked(),
    "GET /me/readings": Asked(),
    "GET /me/readings.xlsx": Asked(),
    "GET /me/corrections/new": Asked(),
    "POST /me/corrections/new": Asked(body={"about": "work", "wrong": "w"}),
    "GET /corrections": Asked(),
    "GET /corrections.xlsx": Asked(),
    "GET /corrections/{id}": Asked("correction", {"id": "$"}),
    "GET /corrections/{id}/answer": Asked("correction", {"id": "$"}),
    "GET /corrections/{id}/to-hr": Asked("correction", {"id": "$"}),
    "GET /corrections/{id}/withdraw": Asked("correction", {"id": "$"}),
    "POST /corrections/{id}/answer": Asked(
        "correction", {"id": "$", "outcome": "corrected", "reason": "r"}
    ),
    "POST /corrections/{id}/to-hr": Asked("correction", {"id": "$"}),
    "POST /corrections/{id}/withdraw": Asked("correction", {"id": "$"}),
    "GET /drift": Asked(),
    "GET /drift.xlsx": Asked(),
    "GET /drift/trend.svg": Asked(),
    "GET /drift/days.xlsx": Asked(),
    "GET /drift/{id}/leave": Asked("drift", {"id": "$"}),
    "POST /drift/{id}/leave": Asked("drift", {"id": "$", "reason": "r"}),
    "GET /drift/{id}/reopen": Asked(body={"id": NONE}),
    "POST /drift/{id}/reopen": Asked("drift", {"id": "$"}),
    "GET /drift/{id}/apply": Asked("drift", {"id": "$"}),
    "POST /drift/{id}/apply": Asked("drift", {"id": "$"}),
    "GET /dues": Asked(),
    "GET /dues.xlsx": Asked(),
    "GET /dues/sheet": Asked(),
    "POST /dues/sheet": Asked(
        "unit", DUES | {"wages": "10", "dues": "0", "files": book(["工号"], ["W4"])}
    ),
    **sheet_steps("/dues/sheet"),
    "GET /dues/{unit}/{month}": Asked("unit", DUES),
    "GET /dues/{unit}/{month}/faults": Asked("unit", DUES),
    "GET /dues/{unit}/{month}/faults.xlsx": Asked("unit", DUES),
    "GET /dues/{unit}/{month}/faults/settle": Asked("unit", DUES),
    "POST /dues/{unit}/{month}/faults/settle": Asked("unit", DUES | {"fault": NO_SHEET}),
    "GET /dues/{unit}/{month}/reverse": Asked("unit", DUES),
    "POST /dues/{unit}/{month}/reverse": Asked("unit", DUES | {"payroll": NO_SHEET, "reason": "r"}),
    "GET /dues/{unit}/{month}/receipts": Asked("unit", DUES),
    "GET /dues/{unit}/{month}/receipts.xlsx": Asked("unit", DUES),
    "POST /dues/{unit}/{month}/receipts": Asked(
        "unit", DUES | {"amount": "1", "on": "2024-06-01", "reference": "r"}
    ),
    "GET /dues/{unit}/{month}/receipts/{id}/take-back": Asked("plant's receipt", TAKEN_BACK),
    "POST /dues/{unit}/{month}/receipts/{id}/take-back": Asked(
        "plant's receipt", TAKEN_BACK | {"reason": "r"}
    ),
    "GET /membership/dues": Asked(),
    "GET /membership/dues.xlsx": Asked(),
    "GET /posts": Asked(),
    "GET /posts.xlsx": Asked(),
    "GET /posts/sheet": Asked(),
    "POST /posts/sheet": Asked(body={"files": book(["工号"], ["W4"])}),
    **sheet_steps("/posts/sheet"),
    "GET /hr/snapshot": Asked(),
    "POST /hr/snapshot": Asked(body={"files": book(["工号"], ["W4"]), "on": "2024-05-01"}),
    **sheet_steps("/hr/snapshot"),
    "GET /members/sheet": Asked(),
    "POST /members/sheet": Asked(body={"files": book(["工号"], ["W4"])}),
    **sheet_steps("/members/sheet"),
    "GET /posts/new": Asked(),
    "POST /posts/new": Asked("unit", {"unit": "$", "employee": "W4", "role": "leader"} | YEARS_AGO),
    "GET /posts/{id}/end": Asked("post", {"id": "$"}),
    "POST /posts/{id}/end": Asked("post", {"id": "$"}),
    "GET /bodies": Asked(),
    "GET /bodies.xlsx": Asked(),
    "GET /bodies/new": Asked(),
    "POST /bodies/new": Asked("unit", {"unit": "$", "kind": "women", "name": "n"}),
    "GET /bodies/{id}": Asked("body", {"id": "$"}),
    "GET /bodies/{id}/seats.xlsx": Asked("body", {"id": "$"}),
    "GET /bodies/{id}/elect": Asked("body", {"id": "$"}),
    "POST /bodies/{id}/elect": Asked(
        "body", {"id": "$", "years": "3", "since": "2190-01-01", "member": "W4"}
    ),
    "GET /bodies/{id}/seat": Asked("body", {"id": "$"}),
    "POST /bodies/{id}/seat": Asked(
        "body", {"id": "$", "employee": "W4", "post": "member", "how": "elected"}
    ),
    "GET /bodies/{id}/end": Asked("body", {"id": "$"}),
    "POST /bodies/{id}/end": Asked("body", {"id": "$", "seat": NONE, "why": "left"}),
    "GET /bodies/{id}/withdraw": Asked("body", {"id": "$"}),
    "POST /bodies/{id}/withdraw": Asked("body", {"id": "$", "term": NONE, "reason": "r"}),
    "GET /bodies/{id}/dissolve": Asked("body", {"id": "$"}),
    "POST /bodies/{id}/dissolve": Asked("body", {"id": "$", "on": "2190-01-01"}),
    "GET /back": Asked(),
    "GET /back/new": Asked(),
    "POST /back/new": Asked(body={"url": "https://hr.invalid/walls", "member-joined": "true"}),
    "GET /back/log": Asked(),
    "GET /back/log.xlsx": Asked(),
    "POST /back/log": Asked(body={"event": NONE}),
    "GET /back/{id}": Asked(body={"id": "00000000-0000-7000-8000-000000000000"}),
    "POST /back/{id}": Asked(body={"id": "00000000-0000-7000-8000-000000000000", "deed": "save"}),
    "GET /audit": Asked(),
    "GET /audit.xlsx": Asked(),
    "GET /audit/seals": Asked(),
    "GET /membership": Asked(),
    "POST /membership": Asked(body={"deed": "leave"}),
    "GET /proposals": Asked(),
    "GET /account": Asked(),
    "GET /account/password": Asked(),
    "GET /account/messages": Asked(),
    "GET /account/messages/code": Asked(),
    "GET /account/pin": Asked(),
    "GET /kiosk/home": Asked(),
    "GET /kiosk/mine": Asked(),
    "GET /kiosk/proposals": Asked(),
    "GET /kiosk/courses": Asked(),
    "GET /kiosk/say": Asked(),
    "POST /kiosk/say": Asked(body={"title": "t", "body": "b", "category": "other"}),
    "GET /kiosk/proposals/{id}": Asked("proposal", {"id": "$"}),
    "GET /kiosk/proposals/{id}/support": Asked("proposal", {"id": "$"}),
    "POST /kiosk/proposals/{id}/support": Asked("proposal", {"id": "$"}),
    "GET /kiosk/pin": Asked(),
    "POST /kiosk/pin": Asked(),
    "POST /kiosk/still": Asked(),
    "GET /people": Asked(),
    "GET /people/{employee}": Asked("person", {"employee": "$"}),
    "GET /people/{employee}/record": Asked("person", {"employee": "$"}),
    "GET /people/{employee}/admit": Asked("person", {"employee": "$"}),
    "POST /people/{employee}/admit": Asked("person", {"employee": "$"} | PAPER),
    "GET /people/{employee}/end-membership": Asked("person", {"employee": "$"}),
    "POST /people/{employee}/end-membership": Asked(
        "person", {"employee": "$", "because": "own-wish"} | PAPER
    ),
    "GET /people/{employee}/keep": Asked("person", {"employee": "$"}),
    "POST /people/{employee}/keep": Asked("person", {"employee": "$", "on": "2020-01-01"}),
    "GET /people/{employee}/other-union": Asked("person", {"employee": "$"}),
    "POST /people/{employee}/other-union": Asked(
        "person", {"employee": "$", "union": "u", "since": "2020-01-01", "until": "2020-01-01"}
    ),
    "GET /people/{employee}/honours": Asked("person", {"employee": "$"}),
    "POST /people/{employee}/honours": Asked(
        "person", {"employee": "$", "title": "t", "level": "team", "on": "2020-01-01"}
    ),
    "GET /provinces": Asked(),
    "GET /provinces.xlsx": Asked(),
    "POST /provinces": Asked("unit", {"unit": "$"}),
    "GET /lapses": Asked(),
    "GET /lapses.xlsx": Asked(),
    "GET /people/{employee}/lapse": Asked("person", {"employee": "$"}),
    "POST /people/{employee}/lapse": Asked(
        "person", {"employee": "$", "deed": "withdraw", "reason": "r"}
    ),
    "GET /erasures": Asked(),
    "GET /erasures.xlsx": Asked(),
    "GET /people/{employee}/erasure": Asked("person", {"employee": "$"}),
    "POST /people/{employee}/erasure": Asked("person", {"employee": "$", "deed": "ask"}),
    "GET /honours/{id}/take-out": Asked("honour", {"id": "$"}),
    "POST /honours/{id}/take-out": Asked("honour", {"id": "$", "reason": "r"}),
    "GET /visits": Asked(),
    "GET /live": Asked(),
    "GET /board/{unit}": Asked("unit", {"unit": "$"}),
    "GET /plants/{unit}": Asked("unit", {"unit": "$"}),
}
BY_PLANT = {
    "GET /api/v1/membership/dues-months": (PLANT, OTHER),
    "GET /api/v1/membership/provinces": (PLANT, OTHER),
}
"""What is shown of plants and not of their teams."""
NOT_TRIED_HERE: set[People | None] = {"anyone", "own-account"}
"""Nobody is kept out of the first; the second take no name of anybody, and
`tests/pages/test_account.py` tries them with what is another's."""


def doors(there_are: dict[str, ForWhom], stage: Stage) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """What to ask at each door that there is."""
    course = next((thing.named for thing in stage.things.get("course", ())), None)
    return {
        route: (
            door.about,
            {name: course if value == "{course}" else value for name, value in door.body.items()},
        )
        for route, door in ASKED.items()
        if route in there_are
    }


async def _judged(stage: Stage, there_are: dict[str, ForWhom], accounts: list[Account]) -> Judged:
    things = {thing.name: thing for kind in stage.things.values() for thing in kind}
    outcomes = await doors_tried(stage, doors(there_are, stage), accounts)
    who = {account.name: account for account in accounts}
    return judged(
        outcomes, lambda each: lawful(there_are[each.verb], who[each.who], things[each.what])
    )


def test_of_every_door_it_is_said_for_whom_it_is(declared: dict[str, Door | None]) -> None:
    assert {"POST /hooks/hr", "POST /api/v1/membership/appoint-post", "GET /"} <= set(declared)
    silent = sorted(route for route, door in declared.items() if door is None)
    assert not silent, f"say for whom it is: {', '.join(silent)}"


def test_every_door_is_tried_that_is_not_for_everybody(there_are: dict[str, ForWhom]) -> None:
    to_try = {route for route, each in there_are.items() if each.people not in NOT_TRIED_HERE}
    assert to_try == set(ASKED) & set(there_are), "say what to ask there"


async def test_a_role_holds_where_it_is_held_and_for_what_it_is_for(
    stage: Stage, there_are: dict[str, ForWhom]
) -> None:
    found = await _judged(stage, there_are, [*stage.accounts.values()])
    found.must_be_lawful("rights, account by door by thing")


def _units_in(answer: Any) -> set[str]:
    """The units that an answer names: of heads, demands, visits and what is unfit."""
    if "by_unit" in answer:
        return set(answer["by_unit"])
    if "by_reason" in answer:
        return {each["place"] for each in answer["events"]}
    items = answer.get("demands", answer.get("items", ()))
    if items and "earlier" in items[0]:
        return {each[one]["place"] for each in items for one in ("earlier", "later")}
    return {each["place"] if "place" in each else each["unit"] for each in items}


SHOWS_LITTLE = frozenset(
    {
        "GET /api/v1/membership/missing-bodies",
        "GET /api/v1/membership/erasures-waiting",
        "GET /api/v1/membership/desk-counts",
    }
)
"""No plant of the walls has the 25 members from whom on one is named: who sees which of those that
do is held to in `test_missing_bodies.py`; what is a count alone, with its subject
(`test_erasures.py`, `test_drift.py`). Here nothing beyond one's reach may show."""


async def test_what_is_shown_within_ones_reach_shows_nothing_beyond_it(
    stage: Stage, there_are: dict[str, ForWhom]
) -> None:
    reaching = {
        route: each.roles
        for route, each in there_are.items()
        if each.where == "reach" and route.startswith("GET /api/")
    }
    assert len(reaching) > 2
    shown = 0
    for route, roles in reaching.items():
        for account in stage.accounts.values():
            if not any(role in roles for role, _ in account.grants):
                continue
            request = request_to(route, stage.things["nothing"][0], ASKED[route].body)
            answer = await sent(stage.client, request, **stage.company.bearer(account.name))
            places = BY_PLANT.get(route, (TEAM, FAR))
            found = _units_in(answer.json()) & {code(place) for place in places}
            reached = {
                code(place) for place in places if any(account.holds(role, place) for role in roles)
            }
            assert found <= reached, f"{account.name} at {route}"
            assert found == reached or route in SHOWS_LITTLE, f"{account.name} at {route}"
            shown += len(found)
    assert shown


async def test_a_right_that_was_given_is_seen_and_nothing_else(
    site: Home, stage: Stage, there_are: dict[str, ForWhom]
) -> None:
    nobody = Account("given")
    async with gateway_session(site) as session:
        await keep_account(session, "w-given", employee=None, roles=["hr"])
        stage.company.tokens["given"], _ = await begin_session(session, "w-given")
        stage.spare["given"], _ = await begin_session(session, "w-given")
        await session.commit()
    seen = await _judged(stage, there_are, [nobody])
    theirs = (
        "POST /hooks/hr",
        "GET /api/v1/membership/heads",
        "POST /api/v1/membership/note-drift",
        "POST /api/v1/membership/settle-drift",
        "GET /api/v1/membership/drift",
        "GET /api/v1/membership/drift-case",
        "GET /api/v1/membership/drift-days",
        "GET /drift",
        "GET /drift.xlsx",
        "GET /drift/trend.svg",
        "GET /drift/days.xlsx",
        "GET /drift/{id}/apply",
        "POST /drift/{id}/apply",
        "GET /api/v1/membership/placed-on",
        "GET /api/v1/membership/unfit",
        "GET /api/v1/membership/desk-counts",
        "GET /hr/snapshot",
        "POST /hr/snapshot",
        *sheet_steps("/hr/snapshot"),
        "GET /desk",
        "GET /desk.xlsx",
        *(
            route
            for route in ASKED
            if "correction" in route
            and not re.search("ask-|own-|withdraw-|/me/|POST.*/withdraw", route)
        ),
        *(route for route in ASKED if "/scim/" in route or "/back" in route),
    )
    assert seen.allows == {
        Try("given", route, thing.name)
        for route in theirs
        for thing in stage.things[ASKED[route].about]
    }
    assert not seen.refusals


async def test_nobody_gets_past_a_door_without_a_token_that_holds(
    site: Home, stage: Stage, there_are: dict[str, ForWhom]
) -> None:
    """No token, one that ended by itself or by signing out, one of a closed account, one of
    another site, a cookie where a bearer is due."""
    tokens: dict[str, str] = {}
    async with gateway_session(site) as session:
        await keep_account(session, "w-closed", employee=None, roles=["it"])
        for name, account in (("ended", "w-it"), ("left", "w-it"), ("closed", "w-closed")):
            tokens[name], _ = await begin_session(session, account)
        await session.execute(
            text("UPDATE session SET expires_at = now() WHERE token_hash = :hash"),
            {"hash": token_hash(tokens["ended"])},
        )
        await drop_account(session, "w-closed")
        await session.commit()
    bearer = {"Authorization": f"Bearer {tokens['left']}"}
    assert (await stage.client.get("/api/v1/views/proposals", headers=bearer)).status_code == 200
    assert (await stage.client.delete("/api/v1/session", headers=bearer)).status_code == 204
    good = stage.company.tokens["it"]
    ways = {name: {"Authorization": f"Bearer {token}"} for name, token in tokens.items()} | {
        "none": {},
        "empty": {"Authorization": "Bearer"},
        "another site's": {"Authorization": f"Bearer {good[::-1]}"},
        "a digest": {"Authorization": f"Bearer {token_hash(good).hex()}"},
        "another scheme": {"Authorization": f"Basic {good}"},
        "a cookie": {"Cookie": f"session={good}; __Host-session={good}"},
    }
    outcomes: dict[Try, bool] = {}
    for route, (kind, body) in doors(there_are, stage).items():
        if is_for_programs(route):
            request = request_to(route, stage.things[kind][0], body)
            for way, headers in ways.items():
                answer = await sent(stage.client, request, **headers)
                outcomes[Try(way, "come in at", route)] = answer.status_code != 401
    allowed = [each for each, through in outcomes.items() if through]
    print(f"\nwalls: tokens: {len(outcomes)} tried, unexpected allows = {len(allowed)}")
    assert outcomes
    assert not allowed
