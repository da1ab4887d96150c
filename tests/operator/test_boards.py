"""`tongxin board`: codes for displays on a wall, and the end of one."""

import httpx

from tests.operator.conftest import Operated
from tests.pages.conftest import HTML, hidden_in

UNIT = "demo-qinghe"


async def test_a_display_is_paired_listed_and_removed(operated: Operated) -> None:
    code, said, errors = await operated.run("board", "add", UNIT)
    assert code == 0, errors
    assert f"{operated.home.url}/board" in said
    letters = next(word for word in said.split() if len(word) == 9 and word[4] == "-")
    [waiting] = await operated.told("board", "list")
    assert (waiting["unit"], waiting["paired_at"]) == (UNIT, None)
    async with httpx.AsyncClient(base_url=operated.home.url, headers=HTML) as wall:
        hidden = hidden_in(await wall.get("/board"), "/board")
        done = await wall.post("/board", data=hidden | {"code": letters})
        assert (done.status_code, done.headers["location"]) == (303, f"/board/{UNIT}")
        [paired] = await operated.told("board", "list")
        assert paired["paired_at"]
        assert letters not in str(paired)
        code, _, errors = await operated.run("board", "remove", paired["id"])
        assert code == 0, errors
        gone = await wall.get(f"/board/{UNIT}")
        assert (gone.status_code, gone.headers["location"]) == (303, "/board")
    assert await operated.told("board", "list") == []
    deeds = (operated.home.logs / "operator.log").read_text()
    assert "board added" in deeds
    assert "board removed" in deeds
    assert letters not in deeds


async def test_what_is_not_there_is_said_in_one_sentence(operated: Operated) -> None:
    for words in (
        ("add", "nowhere"),
        ("remove", "not-an-id"),
        ("remove", "01890000-0000-7000-8000-000000000000"),
    ):
        code, _, errors = await operated.run("board", *words)
        assert code == 1
        assert errors.count("\n") == 1
        assert errors.startswith("tongxin: ")
