"""What is held of somebody is told to them whole, and to the union's officer who acts for them; and
that it was read is on record."""

from typing import Any

from tests.journeys.conftest import Company, event

OWNERS = ("membership", "democracy", "training", "welfare", "views")
NUMBER = "OD-1"


async def told(company: Company, who: str, **query: str) -> dict[str, dict[str, list[Any]]]:
    found = {}
    for owner in OWNERS:
        answer = await company.get(who, f"{owner}/own-data", **query)
        assert answer.status_code == 200, answer.text
        found[owner] = {each["table"]: each["rows"] for each in answer.json()["tables"]}
    return found


async def test_everything_is_told_in_plain_fields(company: Company) -> None:
    await company.feed(
        event("unit-created", unit="od-plant", name="自述厂", kind="plant", parent="company"),
        event("employee-hired", employee=NUMBER, name="欧阳自述", on="2024-01-01"),
        event("employee-assigned", employee=NUMBER, unit="od-plant", on="2024-01-01", post="钳工"),
    )
    visit = {"employee": NUMBER, "occasion": "festival", "on": "2024-09-17", "visitors": ["J2"]}
    assert (
        await company.ask("officer", "welfare/log-visit", visit | {"note": "送月饼"})
    ).is_success
    held = await told(company, "officer", employee=NUMBER)
    [person] = held["membership"]["person"]
    assert (person["employee"], person["name"]) == (NUMBER, "欧阳自述")
    assert {each["said"].get("name") for each in held["membership"]["hr_event"]} == {
        "欧阳自述",
        None,
    }
    [stay] = held["membership"]["stay"]
    assert (stay["since"], stay["post"]) == ("2024-01-01", "钳工")
    [visited] = held["welfare"]["visit"]
    assert (visited["occasion"], visited["note"]) == ("festival", "送月饼")
    assert held["democracy"]["person"][0]["employee"] == NUMBER
    assert held["views"]["visit"][0]["visit"] == visited["visit"]


async def test_who_acts_for_somebody_is_not_told_what_they_hid(company: Company) -> None:
    hidden = await company.submit("mate", "不具名的话", hidden=True)
    liked = await company.submit("worker", "大家的话")
    await company.ask("mate", "democracy/support-proposal", {"proposal": liked})
    own = await told(company, "mate", employee="J4")
    assert hidden in {each["proposal"] for each in own["democracy"]["proposal"]}
    assert [each["proposal"] for each in own["democracy"]["support"]] == [liked]
    for_them = await told(company, "officer", employee="J4")
    assert hidden not in {each["proposal"] for each in for_them["democracy"]["proposal"]}
    assert "support" not in for_them["democracy"]
    assert "follow" not in for_them["views"]


async def test_others_are_told_nothing_and_nobody_learns_who_is_there(company: Company) -> None:
    for owner in OWNERS:
        for number in ("J2", "OD-unknown"):
            answer = await company.get("worker", f"{owner}/own-data", employee=number)
            assert answer.status_code == 403, (owner, answer.text)
        answer = await company.get("officer", f"{owner}/own-data", employee="OD-unknown")
        assert answer.status_code == 404, (owner, answer.text)


async def test_each_reading_stands_in_the_audit_log_that_is_told_too(company: Company) -> None:
    await told(company, "officer", employee="J1")
    own = await told(company, "worker", employee="J1")
    read = {
        each["subject"]
        for each in own["views"]["audit_entry"]
        if each["about"] == "J1" and each["what"] == "read"
    }
    assert {f"{owner}.own-data" for owner in (*OWNERS[:-1], "gateway")} <= read
    others = [each for each in own["views"]["audit_entry"] if each["account"] is not None]
    assert {each["account"] for each in others} == {"j-worker"}, "readers are told by their posts"
