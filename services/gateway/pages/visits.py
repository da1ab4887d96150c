"""`/visits`: whom the union owes a visit, within the reach of an officer; and the note of one."""

from urllib.parse import urlencode

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.bodies import malformed
from services.gateway.doors import door
from services.gateway.pages import reading, sheets
from services.gateway.pages.layout import page
from services.gateway.pages.paths import id_in
from services.gateway.pages.signing import signed_in
from services.gateway.site import Site
from services.gateway.views.visits import VisitsAsked, visit_owed, visits
from shared.contracts.welfare import VisitNote, VisitNoteOf, VisitReadings, VisitReadingsOf


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    def asked_in(request: Request) -> tuple[dict[str, str], VisitsAsked]:
        # A form sends its empty fields too: they ask for nothing. Who looks has somewhere to go.
        given = {key: value for key, value in request.query_params.items() if value.strip()}
        try:
            asked = VisitsAsked.model_validate_strings({"sort": "due"} | given, extra="forbid")
        except ValidationError as error:
            raise malformed(error) from None
        return given, asked

    @routes.get("/visits", response_class=Response)
    @door("慰问页", VisitsAsked.for_whom)
    async def listed(request: Request) -> Response:
        actor = await signed_in(site, request)
        given, asked = asked_in(request)
        async with site.readers.snapshot() as reader:
            seen = await visits(asked, actor, reader)
            plants = await reading.plants(reader)
        return page(
            request,
            "visits",
            actor=actor,
            asked=asked,
            seen=seen,
            plants=plants,
            query=sheets.query(given),
            filtered=bool(given.keys() - {"cursor"}),
            older=seen.cursor and "?" + urlencode(given | {"cursor": seen.cursor}),
            newest="?" + urlencode({k: v for k, v in given.items() if k != "cursor"}),
        )

    @routes.get("/visits.xlsx", response_class=Response)
    @door("慰问表（Excel）", VisitsAsked.for_whom)
    async def sheet(request: Request) -> Response:
        actor = await signed_in(site, request)
        _, asked = asked_in(request)
        async with site.readers.snapshot() as reader:
            seen = await visits(sheets.whole(asked), actor, reader)
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
