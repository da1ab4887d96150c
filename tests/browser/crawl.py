"""Every page that somebody can come to by following links from the home page."""

import re
from collections import Counter
from dataclasses import dataclass
from html.parser import HTMLParser

import httpx

from tests.pages.conftest import HTML

MOST = 2
"""Pages of one kind, such as of proposals, from different lists: the others are alike."""
KINDS = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}"), "{id}"),
    (re.compile(r"^/people/[^/]+"), "/people/{employee}"),
    (re.compile(r"^/plants/[^/]+"), "/plants/{unit}"),
    (re.compile(r"^/desk/units/[^/.]+"), "/desk/units/{unit}"),
    (re.compile(r"^/desk/(?!units/|settled|pairs)[^/.]+"), "/desk/{employee}"),
    (re.compile(r"^/dues/[^/]+/[0-9]{4}-[0-9]{2}"), "/dues/{unit}/{month}"),
    (re.compile(r"^/board/[^/]+"), "/board/{unit}"),
)
STARTS = (
    "/proposals?state=adopted",
    "/courses?when=begun",
    "/visits?state=made",
    "/",
    "/asyncapi",
    "/docs",
    "/board",
)
"""Lists of what is over, whose things look otherwise; the home page; what no link leads to."""


def kind_of(path: str) -> str:
    """The pattern of its route."""
    path = path.partition("?")[0]
    for found, name in KINDS:
        path = found.sub(name, path)
    return path


@dataclass
class Walk:
    """`pages`: path → HTML, as it came. `broken`: links that lead to no page, with their page."""

    pages: dict[str, str]
    broken: list[str]

    def kinds(self) -> set[str]:
        return {kind_of(path) for path in self.pages}


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href") or ""
        if tag == "a" and href.startswith("/") and not href.startswith("//"):
            self.found.append(href.partition("#")[0])


def links_in(html: str) -> list[str]:
    links = _Links()
    links.feed(html)
    return links.found


async def walk(url: str, cookies: dict[str, str], language: str) -> Walk:
    """As whoever has the cookies; sheets for Excel are opened and not kept."""
    done, seen, taken = Walk({}, []), Counter[str](), set[tuple[str, str]]()
    waiting = [(start, f"the start {start}") for start in STARTS]
    headers = HTML | {"Accept-Language": language}
    async with httpx.AsyncClient(
        base_url=url, timeout=30, headers=headers, cookies=cookies
    ) as client:
        while waiting:
            path, source = waiting.pop(0)
            kind = kind_of(path)
            if path in done.pages or seen[kind] >= MOST or (kind, source) in taken:
                continue
            seen[kind] += 1
            taken.add((kind, source))
            answer = await client.get(path)
            if answer.is_redirect:
                waiting.append((answer.headers["location"], path))
            elif answer.status_code != 200:
                if path not in STARTS:
                    done.broken.append(f"{source} → {path}: {answer.status_code}")
            elif answer.headers["content-type"].startswith("text/html"):
                done.pages[path] = answer.text
                waiting += [(link, path) for link in links_in(answer.text)]
    return done
