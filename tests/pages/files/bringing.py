"""A form sent with files as a browser does, and the files that a page shows."""

import re

import httpx

from tests.pages.conftest import hidden_in

NEW = "/proposals/new"
TYPED = {"title": "护栏松了 loose", "body": "二层平台。", "category": "safety"}
Files = list[tuple[str, bytes]]


def parts(files: Files) -> list[tuple[str, tuple[str, bytes, str]]]:
    """What they are called and said to be is the sender's word."""
    return [("files", (name, content, "image/jpeg")) for name, content in files]


async def bring(
    browser: httpx.AsyncClient, path: str, files: Files, **typed: str
) -> httpx.Response:
    """Opens the page and sends its form with files, as a browser does."""
    form = hidden_in(await browser.get(path), path) | typed
    return await browser.post(path, data=form, files=parts(files))


def again(page: httpx.Response) -> dict[str, str]:
    return hidden_in(page, NEW) | TYPED


def shown_in(page: httpx.Response) -> list[str]:
    """The addresses of the files on a page."""
    return list(dict.fromkeys(re.findall(r'href="(/files/[0-9a-f-]{36})"', page.text)))


async def proposed_with(browser: httpx.AsyncClient, files: Files, **typed: str) -> str:
    answer = await bring(browser, NEW, files, **(TYPED | typed))
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]
