"""A contradiction of HR: it arrives, an officer settles it, the roll follows, and it is undone."""

from typing import Any

from tests.journeys.conftest import PLANT, TEAM, Company, event

TORN = "J-torn"
DAYS = ("2024-04-15", "2024-06-15")


async def test_a_contradiction_is_settled_and_the_ruling_taken_back(company: Company) -> None:
    who = {"employee": TORN}
    heard = await company.feed(
        event("employee-hired", name="两处", on="2024-04-01", **who),
        event("employee-assigned", unit=TEAM, on="2024-04-01", **who),
        event("employee-assigned", unit=PLANT, on="2024-05-01", **who),
    )
    assert heard.status_code == 200

    async def heads() -> list[dict[str, int]]:
        told = [(await company.get("director", "membership/heads", on=on)).json() for on in DAYS]
        return [{unit: each["by_unit"].get(unit, 0) for unit in (TEAM, PLANT)} for each in told]

    async def case() -> Any:
        answer = await company.get("officer", "membership/unfit-case", **who)
        assert answer.status_code == 200, answer.text
        return answer.json()

    before = await heads()
    listed = (await company.get("officer", "membership/unfit", **who)).json()
    assert [each["reason"] for each in listed["events"]] == ["already-placed"]
    moved = next(each for each in (await case())["choices"] if each["ruling"] == "corrected")
    ruling = {name: moved[name] for name in ("ruling", "event", "from_unit")}
    asked = who | ruling | {"reason": "调动通知已核对"}
    assert (await company.ask("manager", "membership/settle-unfit", asked)).status_code == 403
    made = await company.ask("officer", "membership/settle-unfit", asked, key="j-settle")
    assert made.status_code == 201, made.text
    again = await company.ask("officer", "membership/settle-unfit", asked, key="j-settle")
    assert again.json()["id"] == made.json()["id"], "sent twice, it is one ruling"
    after = await heads()
    assert after[0] == before[0]
    assert after[1] == {TEAM: before[1][TEAM] - 1, PLANT: before[1][PLANT] + 1}
    assert (await company.get("officer", "membership/unfit", **who)).json()["total"] == 0
    # What others know of the roll follows by its facts: a proposal goes to where the person is.
    plant = (await company.get("officer", "views/person", **who)).json()
    assert plant["unit"] == PLANT

    undo = {"ruling": made.json()["id"], "reason": "看错了人"}
    assert (await company.ask("officer", "membership/take-back-ruling", undo)).status_code == 201
    assert await heads() == before
    assert (await company.get("officer", "views/person", **who)).json()["unit"] == TEAM
    settled = await case()
    assert [each["kind"] for each in settled["rulings"]] == ["corrected"]
    assert settled["rulings"][0]["taken_back_why"] == "看错了人"
    assert settled["now"]["unfit"] == 1
