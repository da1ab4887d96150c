"""`GET /api/v1/<service>/<query>` asked of the owner, and `GET /api/v1/views/<view>`."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.bodies import parse_query
from services.gateway.api.schema import query_docs
from services.gateway.audit import Entry
from services.gateway.doors import door
from services.gateway.own_data import OwnDataAsked, gateways_own_data
from services.gateway.problems import Problem
from services.gateway.readings import ReadingsAsked, ReadingsSeen, readings
from services.gateway.site import Site
from services.gateway.views.asked import ViewAsked
from services.gateway.views.person import PersonAsked, PersonSeen, person_page
from services.gateway.views.plant import PlantAsked, PlantSeen, plant_page
from services.gateway.views.proposals import ProposalsAsked, ProposalsSeen, proposals
from services.gateway.views.visits import VisitsAsked, VisitsSeen, visits
from shared.contracts import democracy, membership, training, welfare
from shared.contracts.own_data import OwnDataOf
from shared.messages import Query
from shared.rights import Actor

QUERIES: tuple[tuple[type[Query], type[BaseModel]], ...] = (
    (membership.Heads, membership.HeadsOf),
    (membership.Profile, membership.ProfileOf),
    (membership.MemberRecord, membership.MemberRecordOf),
    (membership.OwnData, OwnDataOf),
    (membership.Lapses, membership.LapsesOf),
    (membership.LapseCounts, membership.LapseCountsOf),
    (membership.LapseOf, membership.LapseOfPerson),
    (membership.ErasureOf, membership.ErasureSeen),
    (membership.Erasures, membership.ErasuresOf),
    (membership.ErasuresWaiting, membership.ErasuresWaitingOf),
    (membership.Roll, membership.RollOf),
    (membership.PlacedOn, membership.PlacedOnOf),
    (membership.Drift, membership.DriftOf),
    (membership.DriftCase, membership.DriftCaseOf),
    (membership.DriftDays, membership.DriftDaysOf),
    (membership.Provinces, membership.ProvincesOf),
    (membership.Posts, membership.PostsOf),
    (membership.MayAdmit, membership.MayAdmitOf),
    (membership.MayAppoint, membership.MayAppointOf),
    (membership.Bodies, membership.BodiesOf),
    (membership.Body, membership.BodyOf),
    (membership.MissingBodies, membership.MissingBodiesOf),
    (membership.Unfit, membership.UnfitEvents),
    (membership.DeskCounts, membership.DeskCountsOf),
    (membership.UnfitCase, membership.UnfitCaseOf),
    (membership.UnitCase, membership.UnitCaseOf),
    (membership.NumberCase, membership.NumberCaseOf),
    (membership.NumberPairs, membership.NumberPairsOf),
    (membership.TwoPeopleRulings, membership.TwoPeopleRulingsOf),
    (membership.Rulings, membership.RulingsOf),
    (membership.PayrollCheck, membership.PayrollChecked),
    (membership.DuesMonths, membership.DuesMonthsOf),
    (membership.DuesReport, membership.DuesReportOf),
    (membership.DuesFaults, membership.DuesFaultsOf),
    (membership.DuesOf, membership.DuesOfPerson),
    (democracy.OwnData, OwnDataOf),
    (training.OwnData, OwnDataOf),
    (welfare.OwnData, OwnDataOf),
    (membership.OwnCorrections, membership.OwnCorrectionsOf),
    (membership.Corrections, membership.CorrectionsOf),
    (membership.Correction, membership.CorrectionOf),
    (membership.PostsOverMe, membership.PostsOverMeOf),
    (training.Demands, training.DemandsOf),
    (welfare.VisitNote, welfare.VisitNoteOf),
    (welfare.VisitReadings, welfare.VisitReadingsOf),
)
Endpoint = Callable[[Request], Awaitable[Response]]


def json_response(seen: BaseModel) -> Response:
    return Response(
        seen.model_dump_json(),
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def router(site: Site) -> APIRouter:
    """The queries of the services and the composed views."""
    routes = APIRouter(prefix="/api/v1")
    for kind, answer in QUERIES:
        _get(
            routes,
            f"/{kind.owner()}/{kind.slug()}",
            _asking(site, kind, answer),
            kind,
            answer,
            tag="queries",
        )
    views: list[tuple[str, Endpoint, type[ViewAsked], type[BaseModel]]] = [
        ("proposals", _proposals(site), ProposalsAsked, ProposalsSeen),
        ("person", _person(site), PersonAsked, PersonSeen),
        ("plant", _plant(site), PlantAsked, PlantSeen),
        ("visits", _visits(site), VisitsAsked, VisitsSeen),
        ("own-data", _own_data(site), OwnDataAsked, OwnDataOf),
        ("readings", _readings(site), ReadingsAsked, ReadingsSeen),
    ]
    for name, endpoint, asked, seen in views:
        _get(routes, f"/views/{name}", endpoint, asked, seen, tag="views")
    return routes


def _get(
    routes: APIRouter,
    path: str,
    endpoint: Endpoint,
    asked: type[Query] | type[ViewAsked],
    answer: type[BaseModel],
    *,
    tag: str,
) -> None:
    docs: dict[str, Any] = query_docs(path, asked, answer)
    routes.add_api_route(
        path, endpoint, methods=["GET"], tags=[tag], response_class=Response, **docs
    )


def _asking(site: Site, kind: type[Query], answer: type[BaseModel]) -> Endpoint:
    @door(kind.zh, kind.for_whom)
    async def ask(request: Request) -> Response:
        actor = await site.actor(request)
        told = await site.asking.query(parse_query(kind, request), actor)
        return json_response(answer.model_validate(told))

    return ask


def _proposals(site: Site) -> Endpoint:
    @door(ProposalsAsked.zh, ProposalsAsked.for_whom)
    async def view(request: Request) -> Response:
        await site.actor(request)
        asked = parse_query(ProposalsAsked, request)
        async with site.readers.one() as reader:
            return json_response(await proposals(asked, reader))

    return view


def _plant(site: Site) -> Endpoint:
    @door(PlantAsked.zh, PlantAsked.for_whom)
    async def view(request: Request) -> Response:
        actor = await site.actor(request)
        asked = parse_query(PlantAsked, request)
        async with site.readers.one() as reader:
            return json_response(await plant_page(asked, actor, reader))

    return view


def _visits(site: Site) -> Endpoint:
    @door(VisitsAsked.zh, VisitsAsked.for_whom)
    async def view(request: Request) -> Response:
        actor = await site.actor(request)
        asked = parse_query(VisitsAsked, request)
        async with site.readers.snapshot() as reader:
            seen = await visits(asked, actor, reader)
        await site.audit.note(*asked.read_by(actor))
        return json_response(seen)

    return view


def _own_data(site: Site) -> Endpoint:
    @door(OwnDataAsked.zh, OwnDataAsked.for_whom)
    async def view(request: Request) -> Response:
        actor = await site.actor(request)
        return json_response(
            await gateways_own_data(parse_query(OwnDataAsked, request), actor, site)
        )

    return view


def _readings(site: Site) -> Endpoint:
    @door(ReadingsAsked.zh, ReadingsAsked.for_whom)
    async def view(request: Request) -> Response:
        actor = await site.actor(request)
        asked = parse_query(ReadingsAsked, request)
        return json_response(await readings(asked, actor, site))

    return view


def _person(site: Site) -> Endpoint:
    @door(PersonAsked.zh, PersonAsked.for_whom)
    async def view(request: Request) -> Response:
        actor = await site.actor(request)
        return json_response(await whole_person(site, parse_query(PersonAsked, request), actor))

    return view


async def whole_person(site: Site, asked: PersonAsked, actor: Actor) -> PersonSeen:
    """The page from the views, with the name asked of its owner; without it while that is away.
    That somebody else reads it is put on record before anything is told."""
    async with site.readers.snapshot() as reader:
        page = await person_page(asked, actor, reader)
    if page.person != actor.person:
        await site.audit.note(Entry.by(actor, "read", "views.person", about=page.employee))
    profile = membership.Profile(employee=asked.employee)
    try:
        told = await site.asking.query(profile, actor, noted=True)
    except Problem as problem:
        if problem.status != 503:
            raise
        return page
    return page.model_copy(update={"name": membership.ProfileOf.model_validate(told).name})
