"""Filters, order and pages."""

from typing import Any
from uuid import uuid4

import pytest
from scim2_models import ScimFilter
from sqlalchemy import text

from deploy.local.home import Home
from services.gateway.scim import users
from services.gateway.scim.filters import Where
from services.gateway.scim.models import PERSON
from tests.conftest import rolled_back
from tests.scim.conftest import ENTERPRISE, GROUP, NORTH, SEARCH, SOUTH, Directory, user
from tests.scim.test_users import problem

WORD = uuid4().hex[:8]
PEOPLE: dict[str, dict[str, Any]] = {
    "a": {"title": "Electrician", "department": NORTH, "externalId": f"{WORD}-X"},
    "b": {"title": "electrician", "department": SOUTH, "active": False},
    "c": {"name": {"formatted": f"{WORD} 北小山"}, "displayName": "C%_"},
}


@pytest.fixture(scope="module")
async def people(directory: Directory) -> dict[str, str]:
    """Letter → id."""
    ids = {}
    for letter, more in PEOPLE.items():
        ids[letter] = (await directory.made(user(f"SQ{WORD}{letter}", **more)))["id"]
    group = {"schemas": [GROUP], "displayName": f"{WORD} g", "members": [{"value": ids["a"]}]}
    ids["group"] = (await directory.made(group, "Groups"))["id"]
    return ids


async def found(directory: Directory, ids: dict[str, str], **asked: Any) -> str:
    """The letters of those that are ours, in the order in which they come."""
    body = {"schemas": [SEARCH], "count": 500} | asked
    answer = await directory.ask("POST", "/Users/.search", body)
    assert answer.status_code == 200, answer.text
    letters = {id: letter for letter, id in ids.items()}
    return "".join(letters.get(each["id"], "") for each in answer.json().get("Resources", []))


@pytest.mark.parametrize(
    ("asked", "letters"),
    [
        (f'userName eq "SQ{WORD}A"', "a"),
        (f'userName eq "sq{WORD}a" or userName eq "sq{WORD}c"', "ac"),
        (f'externalId eq "{WORD}-X"', "a"),
        (f'externalId eq "{WORD}-x"', ""),
        (f'userName sw "sq{WORD}" and title pr', "ab"),
        (f'userName sw "sq{WORD}" and not (title pr)', "c"),
        (f'userName sw "sq{WORD}" and title eq "ELECTRICIAN"', "ab"),
        (f'userName sw "sq{WORD}" and active eq false', "b"),
        (f'userName sw "sq{WORD}" and active ne false', "ac"),
        (f'userName sw "sq{WORD}" and active eq null', "ac"),
        (f'userName sw "sq{WORD}" and active eq "False"', "b"),
        (f'userName sw "sq{WORD}" and active ne "true"', "abc"),
        (f'{ENTERPRISE}:employeeNumber eq "SQ{WORD}b"', "b"),
        (f'{ENTERPRISE}:employeeNumber eq "sq{WORD}b"', ""),
        (f'userName sw "sq{WORD}" and {ENTERPRISE}:department eq "{SOUTH}"', "b"),
        (f'name.formatted co "{WORD}"', "c"),
        (f'name.formatted ew "北小山" and name.formatted sw "{WORD}"', "c"),
        (f'userName sw "sq{WORD}" and displayName eq "C%_"', "c"),
        (f'userName sw "sq{WORD}" and displayName eq "C__"', ""),
        (f'userName sw "sq{WORD}" and name pr', "c"),
        (f'userName sw "sq{WORD}" and groups pr', "a"),
        (f'groups.display eq "{WORD} g"', "a"),
        (f'groups[display eq "{WORD} g"]', "a"),
        (f'userName sw "sq{WORD}" and meta.created gt "2020-01-01T00:00:00Z"', "abc"),
        (f'userName sw "sq{WORD}" and meta.lastModified lt "2020-01-01T00:00:00Z"', ""),
        (f'userName sw "sq{WORD}" and userName ge "sq{WORD}b"', "bc"),
    ],
)
async def test_a_filter_finds_what_it_says(
    directory: Directory, people: dict[str, str], asked: str, letters: str
) -> None:
    assert await found(directory, people, filter=asked) == letters
    by_id = " or ".join(f'id eq "{people[letter]}"' for letter in "abc")
    rest = "".join(sorted(set("abc") - set(letters)))
    assert await found(directory, people, filter=f"({by_id}) and not ({asked})") == rest


@pytest.mark.parametrize(
    ("asked", "scim_type"),
    [
        ("userName", "invalidFilter"),
        ('userName eq "a" and', "invalidFilter"),
        ('colour eq "red"', "invalidFilter"),
        ("active gt true", "invalidFilter"),
        ('active eq "perhaps"', "invalidFilter"),
        ('active eq "yes"', "invalidFilter"),
        ("active eq 1", "invalidFilter"),
        ('active co "true"', "invalidFilter"),
        ('meta.created gt "0001-01-01T00:00:00+14:00"', "invalidFilter"),
        ('meta.lastModified lt "9999-12-31T23:59:59-14:00"', "invalidFilter"),
        ('meta.created gt "yesterday"', "invalidFilter"),
        ('meta.location eq "x"', "invalidFilter"),
        ('userName eq "a\\u0000"', "invalidFilter"),
        ("userName eq 5", "invalidFilter"),
    ],
)
async def test_a_filter_that_is_none_is_refused(
    directory: Directory, asked: str, scim_type: str
) -> None:
    body = {"schemas": [SEARCH], "filter": asked}
    problem(await directory.ask("POST", "/Users/.search", body), 400, scim_type)


@pytest.mark.parametrize(
    "asked",
    [
        "(" * 40_000 + 'userName eq "a"' + ")" * 40_000,
        "not (" * 15_000 + 'userName eq "a"' + ")" * 15_000,
        " or ".join(['userName eq "a"'] * 5000),
        " or ".join(["(title pr and (title pr))"] * 3000),
    ],
)
async def test_a_filter_that_is_too_much_is_no_fault_of_ours(
    directory: Directory, asked: str
) -> None:
    answer = await directory.ask("POST", "/Users/.search", {"schemas": [SEARCH], "filter": asked})
    assert answer.status_code in {200, 400}


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ('userName eq "Li.Ming"', "scim_user_name"),
        ('externalId eq "4711"', "scim_user_external"),
        (f'{ENTERPRISE}:employeeNumber eq "N0001"', "scim_user_number"),
    ],
)
async def test_what_a_directory_asks_before_each_write_is_found_by_index(
    home: Home, asked: str, index: str
) -> None:
    where = Where(users.SHAPE, ScimFilter[PERSON](asked), "v")
    async with rolled_back(home, "gateway") as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        explain = text(f"EXPLAIN SELECT id FROM scim_user WHERE {where.sql()}")
        plan = "\n".join(await session.scalars(explain, where.given))
    assert index in plan, plan


async def test_words_of_a_filter_are_no_sql(directory: Directory, people: dict[str, str]) -> None:
    for value in ("' OR true --", "%", "_", ":v0_0", "\\\\"):
        assert await found(directory, people, filter=f'userName co "{value}"') == ""


async def test_the_order_and_the_pages_are_those_that_were_asked_for(
    directory: Directory, people: dict[str, str]
) -> None:
    ours = f'userName sw "sq{WORD}"'
    for by, order, letters in (
        ("userName", "ascending", "abc"),
        ("userName", "descending", "cba"),
        ("externalId", "ascending", "abc"),
        ("externalId", "descending", "bca"),
        (f"{ENTERPRISE}:department", "ascending", "abc"),
        ("meta.created", "descending", "cba"),
        ("active", "ascending", "bac"),
    ):
        asked = {"filter": ours, "sortBy": by, "sortOrder": order}
        assert await found(directory, people, **asked) == letters, (by, order)
        one_by_one = [
            await found(directory, people, **asked, startIndex=place, count=1)
            for place in (1, 2, 3, 4)
        ]
        assert one_by_one == [*letters, ""], (by, order)
    answer = await directory.ask("GET", f"/Users?filter={ours}&startIndex=2&count=1")
    told = answer.json()
    assert (told["totalResults"], told["startIndex"], told["itemsPerPage"]) == (3, 2, 1)
    none = (await directory.ask("GET", f"/Users?filter={ours}&count=0")).json()
    assert (none["totalResults"], none.get("Resources", [])) == (3, [])
    behind = 99_999_999_999_999_999_999
    assert await found(directory, people, filter=ours, startIndex=behind) == ""
    told = (await directory.ask("GET", f"/Users?filter={ours}&startIndex={behind}")).json()
    assert (told["totalResults"], told.get("Resources", [])) == (3, [])
    assert await found(directory, people, filter=ours, count=behind) == "abc"
    problem(await directory.ask("GET", "/Users?sortBy=colour"), 400, "invalidPath")
    problem(await directory.ask("GET", "/Users?startIndex=x"), 400)


async def test_people_and_groups_are_searched_together(
    directory: Directory, people: dict[str, str]
) -> None:
    asked = f'displayName sw "{WORD}" or userName eq "sq{WORD}b"'
    body = {"schemas": [SEARCH], "filter": asked, "sortBy": "displayName"}
    answer = (await directory.ask("POST", "/.search", body)).json()
    assert answer["totalResults"] == 2
    kinds = [each["meta"]["resourceType"] for each in answer["Resources"]]
    assert sorted(kinds) == ["Group", "User"]
    listed = (await directory.ask("GET", f'/Groups?filter=members eq "{people["a"]}"')).json()
    assert [each["id"] for each in listed["Resources"]] == [people["group"]]
    assert listed["Resources"][0]["members"][0]["value"] == people["a"]
    short = await directory.ask("GET", f"/Groups/{people['group']}?excludedAttributes=members")
    assert "members" not in short.json()
