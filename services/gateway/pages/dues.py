"""`/dues`: how the months stand; one month of a unit, what did not fit in it, and its reversal; and
one's own dues. The firm's money is in `receipts.py`, payrolls come in by `payroll_sheet.py`."""

from urllib.parse import quote, urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.doors import door
from services.gateway.pages import payroll_sheet, reading
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, draft_of
from services.gateway.pages.dues_sheets import faults_sheet, lines, months_sheet, own_sheet
from services.gateway.pages.keeping import keeps
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in, pieces, ways_on
from services.gateway.pages.reading import Place
from services.gateway.pages.signing import NO_STORE, signed_in
from services.gateway.site import Site
from services.gateway.views.plant import unknown_unit
from shared.contracts.membership import (
    DuesFault,
    DuesFaults,
    DuesFaultsOf,
    DuesMonths,
    DuesMonthsOf,
    DuesOf,
    DuesOfPerson,
    DuesReport,
    DuesReportOf,
    Lapses,
    OpenPayroll,
    ReversePayroll,
    SettleDues,
)
from shared.for_whom import A_PERSON, ForWhom
from shared.rights import Actor

AT_ONCE = 1000


def where(unit: str, month: str, step: str = "") -> str:
    """The address of a month of a unit."""
    return f"/dues/{quote(unit, safe='')}/{quote(month, safe='')}{step}"


async def place_of(site: Site, unit: str) -> Place:
    """Raises `Problem` (404)."""
    async with site.readers.one() as reader:
        found = await reading.unit(unit, reader)
    if found is None:
        raise unknown_unit(unit)
    return found


async def comer(site: Site, request: Request, unit: str, for_whom: ForWhom) -> Actor:
    """Who is signed in, if it is for them at that unit. Raises `Problem` (401, 404), `RuleBroken`
    (403)."""
    actor = await signed_in(site, request)
    for_whom.must_include(actor, at=(await place_of(site, unit)).path)
    return actor


async def report_of(site: Site, actor: Actor, unit: str, month: str) -> DuesReportOf:
    asked = asked_for(DuesReport, {"unit": unit, "month": month})
    return DuesReportOf.model_validate(await site.asking.query(asked, actor))


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def months_told(request: Request, actor: Actor) -> tuple[DuesMonths, DuesMonthsOf]:
        asked = asked_for(DuesMonths, given_in(request))
        return asked, DuesMonthsOf.model_validate(await site.asking.query(asked, actor))

    async def plants_of(actor: Actor) -> list[Place]:
        async with site.readers.one() as reader:
            places = await reading.plants(reader, on=reading.a_year_ago())
        seen_by = DuesMonths.for_whom.roles
        return [p for p in places if "/" in p.path and actor.is_any(*seen_by, at=p.path)]

    @routes.get("/dues", response_class=Response)
    @door("会费各月情况页", DuesMonths.for_whom)
    async def listed(request: Request) -> Response:
        """Each month of each plant within reach; of the company where it has books of its own."""
        actor = await signed_in(site, request)
        asked, seen = await months_told(request, actor)
        return page(
            request,
            "dues",
            actor=actor,
            asked=asked,
            seen=seen,
            lines=lines(seen, await plants_of(actor)),
            enters=payroll_sheet.FOR_WHOM.includes(actor),
            sees_lapses=Lapses.for_whom.includes(actor),
            query=f"?{urlencode(given_in(request))}",
            where=where,
        )

    @routes.get("/dues.xlsx", response_class=Response)
    @door("会费各月情况（Excel）", DuesMonths.for_whom)
    async def months(request: Request) -> Response:
        actor = await signed_in(site, request)
        _, seen = await months_told(request, actor)
        return await months_sheet(request, lines(seen, await plants_of(actor)))

    @routes.get("/dues/{unit}/{month}", response_class=Response)
    @door("会费月报页", DuesReport.for_whom)
    async def report(request: Request, unit: str, month: str) -> Response:
        actor = await signed_in(site, request)
        place = await place_of(site, unit)
        seen = await report_of(site, actor, unit, month)
        return page(
            request,
            "dues_month",
            actor=actor,
            seen=seen,
            enters=OpenPayroll.for_whom.includes(actor, at=place.path),
            sees_people=DuesFaults.for_whom.includes(actor, at=place.path),
            where=where,
        )

    async def faults_told(asked: DuesFaults, actor: Actor) -> DuesFaultsOf:
        return DuesFaultsOf.model_validate(await site.asking.query(asked, actor))

    async def faults_shown(
        request: Request, actor: Actor, draft: Draft, unit: str, month: str
    ) -> Response:
        given = given_in(request) if request.method == "GET" else {}
        asked = asked_for(DuesFaults, given | {"unit": unit, "month": month})
        place = await place_of(site, unit)
        seen = await faults_told(asked, actor)
        return page(
            request,
            "dues_faults",
            draft.status,
            actor=actor,
            draft=draft,
            asked=asked,
            seen=seen,
            place_name=place.name,
            enters=SettleDues.for_whom.includes(actor, at=place.path),
            here=where(unit, month),
            **ways_on(given, seen.cursor),
        )

    @routes.get("/dues/{unit}/{month}/faults", response_class=Response)
    @door("会费差错页", DuesFaults.for_whom)
    async def faults(request: Request, unit: str, month: str) -> Response:
        """Who reads it is put on record."""
        actor = await signed_in(site, request)
        return await faults_shown(request, actor, await draft_of(site, request, actor), unit, month)

    @routes.post("/dues/{unit}/{month}/faults/settle", response_class=Response)
    @door("在页面上处理会费差错", SettleDues.for_whom)
    @keeps(site)
    async def settle(request: Request, unit: str, month: str) -> Response:
        actor = await comer(site, request, unit, SettleDues.for_whom)
        draft = await draft_of(site, request, actor)
        fields = {"fault": draft["fault"], "how": draft["how"]}
        if await draft.send(site, actor, SettleDues, fields) is None:
            return await faults_shown(request, actor, draft, unit, month)
        said = "dues-settled" if draft["how"] else "dues-unsettled"
        return go_on(where(unit, month, "/faults"), said, shown=draft.shown)

    @routes.get("/dues/{unit}/{month}/faults/settle", response_class=Response)
    @door("回到会费差错页", DuesFaults.for_whom)
    async def back(request: Request, unit: str, month: str) -> Response:
        """The buttons for it are on the list."""
        await comer(site, request, unit, DuesFaults.for_whom)
        return RedirectResponse(where(unit, month, "/faults"), 303, headers=NO_STORE)

    @routes.get("/dues/{unit}/{month}/faults.xlsx", response_class=Response)
    @door("会费差错（Excel）", DuesFaults.for_whom)
    async def faults_out(request: Request, unit: str, month: str) -> Response:
        """All of them, with the same filters."""
        actor = await signed_in(site, request)
        asked = asked_for(DuesFaults, given_in(request) | {"unit": unit, "month": month})
        items: list[DuesFault] = []
        async for seen in pieces(lambda each: faults_told(each, actor), asked, limit=AT_ONCE):
            items += seen.items
        return await faults_sheet(request, unit, month, items)

    async def reversing(
        request: Request, actor: Actor, draft: Draft, unit: str, month: str
    ) -> Response:
        seen = await report_of(site, actor, unit, month)
        return page(
            request,
            "dues_reverse",
            draft.status,
            actor=actor,
            draft=draft,
            seen=seen,
            here=where(unit, month),
        )

    @routes.get("/dues/{unit}/{month}/reverse", response_class=Response)
    @door("会费冲销表单", ReversePayroll.for_whom)
    async def reverse_form(request: Request, unit: str, month: str) -> Response:
        actor = await comer(site, request, unit, ReversePayroll.for_whom)
        draft = await draft_of(site, request, actor)
        return await reversing(request, actor, draft, unit, month)

    @routes.post("/dues/{unit}/{month}/reverse", response_class=Response)
    @door("在页面上冲销会费", ReversePayroll.for_whom)
    @keeps(site)
    async def reverse(request: Request, unit: str, month: str) -> Response:
        """`payroll` is the one that was shown, so that nobody reverses another."""
        actor = await comer(site, request, unit, ReversePayroll.for_whom)
        draft = await draft_of(site, request, actor)
        fields = {"payroll": draft["payroll"], "reason": draft["reason"]}
        if await draft.send(site, actor, ReversePayroll, fields) is None:
            return await reversing(request, actor, draft, unit, month)
        return go_on(where(unit, month), "dues-reversed", shown=draft.shown)

    async def own(request: Request) -> tuple[Actor, DuesOfPerson]:
        actor = await signed_in(site, request)
        async with site.readers.one() as reader:
            employee = await reading.employee_of(actor.must_be_someone(), reader)
        if employee is None:
            return actor, DuesOfPerson(items=[])
        told = await site.asking.query(DuesOf(employee=employee), actor)
        return actor, DuesOfPerson.model_validate(told)

    @routes.get("/membership/dues", response_class=Response)
    @door("本人会费", A_PERSON)
    async def ones_own(request: Request) -> Response:
        actor, seen = await own(request)
        return page(request, "dues_own", actor=actor, seen=seen)

    @routes.get("/membership/dues.xlsx", response_class=Response)
    @door("本人会费（Excel）", A_PERSON)
    async def ones_own_sheet(request: Request) -> Response:
        _, seen = await own(request)
        return await own_sheet(request, seen)

    return routes
