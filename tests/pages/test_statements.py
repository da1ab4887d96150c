"""What each page says to the views, counted; a page that is counted nowhere is found."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from shared.settings import Settings
from tests.pages.conftest import OFFICER, PLANT, TEAM, WORKER, Plant
from tests.pages.counting import asking, counted
from tests.pages.test_courses import opened
from tests.statements import read_statements
from tests.walls.doors import doors_of

MOST = {
    "/": 7,
    "/proposals": 2,
    "/proposals.xlsx": 1,
    "/proposals/new": 0,
    "/proposals/{proposal}": 3,
    "/proposals/{proposal}/answer": 1,
    "/courses": 2,
    "/courses.xlsx": 1,
    "/courses/new": 1,
    "/courses/{course}": 1,
    "/courses/{course}/complete": 1,
    "/courses/{course}/people.xlsx": 1,
    "/visits": 2,
    "/visits.xlsx": 1,
    "/visits/new": 0,
    "/visits/{visit}": 1,
    "/work": 1,
    "/work.xlsx": 1,
    "/members.xlsx": 0,
    "/plants": 1,
    "/posts/{post}/end": 1,
    "/plants/{unit}": 3,
    "/plants/{unit}/states.svg": 1,
    "/plants/{unit}/months.svg": 2,
    "/plants/{unit}/heads.xlsx": 2,
    "/people/{employee}": 5,
    "/people/{employee}/record": 2,
    "/people/{employee}/lapse": 0,
    "/lapses": 1,
    "/provinces": 0,
    "/provinces.xlsx": 0,
    "/lapses.xlsx": 0,
    "/people/{employee}/admit": 0,
    "/people/{employee}/end-membership": 0,
    "/people/{employee}/keep": 0,
    "/people/{employee}/other-union": 0,
    "/people/{employee}/honours": 0,
    "/honours/{honour}/take-out": 0,
    "/membership": 1,
    "/account": 3,
    "/account/password": 1,
    "/account/pin": 0,
    "/account/messages": 0,
}
"""As an officer of the plant. Lists that are searched and sorted cost no more."""
ELSEWHERE = {
    "/audit": "test_audit.py",
    "/audit.xlsx": "test_audit.py",
    "/audit/seals": "test_audit.py",
    "/back": "test_back.py",
    "/back/log": "test_back.py",
    "/back/log.xlsx": "test_back.py",
    "/back/new": "test_back.py",
    "/back/{id}": "test_back.py",
    "/board/{unit}": "test_board.py",
    "/corrections": "test_own_data.py",
    "/corrections.xlsx": "test_own_data.py",
    "/corrections/{id}": "test_own_data.py",
    "/corrections/{id}/answer": "test_own_data.py",
    "/corrections/{id}/to-hr": "test_own_data.py",
    "/corrections/{id}/withdraw": "test_own_data.py",
    "/erasures": "test_erasure_pages.py",
    "/erasures.xlsx": "test_erasure_pages.py",
    "/me/corrections/new": "test_own_data.py",
    "/me/data": "test_own_data.py",
    "/me/data/all": "test_own_data.py",
    "/me/data.zip": "test_own_data.py",
    "/me/readings": "test_own_data.py",
    "/me/readings.xlsx": "test_own_data.py",
    "/courses/{id}/poster": "test_posters.py",
    "/courses/{id}/qr.svg": "test_posters.py",
    "/desk": "test_desk.py",
    "/desk.xlsx": "test_desk.py",
    "/desk/pairs": "test_desk_pairs.py",
    "/desk/pairs.xlsx": "test_desk_pairs.py",
    "/desk/pairs/settled": "test_desk_pairs.py",
    "/desk/pairs/settled.xlsx": "test_desk_pairs.py",
    "/desk/pairs/settled/{id}/take-back": "test_desk_pairs.py",
    "/desk/{employee}/two-people": "test_desk_pairs.py",
    "/desk/settled": "test_desk_units.py",
    "/desk/settled.xlsx": "test_desk_units.py",
    "/desk/settled/{id}/take-back": "test_desk_units.py",
    "/desk/units/{unit}": "test_desk_units.py",
    "/desk/{employee}/numbers": "test_desk_numbers.py",
    "/desk/{employee}": "test_desk.py",
    "/drift": "test_drift.py",
    "/drift.xlsx": "test_drift.py",
    "/drift/days.xlsx": "test_drift.py",
    "/drift/trend.svg": "test_drift.py",
    "/drift/{id}/apply": "test_drift.py",
    "/drift/{id}/leave": "test_drift.py",
    "/dues": "test_dues.py",
    "/dues.xlsx": "test_dues.py",
    "/dues/sheet": "test_dues.py",
    "/dues/sheet/{id}": "test_dues.py",
    "/dues/sheet/{id}/columns": "test_dues.py",
    "/dues/sheet/{id}/rows.xlsx": "test_dues.py",
    "/dues/{unit}/{month}": "test_dues.py",
    "/dues/{unit}/{month}/faults": "test_dues.py",
    "/dues/{unit}/{month}/faults.xlsx": "test_dues.py",
    "/dues/{unit}/{month}/receipts": "test_dues.py",
    "/dues/{unit}/{month}/receipts.xlsx": "test_dues.py",
    "/dues/{unit}/{month}/receipts/{id}/take-back": "test_dues.py",
    "/dues/{unit}/{month}/reverse": "test_dues.py",
    "/people/{employee}/erasure": "test_erasure_pages.py",
    "/files/{id}": "files/test_brought.py",
    "/files/{id}/preview": "files/test_brought.py",
    "/hr/snapshot": "test_snapshot.py",
    "/hr/snapshot/{id}": "test_snapshot.py",
    "/hr/snapshot/{id}/columns": "test_snapshot.py",
    "/hr/snapshot/{id}/rows.xlsx": "test_snapshot.py",
    "/kiosk/courses": "kiosk/test_matters.py",
    "/kiosk/home": "kiosk/test_matters.py",
    "/kiosk/mine": "kiosk/test_matters.py",
    "/kiosk/proposals": "kiosk/test_matters.py",
    "/kiosk/proposals/{id}": "kiosk/test_matters.py",
    "/kiosk/say": "kiosk/test_matters.py",
    "/members": "test_members.py",
    "/members/sheet": "test_members_sheet.py",
    "/members/sheet/{id}": "test_members_sheet.py",
    "/members/sheet/{id}/columns": "test_members_sheet.py",
    "/members/sheet/{id}/rows.xlsx": "test_members_sheet.py",
    "/membership/dues": "test_dues.py",
    "/membership/dues.xlsx": "test_dues.py",
    "/bodies": "test_bodies.py",
    "/bodies.xlsx": "test_bodies.py",
    "/bodies/new": "test_bodies.py",
    "/bodies/{id}": "test_bodies.py",
    "/bodies/{id}/dissolve": "test_bodies.py",
    "/bodies/{id}/elect": "test_bodies.py",
    "/bodies/{id}/end": "test_bodies.py",
    "/bodies/{id}/seat": "test_bodies.py",
    "/bodies/{id}/seats.xlsx": "test_bodies.py",
    "/bodies/{id}/withdraw": "test_bodies.py",
    "/posts": "test_posts.py",
    "/posts.xlsx": "test_posts.py",
    "/posts/new": "test_posts.py",
    "/posts/sheet": "test_posts_sheet.py",
    "/posts/sheet/{id}": "test_posts_sheet.py",
    "/posts/sheet/{id}/columns": "test_posts_sheet.py",
    "/posts/sheet/{id}/rows.xlsx": "test_posts_sheet.py",
    "/proposals/{id}/files": "files/test_brought.py",
    "/proposals/{id}/poster": "test_posters.py",
    "/proposals/{id}/qr.svg": "test_posters.py",
}
"""Where pages are counted that need more to be seen."""
LED_ON = {
    "/account/messages/code",
    "/board",
    "/courses/{id}/enrol",
    "/desk/{employee}/take-back",
    "/drift/{id}/reopen",
    "/dues/sheet/{id}/do",
    "/dues/sheet/{id}/drop",
    "/dues/{unit}/{month}/faults/settle",
    "/files/{id}/take-off",
    "/hr/snapshot/{id}/do",
    "/hr/snapshot/{id}/drop",
    "/kiosk",
    "/kiosk/out",
    "/kiosk/pin",
    "/kiosk/proposals/{id}/support",
    "/news/read",
    "/people",
    "/members/sheet/{id}/do",
    "/members/sheet/{id}/drop",
    "/posts/sheet/{id}/do",
    "/posts/sheet/{id}/drop",
    "/proposals/{id}/follow",
    "/proposals/{id}/support",
}
"""Forms without a list, and what only leads on to another page."""
NO_PAGE = (
    "/api/",
    "/hooks/",
    "/scim/",
    "/asyncapi",
    "/docs",
    "/openapi",
    "/metrics",
    "/live",
    "/health",
    "/readyz",
)


def pages(settings: Settings) -> set[str]:
    """What a browser may be led to; what is only sent back to another page is none."""
    routes = {route.removeprefix("GET ") for route in doors_of(settings) if "GET " in route}
    return {path for path in routes if not path.startswith(NO_PAGE)}


def test_every_page_is_counted(settings: Callable[[str], Settings]) -> None:
    here = {re.sub(r"\{(proposal|course|visit|post|honour)\}", "{id}", path) for path in MOST}
    there_are, known = pages(settings("gateway")), here | set(ELSEWHERE) | LED_ON
    assert not there_are - known, sorted(there_are - known)
    assert not known - there_are, sorted(known - there_are)


@pytest.mark.parametrize("file", sorted(set(ELSEWHERE.values())))
def test_what_is_counted_elsewhere_is_counted(file: str) -> None:
    assert "read_statements" in (Path(__file__).parent / file).read_text(encoding="utf-8")


VISIT = {"employee": WORKER, "occasion": "festival", "on": "2024-05-01", "visitors": [OFFICER]}
POST = {"employee": WORKER, "role": "leader", "unit": TEAM, "on": "2190-01-01"}
HONOUR = {"employee": WORKER, "title": "数一数", "level": "team", "on": "2024-05-01"}
TAKEN_BACK = {"on": POST["on"]}
WHO = {"answer": "pages-manager", "end": "pages-it", "plants": "pages-head"}
"""Whoever the page is for; the officer else."""
SEARCHED = ("/proposals?q=%E6%95%B0%E4%B8%80%E6%95%B0", "/courses?q=counted&sort=title")


@pytest.mark.parametrize(
    ("path", "most"), [*MOST.items(), *((path, MOST[path.split("?")[0]]) for path in SEARCHED)]
)
async def test_a_page_asks_the_views_little_however_much_there_is(
    plant: Plant, settings: Callable[[str], Settings], path: str, most: int
) -> None:
    made: dict[str, Callable[[], Awaitable[str]]] = {
        "proposal": lambda: plant.propose("数一数 counted"),
        "course": lambda: opened(plant, "数一数 counted", days=1),
        "visit": lambda: plant.say("pages-officer", "welfare/log-visit", VISIT),
        "post": lambda: plant.say("pages-it", "membership/appoint-post", POST),
        "honour": lambda: plant.say("pages-officer", "membership/award-honour", HONOUR),
    }
    ids = {name: await make() for name, make in made.items() if f"{{{name}}}" in path}
    path = path.format(**ids, unit=PLANT, employee=WORKER)
    who = WHO.get(path.rpartition("/")[2], "pages-officer")
    async with counted(plant, settings("gateway"), who) as (browser, site), asking(site):
        await browser.get(path)
        async with read_statements(site.readers) as said:
            answer = await browser.get(path)
    if "post" in ids:
        await plant.say("pages-it", "membership/end-post", TAKEN_BACK | {"post": ids["post"]})
    assert answer.status_code == 200
    assert len(said) == most, said
