"""Files that are not taken: it is said which and why, and all else stays. What may be in them:
`tests/files`."""

import re

import httpx
import pytest

from deploy.local.home import Home
from services.gateway.files.kinds import LARGEST
from services.gateway.throttle import UPLOAD
from tests.files import made
from tests.pages.conftest import Plant, hidden_in, said_to_record
from tests.pages.files.bringing import (
    NEW,
    TYPED,
    again,
    bring,
    parts,
    proposed_with,
    shown_in,
)

BAD: dict[str, tuple[bytes, str]] = {
    "empty.jpg": (b"", "empty.jpg 是空的"),
    "page.jpg": (b"<!doctype html>", "page.jpg 不是图片"),
    "half.jpg": (made.photograph()[:400], "half.jpg 打不开"),
    "script.pdf": (made.with_script(), "script.pdf 里有脚本"),
    "locked.pdf": (made.with_password(), "locked.pdf 加了密码"),
    "one-more.png": (made.of_size(LARGEST + 1), "one-more.png 超过 20 MB"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_file_is_named_at_the_field_and_all_else_stays(
    worker: httpx.AsyncClient, name: str
) -> None:
    content, says = BAD[name]
    page = await bring(worker, NEW, [("good.png", made.picture()), (name, content)], **TYPED)
    assert page.status_code == 422
    assert 'id="files-wrong"' in page.text
    assert says in page.text
    assert TYPED["title"] in page.text
    assert "good.png" in page.text, "it is kept with the form"
    done = await worker.post(NEW, data=again(page))
    assert len(shown_in(await worker.get(done.headers["location"]))) == 1


async def test_twenty_mebibytes_are_taken_and_five_files(worker: httpx.AsyncClient) -> None:
    files = [(f"{seed}.png", made.picture(seed=seed)) for seed in range(4)]
    path = await proposed_with(worker, [*files, ("large.png", made.of_size(LARGEST))])
    assert len(shown_in(await worker.get(path))) == 5


async def test_the_sixth_file_is_one_too_many(worker: httpx.AsyncClient) -> None:
    files = [(f"{seed}.png", made.picture(seed=seed)) for seed in range(6)]
    page = await bring(worker, NEW, files, **TYPED)
    assert page.status_code == 422
    assert "最多五个" in page.text
    more = await worker.post(NEW, data=again(page), files=parts([("x.png", made.picture(seed=9))]))
    assert more.status_code == 422, "five wait already"
    done = await worker.post(NEW, data=again(more))
    assert len(shown_in(await worker.get(done.headers["location"]))) == 5


async def test_a_name_cannot_do_anything(worker: httpx.AsyncClient) -> None:
    name = "../..\\<img src=x onerror=alert(1)>\x00\u202egnp.exe"
    path = await proposed_with(worker, [(name, made.picture())])
    page = await worker.get(path)
    assert "<img src=x" not in page.text
    (address,) = shown_in(page)
    named = (await worker.get(address)).headers["content-disposition"]
    assert re.fullmatch(
        r"inline; filename=\"[\w =().-]+\.png\"; filename\*=UTF-8''[\w%.()~-]+", named
    )


async def test_who_brings_very_many_waits(worker: httpx.AsyncClient, site: Home) -> None:
    wrong = [(f"{n}.jpg", b"no") for n in range(5)]
    page = await bring(worker, NEW, wrong, **TYPED)
    for _ in range(UPLOAD.burst // 5):
        assert "太多" not in page.text
        page = await worker.post(NEW, data=again(page), files=parts(wrong))
    assert page.status_code == 422
    assert "短时间内文件太多" in page.text
    noted = await said_to_record(
        site,
        "SELECT count(*) FROM audit WHERE what = 'refused' AND subject = 'POST /proposals/new' "
        "AND account = 'pages-worker' AND code = 'too-many-uploads'",
    )
    assert noted == 1


async def test_a_body_that_is_no_form_is_refused(worker: httpx.AsyncClient) -> None:
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        answer = await worker.post(NEW, content=b"x" * 1000, headers={"Content-Type": kind})
        assert answer.status_code in {403, 422}, answer.text
    cut = b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nhalf'
    kind = "multipart/form-data; boundary=x"
    answer = await worker.post(NEW, content=cut, headers={"Content-Type": kind})
    assert answer.status_code == 403


async def test_text_in_a_form_with_files_has_the_same_limit(worker: httpx.AsyncClient) -> None:
    page = await bring(worker, NEW, [("a.png", made.picture())], body="x" * 300_000)
    assert page.status_code == 413


async def test_elsewhere_no_form_brings_files(worker: httpx.AsyncClient, plant: Plant) -> None:
    path = f"/proposals/{await plant.propose('无附件 none')}"
    token = hidden_in(await worker.get(path), "/sign-out")
    answer = await worker.post("/membership", data=token, files=parts([("a", b"x" * 400_000)]))
    assert answer.status_code == 413


async def test_a_form_of_nobodys_brings_no_files(worker: httpx.AsyncClient, site: Home) -> None:
    """Nothing is kept before the token at its front was read."""
    before = await said_to_record(site, "SELECT count(*) FROM file")
    form = hidden_in(await worker.get(NEW), NEW) | TYPED
    files = parts([("a.png", made.picture())])
    for bad in ({"form-token": "0" * 64}, {"form-token": ""}):
        answer = await worker.post(NEW, data=form | bad, files=files)
        assert answer.status_code == 403
        assert TYPED["title"] in answer.text, "what was typed is not lost"
    assert await said_to_record(site, "SELECT count(*) FROM file") == before
