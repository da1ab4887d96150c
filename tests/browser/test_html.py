"""Every page is valid HTML, and every link on it leads somewhere for whoever sees it."""

from deploy.local.home import Home
from services.gateway.pages.errors import FOR_PROGRAMS
from tests.browser.crawl import Walk
from tests.browser.validity import wrongs
from tests.conftest import settings_of
from tests.walls.doors import doors_of

NOT_HTML = (".xlsx", ".svg", ".zip")
LEADING_ON = {
    "/people",
    "/proposals/{id}/support",
    "/proposals/{id}/follow",
    "/courses/{id}/enrol",
    "/desk/{employee}/take-back",
    "/drift/{id}/reopen",
    "/news/read",
    "/account/messages/code",
    "/files/{id}/take-off",
}
"""To the page of the thing."""
SHEETS = ("/posts/sheet", "/members/sheet", "/hr/snapshot", "/dues/sheet")
BROUGHT = {f"{sheet}/{{id}}{step}" for sheet in SHEETS for step in ("", "/columns", "/do", "/drop")}
"""The steps of a sheet that somebody has brought: see `test_sheets_in.py` and `test_dues.py`."""
ENTERED = {
    "/desk/settled/{id}/take-back",
    "/desk/{employee}/two-people",
    "/desk/pairs/settled/{id}/take-back",
    "/desk/units/{unit}",
    "/drift/{id}/apply",
    "/drift/{id}/leave",
    "/dues/{unit}/{month}/faults",
    "/dues/{unit}/{month}/faults/settle",
    "/dues/{unit}/{month}/receipts/{id}/take-back",
    "/dues/{unit}/{month}/reverse",
    "/honours/{id}/take-out",
}
"""Of what nobody has entered in the demo: see `test_dues.py`, `test_drift.py`,
`tests/pages/test_records.py`, `tests/pages/test_desk_units.py`."""
ELSEWHERE = BROUGHT | ENTERED
NO_PAGES = LEADING_ON | ELSEWHERE | {"/files/{id}", "/files/{id}/preview", "/live", "/metrics"}
"""Nor are files of people, a stream of events, and what is for Prometheus."""


def test_every_page_is_valid_html(walks: dict[str, Walk]) -> None:
    pages = {
        f"{who} {path}": html for who, walk in walks.items() for path, html in walk.pages.items()
    }
    assert wrongs(pages) == []


def test_every_link_leads_to_a_page_for_whoever_sees_it(walks: dict[str, Walk]) -> None:
    assert [broken for walk in walks.values() for broken in walk.broken] == []


def test_no_page_was_left_out(company: Home, walks: dict[str, Walk]) -> None:
    served = {
        path
        for method, path in (door.split() for door in doors_of(settings_of(company, "gateway")))
        if method == "GET"
        and not path.startswith(FOR_PROGRAMS)
        and not path.endswith(NOT_HTML)
        and not f"{path}/".startswith("/kiosk/")  # see `test_kiosk.py`
    }
    assert served - NO_PAGES == set().union(*(walk.kinds() for walk in walks.values()))


def test_invalid_html_is_found() -> None:
    good = (
        '<!DOCTYPE html>\n<html lang="en"><head><title>t</title></head><body><p>t</p></body></html>'
    )
    planted = {
        "good": good,
        "unclosed": good.replace("</p>", "<b>"),
        "misplaced": good.replace("<p>t</p>", "<ul><p>t</p></ul>"),
        "value": good.replace("<p>t</p>", '<p><input type="colour"></p>'),
        "twice the same id": good.replace("<p>t</p>", '<p id="a">t</p><p id="a">t</p>'),
        "no type": good.replace("<!DOCTYPE html>\n", ""),
    }
    found = wrongs(planted)
    assert {each.split(" 1:")[0].split(" 2:")[0] for each in found} == set(planted) - {"good"}
