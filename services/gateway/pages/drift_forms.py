"""One line of the drift: left as it is for a reason, or applied as HR's version."""

import asyncio
from collections.abc import Sequence
from datetime import date
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.audit import Entry
from services.gateway.doors import door
from services.gateway.pages import reading
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, Wrong, draft_of
from services.gateway.pages.keeping import keeps
from services.gateway.pages.layout import page
from services.gateway.pages.paths import id_in
from services.gateway.pages.signing import NO_STORE, signed_in
from services.gateway.pages.snapshot import published
from services.gateway.site import Site
from services.gateway.snapshot import one_line
from services.gateway.snapshot.events import events
from services.gateway.snapshot.one_line import Applying
from services.gateway.views.codes import codes
from shared.contracts.hr import HrEvent
from shared.contracts.membership import (
    DriftCase,
    DriftCaseOf,
    LeaveDrift,
    PlacedOn,
    ReopenDrift,
    SettleDrift,
)
from shared.database import reading as reading_views
from shared.for_whom import reaching
from shared.rights import Actor

PATIENCE = 20.0
"""Seconds in which every service has to hear what is applied; after that it is sent again."""
APPLIES = PlacedOn.for_whom
"""Whoever may take a whole list in."""
LEAVES_SOME = reaching(*LeaveDrift.for_whom.roles)


def where(case: DriftCaseOf) -> str:
    """The list in which the line stands."""
    return f"/drift?unit={quote(case.unit, safe='')}"


def mark_of(case: DriftCaseOf, applying: Applying) -> str:
    """Stands in the form for what was shown there: that, and nothing else, is applied by it."""
    return " ".join(each.id for each in events(applying.difference.events, case.on))


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def case_of(actor: Actor, id: str) -> DriftCaseOf:
        """Who reads it is put on record."""
        told = await site.asking.query(DriftCase(drift=id_in(id, "drift")), actor)
        return DriftCaseOf.model_validate(told)

    async def shown(
        request: Request, actor: Actor, case: DriftCaseOf, draft: Draft, form: str, **more: object
    ) -> Response:
        async with site.readers.one() as reader:
            units = {code for code in (case.hr_unit, case.our_unit, case.unit) if code}
            names = await reading.names(units, reader)
        return page(
            request, form, draft.status, actor=actor, case=case, draft=draft, names=names, **more
        )

    @routes.get("/drift/{id}/leave", response_class=Response)
    @door("说明差异原因表单", LeaveDrift.for_whom)
    async def leave_form(request: Request, id: str) -> Response:
        actor = await signed_in(site, request)
        case = await case_of(actor, id)
        LeaveDrift.for_whom.must_include(actor, at=case.path)
        draft = await draft_of(site, request, actor, reason=case.reason or "")
        return await shown(request, actor, case, draft, "drift_leave")

    @routes.post("/drift/{id}/leave", response_class=Response)
    @door("在页面上说明差异原因", LeaveDrift.for_whom)
    @keeps(site)
    async def leave(request: Request, id: str) -> Response:
        actor = await signed_in(site, request)
        case = await case_of(actor, id)
        draft = await draft_of(site, request, actor)
        fields = {"drift": str(case.drift), "reason": draft["reason"]}
        if await draft.send(site, actor, LeaveDrift, fields) is None:
            return await shown(request, actor, case, draft, "drift_leave")
        return go_on(where(case), "drift-left", shown=draft.shown)

    @routes.post("/drift/{id}/reopen", response_class=Response)
    @door("在页面上重新打开差异", ReopenDrift.for_whom)
    @keeps(site)
    async def reopen(request: Request, id: str) -> Response:
        actor = await signed_in(site, request)
        case = await case_of(actor, id)
        draft = await draft_of(site, request, actor)
        if await draft.send(site, actor, ReopenDrift, {"drift": str(case.drift)}) is None:
            return await shown(request, actor, case, draft, "drift_leave")
        return go_on(where(case), "drift-reopened", shown=draft.shown)

    @routes.get("/drift/{id}/reopen", response_class=Response)
    @door("回到差异", LEAVES_SOME)
    async def back(request: Request, id: str) -> Response:
        """The button for it is on the form of the reason."""
        LEAVES_SOME.must_include(await signed_in(site, request))
        return RedirectResponse(f"/drift/{id_in(id, 'drift')}/leave", 303, headers=NO_STORE)

    async def applying_of(actor: Actor, case: DriftCaseOf) -> Applying:
        async with reading_views(site.sessions) as session:
            units = frozenset(await codes(session))
        return await one_line.looked_at(case, site.asking, actor, units)

    async def applying_shown(
        request: Request, actor: Actor, case: DriftCaseOf, draft: Draft
    ) -> Response:
        applying = await applying_of(actor, case)
        why = applying.difference.why
        return await shown(
            request,
            actor,
            case,
            draft,
            "drift_apply",
            applying=applying,
            said=[
                (type, data, date.fromisoformat(data["on"]))
                for type, data in applying.difference.events
            ],
            mark=mark_of(case, applying),
            refused=Wrong(None, why, {}, why) if why else None,
            finds_people="officer" in actor.roles(),
        )

    @routes.get("/drift/{id}/apply", response_class=Response)
    @door("按人事名单更新一条的表单", APPLIES)
    async def apply_form(request: Request, id: str) -> Response:
        """What it would do, as the roll is now."""
        actor = await signed_in(site, request)
        APPLIES.must_include(actor)
        case = await case_of(actor, id)
        return await applying_shown(request, actor, case, await draft_of(site, request, actor))

    @routes.post("/drift/{id}/apply", response_class=Response)
    @door("在页面上按人事名单更新一条", APPLIES)
    @keeps(site)
    async def apply(request: Request, id: str) -> Response:
        """Says it as HR would, waits until all have heard, and lets membership look whether the
        roll says it now. Sent again it says nothing twice."""
        actor = await signed_in(site, request)
        APPLIES.must_include(actor)
        case = await case_of(actor, id)
        draft = await draft_of(site, request, actor)
        applying = await applying_of(actor, case)
        if applying.difference.becomes == "refused":
            draft.wrongs, draft.status = [Wrong(None, applying.difference.why, {}, "")], 409
        elif not draft.looked_at and draft["mark"] != mark_of(case, applying):
            draft.wrongs = [Wrong(None, "changed-meanwhile", {}, "the roll has changed meanwhile")]
            draft.status = 409
        if not draft.looked_at and not draft.wrongs:
            about = Entry.by(actor, "applied", "drift", about=case.employee)
            await site.audit.note(about)
            await say(draft, case, applying)
        if await draft.send(site, actor, SettleDrift, {"drift": str(case.drift)}) is None:
            return await applying_shown(request, actor, case, draft)
        return go_on(where(case), "drift-applied", shown=draft.shown)

    async def say(draft: Draft, case: DriftCaseOf, applying: Applying) -> None:
        async def publish(said: Sequence[HrEvent]) -> None:
            await published(site, said, quietly)

        try:
            async with asyncio.timeout(PATIENCE):
                await one_line.applied(case, applying.difference, publish)
        except TimeoutError:
            draft.wrongs = [Wrong(None, "outcome-unknown", {}, "not every service has heard yet")]
            draft.status = 503

    return routes


async def quietly(rows: int) -> None:
    """Nobody looks on while one line is applied."""
