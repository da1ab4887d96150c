"""The table of rights in Markdown, Chinese first."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from services.gateway.doors import Door
from shared.for_whom import ROLES, ForWhom

HEAD = (Path(__file__).parent / "rights_head.md").read_text(encoding="utf-8")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("登录 Sessions of programs", ("POST /api/v1/session", "DELETE /api/v1/")),
    ("回告人事 HR gets back", ("POST /api/v1/back/", "GET /api/v1/back/")),
    ("命令 Commands", ("POST /api/v1/",)),
    ("视图 Views", ("GET /api/v1/views/",)),
    ("查询 Queries", ("GET /api/v1/",)),
    (
        "人事系统 HR's system",
        ("POST /hooks/", *(f"{method} /scim/" for method in METHODS)),
    ),
    ("页面和其他 Pages and the rest", ("",)),
)
SIGNS = {"there": "●", "company": "◎", "reach": "◐"}


def table(doors: Mapping[str, Door]) -> str:
    """The whole file."""
    return HEAD + "\n" + "\n".join(_sections(dict(doors)))


def _sections(left: dict[str, Door]) -> Iterator[str]:
    for title, beginnings in SECTIONS:
        routes = sorted(route for route in left if route.startswith(beginnings))
        roles = "".join(f" {words.zh} {words.en} |" for words in ROLES.values())
        yield f"## {title}\n"
        yield f"| 做什么 | 入口 door |{roles} 谁可以 for whom |"
        yield "| --- | --- |" + " :-: |" * len(ROLES) + " --- |"
        yield from (_row(route, left.pop(route)) for route in routes)
        yield ""


def _row(route: str, door: Door) -> str:
    zh, en = door.for_whom.words()
    signs = "".join(f" {sign} |" if sign else " |" for sign in _signs(door.for_whom))
    return f"| {door.zh} | `{route}` |{signs} {zh}<br>{en} |"


def _signs(for_whom: ForWhom) -> Iterator[str]:
    return (SIGNS[for_whom.where] if role in for_whom.roles else "" for role in ROLES)
