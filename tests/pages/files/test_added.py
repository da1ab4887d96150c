"""Files are added to what was said, and taken off, by whose they are."""

import httpx

from tests.files import made
from tests.pages.conftest import Plant, hidden_in
from tests.pages.files.bringing import (
    bring,
    proposed_with,
    shown_in,
)


async def test_an_author_adds_files_and_takes_them_off(
    worker: httpx.AsyncClient, officer: httpx.AsyncClient, manager: httpx.AsyncClient
) -> None:
    path = await proposed_with(worker, [])
    form = f"{path}/files"
    assert f'href="{form}"' in (await worker.get(path)).text
    assert f'href="{form}"' not in (await officer.get(path)).text
    nothing = await bring(worker, form, [])
    assert nothing.status_code == 422
    assert "请先选择文件" in nothing.text
    added = await bring(worker, form, [("a.png", made.picture()), ("b.pdf", made.document())])
    assert (added.status_code, added.headers["location"]) == (303, path)
    first, second = shown_in(await officer.get(path))
    assert (await officer.get(form)).status_code == 403
    token = hidden_in(await officer.get(path), "/sign-out")
    assert (await officer.post(f"{first}/take-off", data=token)).status_code == 403
    token = hidden_in(await manager.get(path), "/sign-out")
    assert (await manager.post(f"{first}/take-off", data=token)).status_code == 409
    off = f"{first}/take-off"
    token = hidden_in(await worker.get(form), off)
    assert (await worker.post(off, data=token)).status_code == 303
    page = await officer.get(path)
    assert shown_in(page) == [second]
    assert "撤下了一个附件" in page.text
    gone = await officer.get(first)
    assert gone.status_code == 404
    assert "已撤下" in gone.text


async def test_five_are_the_most_of_a_proposal(worker: httpx.AsyncClient) -> None:
    files = [(f"{seed}.png", made.picture(seed=seed)) for seed in range(4)]
    path = await proposed_with(worker, files)
    more = [(f"{seed}.png", made.picture(seed=seed)) for seed in (7, 8)]
    page = await bring(worker, f"{path}/files", more)
    assert page.status_code == 422
    assert "8.png" in page.text
    assert len(shown_in(await worker.get(path))) == 4
    same = await bring(worker, f"{path}/files", [("again.png", made.picture(seed=0))])
    assert same.status_code == 303
    assert len(shown_in(await worker.get(path))) == 4, "it was there already"


async def test_who_answers_adds_files_to_the_answer(
    worker: httpx.AsyncClient, manager: httpx.AsyncClient, plant: Plant
) -> None:
    path = await proposed_with(worker, [("a.png", made.picture())])
    form = f"{path}/files"
    assert (await manager.get(form)).status_code == 409, "there is no answer yet"
    answer = {"proposal": path.rpartition("/")[2], "decision": "adopted", "reasons": "好"}
    await plant.say("pages-manager", "democracy/answer-proposal", answer)
    assert (await worker.get(form)).status_code == 409, "what was answered stays as it was"
    added = await bring(manager, form, [("订单.pdf", made.document())])
    assert added.status_code == 303, added.text
    page = await worker.get(path)
    asked, answered = page.text.split("厂方答复", 1)[0], page.text.split("厂方答复", 1)[1]
    assert "a.png" in asked
    assert "订单.pdf" in answered


async def test_what_was_typed_to_take_a_file_off_is_looked_at_first(
    worker: httpx.AsyncClient,
) -> None:
    """After signing in again nothing is done that was not pressed."""
    path = await proposed_with(worker, [("a.png", made.picture())])
    (file,) = shown_in(await worker.get(path))
    off = f"{file}/take-off"
    form = hidden_in(await worker.get(f"{path}/files"), off)
    looked = await worker.post(off, data=form | {"look": "1"})
    assert looked.headers["location"] == f"{path}/files"
    assert shown_in(await worker.get(path)) == [file]
