"""A sheet waits for its bringer alone, sealed, and is worked on by one at a time."""

from collections.abc import AsyncIterator, Callable
from decimal import Decimal

import pytest
from sqlalchemy import text

from services.gateway.sheets_in.kept import MOST_EACH, SheetsIn
from services.gateway.sheets_in.kinds import Row, Sheet
from shared import database
from shared.messages import uuid7
from shared.settings import Settings

SHEET = Sheet(["工号", "姓名"], [Row(2, ["K001", "陈小红"]), Row(3, [Decimal(7), None])])


@pytest.fixture
async def kept(settings: Callable[[str], Settings]) -> AsyncIterator[SheetsIn]:
    told = settings("gateway")
    engine = database.engine(told, pool_size=2)
    seal_key = told.seal_key.get_secret_value().encode()[:64]
    yield SheetsIn(database.Sessions(engine, seal_key))
    await engine.dispose()


async def test_it_comes_back_whole_to_its_bringer_and_to_nobody_else(kept: SheetsIn) -> None:
    id = await kept.keep("posts", "a", SHEET, {"on": "2024-05-01"})
    found = await kept.of("posts", "a", id, with_sheet=True)
    assert found
    assert found.sheet == SHEET
    assert (found.rows, found.state, found.asked) == (2, "brought", {"on": "2024-05-01"})
    assert await kept.of("posts", "b", id) is None
    assert await kept.of("dues", "a", id) is None
    await kept.drop("posts", "b", id)
    assert await kept.of("posts", "a", id)
    await kept.drop("posts", "a", id)
    assert await kept.of("posts", "a", id) is None


async def test_nothing_of_it_can_be_read_in_the_table(kept: SheetsIn) -> None:
    id = await kept.keep("posts", "an-account", SHEET, {"on": "2024-05-01"})
    await kept.account(id, "weighed", [{"about": "陈小红"}])
    async with kept.sessions() as session:
        row = await session.scalar(
            text("SELECT sheet_in::text FROM sheet_in WHERE id = :id"), {"id": id}
        )
    for said in ("陈小红".encode().hex(), b"K001".hex(), "陈小红", "K001", "an-account"):
        assert said not in str(row)


async def test_one_works_on_it_at_a_time_and_another_takes_it_up_when_that_one_died(
    kept: SheetsIn,
) -> None:
    id = await kept.keep("posts", "a", SHEET, {})
    assert not await kept.begin(id, "doing"), "it was not weighed yet"
    assert await kept.begin(id, "weighing", columns={"employee": 0})
    assert not await kept.begin(id, "weighing")
    await kept.account(id, "weighed", [])
    assert await kept.begin(id, "doing")
    assert not await kept.begin(id, "doing")
    await kept.go_on(id, 1)
    async with kept.sessions() as session:
        died = text("UPDATE sheet_in SET worked_until = now() - interval '1 s' WHERE id = :id")
        await session.execute(died, {"id": id})
        await session.commit()
    assert await kept.begin(id, "doing")
    await kept.account(id, "done", [{"row": 2}])
    assert not await kept.begin(id, "doing"), "a second press does nothing"
    assert not await kept.begin(id, "weighing")
    found = await kept.of("posts", "a", id, with_sheet=True)
    assert found
    assert (found.sheet, found.account, found.columns) == (None, [{"row": 2}], {"employee": 0})


async def test_a_dry_run_that_fails_leaves_no_account_of_the_one_before(kept: SheetsIn) -> None:
    id = await kept.keep("posts", "a", SHEET, {})
    assert await kept.begin(id, "weighing", columns={"employee": 0})
    await kept.account(id, "weighed", [{"row": 2}])
    assert await kept.begin(id, "weighing", columns={"employee": 1})
    await kept.let_go(id, "brought")
    found = await kept.of("posts", "a", id)
    assert found
    assert (found.state, found.account, found.columns) == ("brought", None, {"employee": 1})


async def test_a_deed_that_fails_keeps_what_was_found_before(kept: SheetsIn) -> None:
    id = await kept.keep("posts", "a", SHEET, {})
    assert await kept.begin(id, "weighing", columns={"employee": 0})
    await kept.account(id, "weighed", [{"row": 2}])
    assert await kept.begin(id, "doing")
    await kept.let_go(id, "weighed")
    found = await kept.of("posts", "a", id)
    assert found
    assert (found.state, found.account) == ("weighed", [{"row": 2}])


async def test_after_a_day_there_is_nothing(kept: SheetsIn) -> None:
    id = await kept.keep("posts", "a", SHEET, {})
    async with kept.sessions() as session:
        late = text("UPDATE sheet_in SET waits_until = now() - interval '1 s' WHERE id = :id")
        await session.execute(late, {"id": id})
        await session.commit()
    assert await kept.of("posts", "a", id) is None


async def test_who_brings_very_many_keeps_the_newest(kept: SheetsIn) -> None:
    account = str(uuid7())
    ids = [await kept.keep("posts", account, SHEET, {}) for _ in range(MOST_EACH + 1)]
    assert await kept.of("posts", account, ids[0]) is None
    assert await kept.of("posts", account, ids[1])


async def test_columns_are_remembered_by_kind_and_header(kept: SheetsIn) -> None:
    header = [str(uuid7()), "姓名"]
    assert await kept.remembered("posts", header) is None
    await kept.remember("posts", header, {"employee": 1})
    await kept.remember("posts", header, {"employee": 0})
    assert await kept.remembered("posts", header) == {"employee": 0}
    assert await kept.remembered("dues", header) is None
    assert await kept.remembered("posts", header[::-1]) is None
