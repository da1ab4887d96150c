"""People come, move, are renamed and leave by SCIM, and the roll says so."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, close_account, keep_account
from shared.testing import eventually
from tests.journeys.conftest import event
from tests.scim.conftest import (
    BULK,
    ENTERPRISE,
    ERROR,
    NORTH,
    SOUTH,
    Directory,
    number,
    patch,
    replace,
    user,
)


async def test_who_is_made_is_on_the_roll_in_the_unit_with_the_post(directory: Directory) -> None:
    who = number()
    body = user(who, name={"formatted": "北小山"}, title="操作工", department=NORTH)
    made = await directory.made(body)
    assert made["meta"]["location"].endswith(f"/scim/v2/Users/{made['id']}")
    assert made["meta"]["version"] == 'W/"1"'
    await directory.becomes(who, name="北小山", unit=NORTH, post="操作工")
    assert (await directory.ask("GET", f"/Users/{made['id']}")).json() == made


async def test_changes_of_a_day_reach_the_roll_the_same_day(directory: Directory) -> None:
    who = number()
    id = (await directory.made(user(who)))["id"]
    await directory.becomes(who, unit=None, name="某人")
    await directory.change(id, f"{ENTERPRISE}:department", NORTH)
    await directory.becomes(who, unit=NORTH, post=None)
    await directory.change(id, "title", "班长")
    await directory.becomes(who, unit=NORTH, post="班长")
    await directory.change(id, f"{ENTERPRISE}:department", SOUTH)
    await directory.becomes(who, unit=SOUTH, post="班长")
    await directory.change(id, "displayName", "另一个名字")
    await directory.becomes(who, name="另一个名字")
    unfit = (await directory.company.get("hr", "membership/unfit", limit=200)).json()["events"]
    assert not [each for each in unfit if each["about"] == who]


async def test_put_says_the_same_and_the_same_again_says_nothing(directory: Directory) -> None:
    who = number()
    made = await directory.made(user(who, department=NORTH))
    wanted = user(who, department=SOUTH, title="电工")
    first = await directory.ask("PUT", f"/Users/{made['id']}", wanted)
    assert first.status_code == 200, first.text
    await directory.becomes(who, unit=SOUTH, post="电工")
    second = await directory.ask("PUT", f"/Users/{made['id']}", wanted)
    assert second.json()["meta"] == first.json()["meta"]


async def test_who_is_inactive_has_left_and_has_no_access(directory: Directory, site: Home) -> None:
    who = number()
    id = (await directory.made(user(who, department=NORTH)))["id"]
    await directory.becomes(who, unit=NORTH)
    async with gateway_session(site) as session:
        await keep_account(session, f"sc-{who}".lower(), employee=who, roles=[])
        token, _ = await begin_session(session, f"sc-{who}".lower())
        await keep_account(session, f"sc2-{who}".lower(), employee=who, roles=[])
        await session.execute(
            text("UPDATE account SET active = false WHERE name = :name"),
            {"name": f"sc2-{who}".lower()},
        )
        await session.commit()
    bearer = {"Authorization": f"Bearer {token}"}
    mine = "/api/v1/views/proposals"
    assert (await directory.client.get(mine, headers=bearer)).status_code == 200
    await directory.change(id, "active", False)
    assert (await directory.client.get(mine, headers=bearer)).status_code == 401
    await directory.becomes(who, unit=None)
    assert await accounts(site, who) == {f"sc-{who}".lower(): False, f"sc2-{who}".lower(): False}
    assert ("access closed", who) in await on_record(site, who)
    await directory.change(id, "active", True)
    # What IT has closed stays closed.
    assert await accounts(site, who) == {f"sc-{who}".lower(): True, f"sc2-{who}".lower(): False}


async def test_who_is_deleted_is_gone_here_and_stays_in_the_history(
    directory: Directory, site: Home
) -> None:
    who = number()
    hired = event("employee-hired", employee=who, name="老人", on="2024-05-01")
    placed = event("employee-assigned", employee=who, unit=NORTH, on="2024-05-01")
    assert (await directory.company.feed(hired, placed)).json()["heard"]
    id = (await directory.made(user(who, displayName="老人", department=NORTH)))["id"]
    async with gateway_session(site) as session:
        await keep_account(session, f"sc-{who}".lower(), employee=who, roles=[])
        await session.commit()
    answer = await directory.ask("DELETE", f"/Users/{id}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await directory.ask("GET", f"/Users/{id}")).status_code == 404
    assert await accounts(site, who) == {f"sc-{who}".lower(): False}
    await directory.becomes(who, unit=None)
    asked = {"on": "2024-06-01", "unit": NORTH, "limit": 200}
    roll = (await directory.company.get("officer", "membership/roll", **asked)).json()
    assert who in str(roll)
    # Back under the same number: a new resource of the same person, who has access again.
    assert (await directory.made(user(who, displayName="老人", department=NORTH)))["id"] != id
    assert await accounts(site, who) == {f"sc-{who}".lower(): True}
    assert ("access opened", who) in await on_record(site, who)


async def test_what_it_has_closed_while_somebody_was_away_stays_closed(
    directory: Directory, site: Home
) -> None:
    who = number()
    name = f"sc-{who}".lower()
    id = (await directory.made(user(who)))["id"]
    async with gateway_session(site) as session:
        await keep_account(session, name, employee=who, roles=[])
        await session.commit()
    assert (await directory.ask("DELETE", f"/Users/{id}")).status_code == 204
    async with gateway_session(site) as session:
        assert await close_account(session, name)
        await session.commit()
    await directory.made(user(who))
    assert await accounts(site, who) == {name: False}


async def test_whom_hr_has_told_of_by_another_door_is_not_hired_twice(
    directory: Directory,
) -> None:
    who = number()
    hired = event("employee-hired", employee=who, name="某人", on="2024-05-01")
    placed = event("employee-assigned", employee=who, unit=NORTH, on="2024-05-01")
    assert (await directory.company.feed(hired, placed)).json()["heard"]
    id = (await directory.made(user(who, department=NORTH)))["id"]
    await directory.change(id, f"{ENTERPRISE}:department", SOUTH)
    await directory.becomes(who, unit=SOUTH)
    unfit = (await directory.company.get("hr", "membership/unfit", limit=200)).json()["events"]
    assert not [each for each in unfit if each["about"] == who]


@pytest.mark.parametrize(
    ("more", "scim_type", "says"),
    [
        ({"department": "nowhere"}, "invalidValue", "department must be HR's code"),
        ({"department": ""}, "invalidValue", "department"),
        ({"title": "x" * 201}, "invalidValue", "title must be"),
        ({"displayName": "\0"}, "invalidValue", "displayName must be"),
        ({"displayName": None}, "invalidValue", "displayName"),
        ({"userName": " "}, "invalidValue", "userName must be"),
        ({"userName": "x" * 256}, "invalidValue", "userName must be"),
        ({"externalId": "a\nb"}, "invalidValue", "externalId must be"),
        ({ENTERPRISE: {"employeeNumber": "a b"}}, "invalidValue", "employeeNumber must be"),
        ({ENTERPRISE: {"employeeNumber": "a/b"}}, "invalidValue", "employeeNumber must be"),
        ({ENTERPRISE: {"employeeNumber": "x" * 33}}, "invalidValue", "employeeNumber must be"),
        ({ENTERPRISE: {}}, "invalidValue", "employeeNumber"),
        ({ENTERPRISE: {"employeeNumber": 5}}, None, ""),
        ({"active": "perhaps"}, None, ""),
        ({"schemas": ["urn:nothing"]}, None, ""),
        ({"name": "text"}, None, ""),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_kept(
    directory: Directory, more: dict[str, Any], scim_type: str | None, says: str
) -> None:
    who = number()
    answer = await directory.ask("POST", "/Users", user(who, **more))
    problem(answer, 400, scim_type, says)
    found = (await directory.ask("GET", f'/Users?filter=userName eq "{who.lower()}"')).json()
    assert found["totalResults"] == 0


def problem(answer: Any, status: int, scim_type: str | None = None, says: str = "") -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/scim+json"
    body = answer.json()
    assert (body["schemas"], body["status"]) == ([ERROR], str(status))
    assert says in body["detail"]
    if scim_type:
        assert body["scimType"] == scim_type


async def test_a_number_and_a_name_are_somebodys_alone(directory: Directory) -> None:
    who, other = number(), number()
    await directory.made(user(who))
    for body in (user(who, userName=other), user(other, userName=who.upper())):
        problem(await directory.ask("POST", "/Users", body), 409, "uniqueness", "another user has")
    id = (await directory.made(user(other)))["id"]
    answer = await directory.ask(
        "PATCH", f"/Users/{id}", replace(f"{ENTERPRISE}:employeeNumber", who)
    )
    problem(answer, 409, "uniqueness", "employeeNumber")
    assert (await directory.ask("GET", f"/Users/{id}")).json()["meta"]["version"] == 'W/"1"'


async def test_a_number_that_is_a_uuid_is_on_the_roll_without_hyphens(
    directory: Directory,
) -> None:
    who = uuid4()
    made = await directory.made(user(str(who), department=NORTH))
    assert made[ENTERPRISE]["employeeNumber"] == str(who)
    await directory.becomes(who.hex, unit=NORTH)
    for same in (str(who).upper(), who.hex):
        answer = await directory.ask("POST", "/Users", user(same, userName=number()))
        problem(answer, 409, "uniqueness", "employeeNumber")


async def test_another_number_is_another_entry_on_the_roll(
    directory: Directory, site: Home
) -> None:
    who, other = number(), number()
    id = (await directory.made(user(who, department=NORTH)))["id"]
    async with gateway_session(site) as session:
        await keep_account(session, f"sc-{who}".lower(), employee=who, roles=[])
        await session.commit()
    await directory.becomes(who, unit=NORTH)
    await directory.change(id, f"{ENTERPRISE}:employeeNumber", other)
    await directory.becomes(other, unit=NORTH)
    await directory.becomes(who, unit=None)
    assert await accounts(site, who) == {f"sc-{who}".lower(): False}
    await directory.change(id, f"{ENTERPRISE}:employeeNumber", who)
    assert await accounts(site, who) == {f"sc-{who}".lower(): True}


async def test_a_version_that_is_old_changes_nothing(directory: Directory) -> None:
    made = await directory.made(user(number()))
    path, first = f"/Users/{made['id']}", made["meta"]["version"]
    same = await directory.ask("GET", path, **{"If-None-Match": first})
    assert (same.status_code, same.content) == (304, b"")
    good = await directory.ask("PATCH", path, replace("title", "a"), **{"If-Match": first})
    assert (good.status_code, good.headers["etag"]) == (204, 'W/"2"')
    for method, body in (("PATCH", replace("title", "b")), ("DELETE", None)):
        problem(await directory.ask(method, path, body, **{"If-Match": first}), 412)
    now = await directory.ask("GET", path, **{"If-None-Match": first})
    assert (now.status_code, now.json()["title"]) == (200, "a")


async def test_a_bulk_is_done_one_by_one_and_says_of_each_what_became_of_it(
    directory: Directory,
) -> None:
    who, other = number(), number()
    body: dict[str, Any] = {
        "schemas": [BULK],
        "Operations": [
            {"method": "POST", "path": "/Users", "bulkId": "a", "data": user(who)},
            {"method": "POST", "path": "/Users", "bulkId": "b", "data": user(who)},
            {
                "method": "POST",
                "path": "/Groups",
                "bulkId": "c",
                "data": {
                    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
                    "displayName": other,
                    "members": [{"value": "bulkId:a"}],
                },
            },
        ],
    }
    answer = await directory.ask("POST", "/Bulk", body)
    assert [each["status"] for each in answer.json()["Operations"]] == ["201", "409", "201"]
    await directory.becomes(who, name="某人")
    large = body | {"Operations": body["Operations"] * 67}
    problem(await directory.ask("POST", "/Bulk", large), 413)


async def test_what_a_directory_says_beside_is_passed_over(directory: Directory) -> None:
    who = number()
    body = user(who, nickName="小山", emails=[{"value": "a@b.example", "primary": True}])
    body[ENTERPRISE]["costCenter"] = "4711"
    made = await directory.made(body)
    assert not {"nickName", "emails"} & set(made)
    assert made[ENTERPRISE] == {"employeeNumber": who}
    operations = patch(
        {"op": "Replace", "path": "title", "value": "电工"},
        {"op": "Add", "path": "nickName", "value": "x"},
        {"op": "replace", "value": {"active": True, f"{ENTERPRISE}:department": NORTH}},
    )
    answer = await directory.ask("PATCH", f"/Users/{made['id']}", operations)
    assert answer.status_code == 204, answer.text
    await directory.becomes(who, unit=NORTH, post="电工")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"5", b"\xff\xfe", b"[" * 100_000, b'{"userName": "\\ud800"}']
)
async def test_what_is_no_scim_is_malformed(directory: Directory, body: bytes) -> None:
    headers = directory.company.bearer("hr") | {"Content-Type": "application/scim+json"}
    for method, path in (
        ("POST", "/Users"),
        ("POST", "/Bulk"),
        ("POST", "/Users/.search"),
        ("POST", "/Groups"),
    ):
        answer = await directory.client.request(
            method, f"/scim/v2{path}", content=body, headers=headers
        )
        problem(answer, 400)


async def test_every_error_is_said_as_scim_says_it(directory: Directory) -> None:
    client = directory.client
    problem(await client.get("/scim/v2/Users"), 401)
    problem(await client.get("/scim/v2/ServiceProviderConfig"), 401)
    problem(await client.get("/scim/v2/Users", headers=directory.company.bearer("officer")), 403)
    for path in ("/nothing", "/Users/1", "/Me", "/Users/%00", "/Groups/a%2Fb"):
        problem(await directory.ask("GET", path), 404)
    answer = await directory.ask("PUT", "/Users")
    problem(answer, 405)
    assert answer.headers["allow"] == "GET, POST"
    large = user(number(), nickName="x" * 131_072)
    problem(await directory.ask("POST", "/Users", large), 413)
    wrong = directory.company.bearer("hr") | {"Content-Type": "text/plain"}
    problem(await client.post("/scim/v2/Users", content=b"x", headers=wrong), 415)


async def accounts(site: Home, employee: str) -> dict[str, bool]:
    async with gateway_session(site) as session:
        found = await session.execute(
            text("SELECT name, active FROM account WHERE employee = :employee"),
            {"employee": employee},
        )
        return {row.name: row.active for row in found}


async def on_record(site: Home, about: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []

    async def there() -> bool:
        async with gateway_session(site) as session:
            rows = await session.execute(
                text("SELECT what, about FROM audit WHERE about = :about"), {"about": about}
            )
            found[:] = [(row.what, row.about) for row in rows]
        return bool(found)

    await eventually(there, seconds=5)
    return found
