"""What is brought with a proposal shows with it, to whom it is shown; and what each page reads."""

from collections.abc import Callable
from typing import Any

import httpx

from deploy.local.home import Home
from services.gateway.app import create_door
from services.gateway.site import Site
from shared.settings import Settings
from tests.files import made
from tests.pages.conftest import Plant, hidden_in, said_to_record, sign_in
from tests.pages.files.bringing import (
    NEW,
    TYPED,
    parts,
    proposed_with,
    shown_in,
)
from tests.statements import read_statements


async def test_what_is_brought_shows_with_what_is_said(
    worker: httpx.AsyncClient, officer: httpx.AsyncClient
) -> None:
    files = [("现场.jpg", made.photograph()), ("方案.pdf", made.document())]
    path = await proposed_with(worker, files, shows="松动的护栏")
    page = await officer.get(path)
    assert "现场.jpg" in page.text
    assert "方案.pdf" in page.text
    assert 'alt="松动的护栏"' in page.text
    photo, plan = shown_in(page)
    seen = await officer.get(photo)
    assert seen.headers["content-type"] == "image/jpeg"
    assert seen.content.startswith(b"\xff\xd8\xff")
    assert made.DEVICE.encode() not in seen.content
    small = await officer.get(f"{photo}/preview")
    assert (small.status_code, small.headers["content-type"]) == (200, "image/jpeg")
    read = await officer.get(plan)
    assert read.content.startswith(b"%PDF-")
    assert (await officer.get(f"{plan}/preview")).status_code == 404


async def test_files_are_sent_with_safe_headers(worker: httpx.AsyncClient) -> None:
    path = await proposed_with(
        worker, [("照片.jpg", made.photograph()), ("p.pdf", made.document())]
    )
    photo, plan = shown_in(await worker.get(path))
    for address, way in ((photo, "inline"), (plan, "attachment"), (f"{photo}/preview", "inline")):
        headers = (await worker.get(address)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-disposition"].startswith(way)
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "sandbox" in headers["content-security-policy"]
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "private, no-store"
    named = (await worker.get(photo)).headers["content-disposition"]
    assert "filename*=UTF-8''%E7%85%A7%E7%89%87.jpg" in named


async def test_files_are_for_those_who_are_signed_in(
    worker: httpx.AsyncClient, stranger: httpx.AsyncClient, plant: Plant
) -> None:
    (photo,) = shown_in(await worker.get(await proposed_with(worker, [("a.png", made.picture())])))
    for address in (photo, f"{photo}/preview", f"{photo}/take-off"):
        assert (await stranger.get(address)).status_code == 303
        assert (await worker.get(address.replace(photo[-4:], "0000"))).status_code == 404
    bearer = {"Authorization": f"Bearer {plant.tokens['pages-worker']}"}
    async with httpx.AsyncClient(base_url=plant.url, headers=bearer) as program:
        assert (await program.get(photo)).status_code == 401


async def test_a_hidden_author_is_not_given_away_by_a_file(
    worker: httpx.AsyncClient, site: Home
) -> None:
    files = [("王小明的手机.jpg", made.photograph()), ("b.pdf", made.document())]
    path = await proposed_with(worker, files, hidden="true")
    page = await worker.get(path)
    assert "王小明" not in page.text
    assert "1.jpg" in page.text
    assert "2.pdf" in page.text
    rows = await said_to_record(
        site,
        "SELECT string_agg(row_to_json(file)::text, '') FROM file WHERE proposal = :id",
        id=path.rpartition("/")[2],
    )
    for said in ("王小明", "PG001", "pages-worker"):
        assert said not in rows
    assert f'href="{path}/files"' not in page.text, "to add more would give the author away"
    assert (await worker.get(f"{path}/files")).status_code == 403


async def test_a_form_that_is_sent_twice_brings_its_files_once(worker: httpx.AsyncClient) -> None:
    form = hidden_in(await worker.get(NEW), NEW) | TYPED
    files = parts([("a.png", made.picture()), ("b.pdf", made.document())])
    paths = {(await worker.post(NEW, data=form, files=files)).headers["location"] for _ in range(2)}
    assert len(paths) == 1
    assert len(shown_in(await worker.get(paths.pop()))) == 2


async def test_what_each_page_reads(plant: Plant, settings: Callable[[str], Settings]) -> None:
    site = Site(settings("gateway"))
    transport = httpx.ASGITransport(app=create_door(site))
    async with httpx.AsyncClient(base_url=plant.url, timeout=30) as browser:
        await sign_in(browser, "pages-worker")
        path = await proposed_with(browser, [("a.png", made.picture()), ("b.pdf", made.document())])
        photo, plan = shown_in(await browser.get(path))
    costs: dict[str, int] = {
        path: 3,
        f"{path}/files": 2,
        photo: 3,  # one piece, and that there is no further one
        f"{photo}/preview": 2,
        plan: 3,
    }
    read: dict[str, Any] = {}
    async with httpx.AsyncClient(
        transport=transport, base_url=plant.url, cookies=dict(browser.cookies)
    ) as here:
        for address in costs:
            await here.get(address)  # a new connection first learns of types
            async with read_statements(site.readers) as said:
                assert (await here.get(address)).status_code == 200
            read[address] = len(said)
    assert read == costs
    await site.readers.close()
    await site.engine.dispose()
