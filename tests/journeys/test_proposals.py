"""What people do with proposals, over HTTP, on a whole site."""

from uuid import uuid4

from tests.journeys.conftest import PEOPLE, PLANT, TEAM, Company


async def test_a_worker_submits_an_officer_supports_a_manager_answers(company: Company) -> None:
    """Each sees what the other did at the first look after it."""
    id = await company.submit("worker", "食堂延长开饭时间", category="welfare")
    seen = await company.seen("officer", id)
    assert seen
    assert (seen["state"], seen["supports"], seen["author"]) == ("open", 0, PEOPLE["worker"])
    assert (seen["unit"], seen["overdue"]) == (TEAM, False)

    support = await company.ask("officer", "democracy/support-proposal", {"proposal": id})
    assert support.status_code == 201
    assert "view" not in support.headers
    seen = await company.seen("manager", id)
    assert seen
    assert seen["supports"] == 1

    body = {"proposal": id, "decision": "adopted", "reasons": "下月开始"}
    answer = await company.ask("manager", "democracy/answer-proposal", body)
    assert answer.status_code == 201
    seen = await company.seen("worker", id)
    assert seen
    assert (seen["state"], seen["reasons"]) == ("adopted", "下月开始")


async def test_a_hidden_author_is_in_no_view(company: Company) -> None:
    id = await company.submit("worker", "匿名的意见", hidden=True)
    seen = await company.seen("officer", id)
    assert seen
    assert seen["author"] is None
    for who in ("worker", "officer"):
        page = (await company.get(who, "views/person", employee=PEOPLE["worker"])).json()
        assert id not in [each["id"] for each in page["proposals"]]


async def test_the_same_key_gives_the_same_answer_and_does_it_once(company: Company) -> None:
    body = {"title": f"只说一次 {uuid4()}", "body": "说明", "category": "other"}
    key = str(uuid4())
    first = await company.ask("worker", "democracy/submit-proposal", body, key=key)
    second = await company.ask("worker", "democracy/submit-proposal", body, key=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    found = (await company.get("worker", "views/proposals", q=body["title"])).json()["items"]
    assert len(found) == 1
    other = await company.ask(
        "worker", "democracy/submit-proposal", body | {"title": "别的"}, key=key
    )
    assert (other.status_code, other.json()["code"]) == (422, "key-reused")
    # Another account may use the same key for itself.
    mate = await company.ask("mate", "democracy/submit-proposal", body, key=key)
    assert mate.status_code == 201
    assert mate.json() != first.json()


async def test_a_repeat_is_no_second_support_and_a_refusal_stays_one(company: Company) -> None:
    id = await company.submit("worker", "再说一次")
    about = {"proposal": id}
    keys = str(uuid4()), str(uuid4())
    first = await company.ask("mate", "democracy/support-proposal", about, key=keys[0])
    again = await company.ask("mate", "democracy/support-proposal", about, key=keys[0])
    assert (first.status_code, again.status_code) == (201, 201)
    other = await company.ask("mate", "democracy/support-proposal", about, key=keys[1])
    assert (other.status_code, other.json()["code"]) == (409, "already-supported")

    own = await company.ask("worker", "democracy/support-proposal", about, key=keys[0])
    same = await company.ask("worker", "democracy/support-proposal", about, key=keys[0])
    assert (own.status_code, same.json()) == (409, own.json())
    seen = await company.seen("worker", id)
    assert seen
    assert seen["supports"] == 1


async def test_words_inside_a_text_are_found_and_there_are_no_wildcards(company: Company) -> None:
    word = uuid4().hex[:8]
    id = await company.submit("worker", f"关于{word}的建议", body="百分之50%_以上")
    for q in (word, "50%_以上"):
        items = (await company.get("worker", "views/proposals", q=q, limit=200)).json()["items"]
        assert id in [each["id"] for each in items]
    for q in (f"{word[:4]}%zz", "%_", "50%_以下"):
        none = await company.get("worker", "views/proposals", q=q)
        assert none.json()["items"] == []


async def test_paging_shows_each_once_newest_first(company: Company) -> None:
    word = uuid4().hex[:8]
    made = [await company.submit("worker", f"{word} {number}") for number in range(7)]
    found: list[str] = []
    query: dict[str, str] = {"q": word, "limit": "3"}
    while True:
        page = (await company.get("worker", "views/proposals", **query)).json()
        found += [each["id"] for each in page["items"]]
        if page["cursor"] is None:
            break
        query["cursor"] = page["cursor"]
    assert found == made[::-1]


async def test_filters_hold_together(company: Company) -> None:
    word = uuid4().hex[:8]
    safety = await company.submit("worker", f"{word} a", category="safety")
    await company.submit("worker", f"{word} b", category="training")
    query = {"q": word, "category": "safety", "unit": PLANT, "state": "open", "overdue": "false"}
    items = (await company.get("worker", "views/proposals", **query)).json()["items"]
    assert [each["id"] for each in items] == [safety]
    nothing = await company.get("worker", "views/proposals", unit="j-nowhere")
    assert nothing.json() == {"items": [], "cursor": None}


async def test_a_plant_is_counted_as_of_a_day(company: Company) -> None:
    page = (await company.get("manager", "views/plant", unit=PLANT, on="2024-06-01")).json()
    assert page["heads"] == {"total": len(PEOPLE), "by_unit": {TEAM: len(PEOPLE)}}
    assert page["proposals"] == {"open": 0, "overdue": 0, "adopted": 0, "declined": 0}
    before = (await company.get("manager", "views/plant", unit=PLANT, on="2023-01-01")).json()
    assert before["heads"]["total"] == 0
    now = (await company.get("director", "views/plant", unit=PLANT)).json()
    assert now["proposals"]["open"] + now["proposals"]["adopted"] > 0


async def test_joining_the_union_shows_on_ones_page(company: Company) -> None:
    before = (await company.get("mate", "views/person", employee=PEOPLE["mate"])).json()
    assert (before["member_since"], before["name"]) == (None, f"某{PEOPLE['mate']}")
    joined = await company.ask("mate", "membership/join-union", {"consent": True})
    assert joined.status_code == 201
    after = (await company.get("mate", "views/person", employee=PEOPLE["mate"])).json()
    assert after["member_since"] is not None
