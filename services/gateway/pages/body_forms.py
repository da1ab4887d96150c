"""Forms about a body of the union: founding it, its elections, its seats, its end."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.pages import reading, words
from services.gateway.pages.bodies import KEEPS_SOME
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, Wrong, draft_of
from services.gateway.pages.keeping import keeps
from services.gateway.pages.layout import page
from services.gateway.pages.paths import id_in
from services.gateway.pages.signing import signed_in
from services.gateway.site import Site
from shared.calendar import today
from shared.contracts.membership import (
    Body,
    BodyOf,
    DissolveBody,
    EndSeat,
    FillSeat,
    FoundBody,
    OpenTerm,
    SeatSeen,
    WithdrawTerm,
)
from shared.messages import Command
from shared.rights import Actor

POSTS_OF: Mapping[str, tuple[str, ...]] = {
    "committee": ("chair", "vice-chair", "member"),
    "branch": ("chair", "vice-chair", "member"),
    "group": ("leader", "member"),
    "women": ("head", "deputy-head", "member"),
    "auditors": ("head", "deputy-head", "member"),
}
"""As the forms ask for them; membership decides."""
GIVING = ("committee", "branch", "group")
"""Whose heads get a post with rights."""


def elected_in(draft: Draft, kind: str) -> list[dict[str, str]]:
    """Who was elected, post by post: numbers between blanks, commas or on lines of their own."""
    return [
        {"post": post, "employee": employee}
        for post in POSTS_OF[kind]
        for employee in re.split(r"[\s,;，；、]+", draft[post])
        if employee
    ]


def at_their_posts(draft: Draft, rows: list[dict[str, str]], kind: str) -> None:
    """What is wrong with a row is said at the field of its post, with the number."""
    head = POSTS_OF[kind][0]

    def placed(wrong: Wrong) -> Wrong:
        if wrong.field != "elected":
            return wrong
        row = wrong.given.get("row")
        if row is None:
            return wrong._replace(field=head)
        told = rows[row - 1]
        return wrong._replace(field=told["post"], given={"who": told["employee"]})

    draft.wrongs = [placed(wrong) for wrong in draft.wrongs]


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def founding(request: Request, actor: Actor, draft: Draft) -> Response:
        async with site.readers.one() as reader:
            units = await reading.units_within(KEEPS_SOME.reach(actor), reader)
        return page(request, "found_body", draft.status, actor=actor, draft=draft, units=units)

    @routes.get("/bodies/new", response_class=Response)
    @door("建立工会组织表单", KEEPS_SOME)
    async def found_form(request: Request) -> Response:
        actor = await signed_in(site, request)
        KEEPS_SOME.must_include(actor)
        unit = request.query_params.get("unit", "")[:64]
        draft = await draft_of(site, request, actor, unit=unit, on=today().isoformat())
        return await founding(request, actor, draft)

    @routes.post("/bodies/new", response_class=Response)
    @door("在页面上建立工会组织", FoundBody.for_whom)
    @keeps(site)
    async def found(request: Request) -> Response:
        actor = await signed_in(site, request)
        KEEPS_SOME.must_include(actor)
        draft = await draft_of(site, request, actor)
        fields = {name: draft[name] for name in ("kind", "unit", "name", "on")}
        done = await draft.send(site, actor, FoundBody, fields)
        if done is None:
            return await founding(request, actor, draft)
        return go_on(f"/bodies/{done.id}", "founded", shown=draft.shown)

    async def kept(request: Request, id: str, kind: type[Command]) -> tuple[Actor, BodyOf]:
        """The body, for who keeps it."""
        actor = await signed_in(site, request)
        asked = Body(body=id_in(id, "body"))
        seen = BodyOf.model_validate(await site.asking.query(asked, actor))
        kind.for_whom.must_include(actor, at=seen.path)
        return actor, seen

    async def after(actor: Actor, over: list[SeatSeen], back: str) -> str:
        """Whose own right came with a seat that is over may not see the body any more."""
        async with site.readers.one() as reader:
            own = await reading.employee_of(actor.person, reader)
        return "/" if any(seat.role and seat.employee == own for seat in over) else back

    def form(name: str, request: Request, actor: Actor, draft: Draft, seen: BodyOf) -> Response:
        return page(
            request,
            name,
            draft.status,
            actor=actor,
            draft=draft,
            seen=seen,
            posts={post: words.BODY_POSTS[post] for post in POSTS_OF[seen.kind]},
            gives=seen.kind in GIVING,
        )

    @routes.get("/bodies/{id}/elect", response_class=Response)
    @door("登记选举表单", OpenTerm.for_whom)
    async def elect_form(request: Request, id: str) -> Response:
        actor, seen = await kept(request, id, OpenTerm)
        draft = await draft_of(site, request, actor, years="5", gives_posts="true")
        return form("elect", request, actor, draft, seen)

    @routes.post("/bodies/{id}/elect", response_class=Response)
    @door("在页面上登记选举", OpenTerm.for_whom)
    @keeps(site)
    async def elect(request: Request, id: str) -> Response:
        actor, seen = await kept(request, id, OpenTerm)
        draft = await draft_of(site, request, actor)
        rows = elected_in(draft, seen.kind)
        names = ("since", "elected_on", "number", "seats", "members", "minutes")
        fields = {name: draft[name] for name in names} | {
            "body": seen.body,
            "years": {"3": 3, "5": 5}.get(draft["years"], draft["years"]),
            "vouched": draft["vouched"] == "true",
            "gives_posts": draft["gives_posts"] == "true",
            "elected": rows,
        }
        if await draft.send(site, actor, OpenTerm, fields) is None:
            at_their_posts(draft, rows, seen.kind)
            return form("elect", request, actor, draft, seen)
        return go_on(f"/bodies/{id}", "elected", shown=draft.shown)

    @routes.get("/bodies/{id}/seat", response_class=Response)
    @door("增补或代理表单", FillSeat.for_whom)
    async def seat_form(request: Request, id: str) -> Response:
        actor, seen = await kept(request, id, FillSeat)
        on = today().isoformat()
        draft = await draft_of(site, request, actor, on=on, how="elected", gives_posts="true")
        return form("fill_seat", request, actor, draft, seen)

    @routes.post("/bodies/{id}/seat", response_class=Response)
    @door("在页面上增补或代理", FillSeat.for_whom)
    @keeps(site)
    async def seat(request: Request, id: str) -> Response:
        actor, seen = await kept(request, id, FillSeat)
        draft = await draft_of(site, request, actor)
        fields = {name: draft[name] for name in ("employee", "post", "on", "minutes")} | {
            "body": seen.body,
            "acting": None if draft["how"] == "elected" else draft["how"],
            "vouched": draft["vouched"] == "true",
            "gives_posts": draft["gives_posts"] == "true",
        }
        if await draft.send(site, actor, FillSeat, fields) is None:
            return form("fill_seat", request, actor, draft, seen)
        return go_on(f"/bodies/{id}", "seated", shown=draft.shown)

    @routes.get("/bodies/{id}/end", response_class=Response)
    @door("结束任职表单", EndSeat.for_whom)
    async def end_form(request: Request, id: str) -> Response:
        """Of the seat that the address names, or that is chosen."""
        actor, seen = await kept(request, id, EndSeat)
        seat = request.query_params.get("seat", "")[:36]
        draft = await draft_of(site, request, actor, seat=seat, on=today().isoformat())
        return form("end_seat", request, actor, draft, seen)

    @routes.post("/bodies/{id}/end", response_class=Response)
    @door("在页面上结束任职", EndSeat.for_whom)
    @keeps(site)
    async def end(request: Request, id: str) -> Response:
        actor, seen = await kept(request, id, EndSeat)
        draft = await draft_of(site, request, actor)
        names = ("seat", "why", "on", "votes", "electors", "minutes")
        if await draft.send(site, actor, EndSeat, {name: draft[name] for name in names}) is None:
            return form("end_seat", request, actor, draft, seen)
        over = [seat for seat in _seats(seen) if str(seat.seat) == draft["seat"]]
        return go_on(await after(actor, over, f"/bodies/{id}"), "seat-ended", shown=draft.shown)

    @routes.get("/bodies/{id}/withdraw", response_class=Response)
    @door("撤回届次表单", WithdrawTerm.for_whom)
    async def withdraw_form(request: Request, id: str) -> Response:
        """Of the term that the address names, or that is chosen."""
        actor, seen = await kept(request, id, WithdrawTerm)
        term = request.query_params.get("term", "")[:36]
        draft = await draft_of(site, request, actor, term=term)
        return form("withdraw_term", request, actor, draft, seen)

    @routes.post("/bodies/{id}/withdraw", response_class=Response)
    @door("在页面上撤回届次", WithdrawTerm.for_whom)
    @keeps(site)
    async def withdraw(request: Request, id: str) -> Response:
        actor, seen = await kept(request, id, WithdrawTerm)
        draft = await draft_of(site, request, actor)
        fields = {"term": draft["term"], "reason": draft["reason"]}
        if await draft.send(site, actor, WithdrawTerm, fields) is None:
            return form("withdraw_term", request, actor, draft, seen)
        back = await after(actor, _seats(seen), f"/bodies/{id}")
        return go_on(back, "term-withdrawn", shown=draft.shown)

    @routes.get("/bodies/{id}/dissolve", response_class=Response)
    @door("撤销工会组织表单", DissolveBody.for_whom)
    async def dissolve_form(request: Request, id: str) -> Response:
        actor, seen = await kept(request, id, DissolveBody)
        draft = await draft_of(site, request, actor, on=today().isoformat())
        return form("dissolve_body", request, actor, draft, seen)

    @routes.post("/bodies/{id}/dissolve", response_class=Response)
    @door("在页面上撤销工会组织", DissolveBody.for_whom)
    @keeps(site)
    async def dissolve(request: Request, id: str) -> Response:
        actor, seen = await kept(request, id, DissolveBody)
        draft = await draft_of(site, request, actor)
        fields = {"body": seen.body, "on": draft["on"]}
        if await draft.send(site, actor, DissolveBody, fields) is None:
            return form("dissolve_body", request, actor, draft, seen)
        back = f"/bodies?unit={quote(seen.unit, safe='')}"
        return go_on(await after(actor, _seats(seen), back), "dissolved", shown=draft.shown)

    return routes


def _seats(seen: BodyOf) -> list[SeatSeen]:
    return [seat for term in seen.terms for seat in term.held]
