"""`/visits`: whom the union owes a visit, within the reach of an officer; and the note of one."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.pages import reading, sheets
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in, ways_on
from services.gateway.pages.paths import id_in
from services.gateway.pages.signing import signed_in
from services.gateway.site import Site
from services.gateway.views.visits import VisitsAsked, visit_owed, visits
from shared.contracts.welfare import VisitNote, VisitNoteOf, VisitReadings, VisitReadingsOf


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    def asked_in(request: Request) -> VisitsAsked:
        # Who looks has somewhere to go.
        return asked_for(VisitsAsked, {"sort": "due"} | given_in(request))

    @routes.get("/visits", response_class=Response)
    @door("慰问页", VisitsAsked.for_whom)
    async def listed(request: Request) -> Response:
        actor = await signed_in(site, request)
        asked = asked_in(request)
        async with site.readers.snapshot() as reader:
            seen = await visits(asked, actor, reader)
            plants = await reading.plants(reader)
        await site.audit.note(*asked.read_by(actor))
        return page(
            request,
            "visits",
            actor=actor,
            asked=asked,
            seen=seen,
            plants=plants,
            **ways_on(given_in(request), seen.cursor),
        )

    @routes.get("/visits.xlsx", response_class=Response)
    @door("慰问表（Excel）", VisitsAsked.for_whom)
    async def sheet(request: Request) -> Response:
        actor = await signed_in(site, request)
        asked = asked_in(request)
        async with site.readers.snapshot() as reader:
            seen = await visits(sheets.whole(asked), actor, reader)
        await site.audit.note(*asked.read_by(actor))
        return await sheets.visits_sheet(request, seen.items)

    @routes.get("/visits/{id}", response_class=Response)
    @door("一次慰问的详情", VisitNote.for_whom)
    async def one(request: Request, id: str) -> Response:
        """What was about a visit, from welfare alone; that it was read is put on record there."""
        actor, visit = await signed_in(site, request), id_in(id, "visit")
        note = await site.asking.query(VisitNote(visit=visit), actor)
        readings = await site.asking.query(VisitReadings(visit=visit), actor)
        async with site.readers.one() as reader:
            owed = await visit_owed(visit, reader)
        return page(
            request,
            "visit_note",
            actor=actor,
            note=VisitNoteOf.model_validate(note),
            owed=owed,
            readings=VisitReadingsOf.model_validate(readings).readings,
        )

    return routes
