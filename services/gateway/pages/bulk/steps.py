"""The pages of a sheet that comes in, the same for every kind."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter
from openpyxl.utils import get_column_letter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.doors import door
from services.gateway.files.names import legible
from services.gateway.pages.bulk.kind import REFUSED, Account, Bulk
from services.gateway.pages.bulk.sheets import account_sheet, why
from services.gateway.pages.bulk.work import Works
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, Wrong, draft_of
from services.gateway.pages.keeping import keeps
from services.gateway.pages.layout import page
from services.gateway.pages.multipart import UNKEPT, Given
from services.gateway.pages.paths import id_in
from services.gateway.pages.signing import NO_STORE, signed_in
from services.gateway.problems import Problem
from services.gateway.sheets_in import columns as mapping
from services.gateway.sheets_in.kept import Brought
from services.gateway.sheets_in.kinds import Sheet, SheetUnfit
from services.gateway.site import Site
from shared.rights import Actor

FIELD = "files"
COLUMN = "column-"
"""Before a field's name: its column, counted from 0."""
SHOWN = 200
"""Rows of an account that the page shows, refused ones first; the sheet has all."""


def steps(site: Site, bulk: Bulk) -> APIRouter:
    """All routes below `bulk.path`."""
    routes, works = APIRouter(), Works(site)

    async def comer(request: Request) -> Actor:
        """Only those for whom it is. Raises `RuleBroken` (403)."""
        actor = await signed_in(site, request)
        bulk.for_whom.must_include(actor)
        return actor

    async def brought(actor: Actor, id: str, *, with_sheet: bool = False) -> Brought | Response:
        """Or the way back, where there is no such sheet of that account, or not any more."""
        known = id_in(id, "sheet")
        found = await site.sheets_in.of(bulk.kind, actor.account, known, with_sheet=with_sheet)
        return found or go_on(bulk.path, "sheet-gone")

    def to(id: UUID, step: str = "") -> Response:
        return RedirectResponse(f"{bulk.path}/{id}{step}", 303, headers=NO_STORE)

    async def bringing(request: Request, actor: Actor, draft: Draft) -> Response:
        given = await bulk.choices(site, actor)
        return page(
            request, "bulk/bring", draft.status, actor=actor, draft=draft, bulk=bulk, **given
        )

    @routes.get(bulk.path, response_class=Response)
    @door("上传表格：" + bulk.kind, bulk.for_whom)
    async def bring_form(request: Request) -> Response:
        actor = await comer(request)
        draft = await draft_of(site, request, actor, **{**bulk.first(), **_named(request, bulk)})
        return await bringing(request, actor, draft)

    @routes.post(bulk.path, response_class=Response)
    @door("读取上传的表格：" + bulk.kind, bulk.for_whom)
    @keeps(site)
    async def bring(request: Request) -> Response:
        actor = await comer(request)
        draft = await draft_of(site, request, actor)
        asked = bulk.asked(draft)
        sheet = await _read(site, request, actor, draft)
        if sheet and len(sheet.rows) > bulk.most_rows:
            given = {"most": str(bulk.most_rows)}
            detail = f"{bulk.most_rows} rows at most"
            draft.wrongs.append(Wrong(FIELD, "sheet-too-many-of-kind", given, detail))
        if draft.wrongs or sheet is None:
            draft.status = 422
            return await bringing(request, actor, draft)
        return to(await site.sheets_in.keep(bulk.kind, actor.account, sheet, asked), "/columns")

    async def choosing(request: Request, actor: Actor, draft: Draft, sheet: Sheet) -> Response:
        first = sheet.rows[0]
        seen = [
            (get_column_letter(place + 1), name, first.at(place))
            for place, name in enumerate(sheet.header)
        ]
        return page(
            request,
            "bulk/columns",
            draft.status,
            actor=actor,
            draft=draft,
            bulk=bulk,
            here=request.url.path,
            seen=seen,
            rows=len(sheet.rows),
        )

    @routes.get(bulk.path + "/{id}/columns", response_class=Response)
    @door("指定表格各列：" + bulk.kind, bulk.for_whom)
    async def columns_form(request: Request, id: str) -> Response:
        """As they were chosen; else as for the last sheet with that header; else as guessed."""
        actor = await comer(request)
        found = await brought(actor, id, with_sheet=True)
        if isinstance(found, Response):
            return found
        if found.sheet is None or found.state == "doing":
            return to(found.id)
        header = found.sheet.header
        chosen = found.columns
        if chosen is None:
            chosen = await site.sheets_in.remembered(bulk.kind, header)
        if chosen is None:
            chosen = mapping.guessed(header, bulk.fields)
        chosen = mapping.within(chosen, found.sheet, bulk.fields)
        typed = {f"{COLUMN}{name}": str(place) for name, place in chosen.items()}
        draft = await draft_of(site, request, actor, **typed)
        return await choosing(request, actor, draft, found.sheet)

    @routes.post(bulk.path + "/{id}/columns", response_class=Response)
    @door("试算表格：" + bulk.kind, bulk.for_whom)
    @keeps(site)
    async def choose_columns(request: Request, id: str) -> Response:
        """The dry run begins."""
        actor = await comer(request)
        found = await brought(actor, id, with_sheet=True)
        if isinstance(found, Response):
            return found
        if found.sheet is None:
            return to(found.id)
        draft = await draft_of(site, request, actor)
        chosen = mapping.within(_chosen(draft), found.sheet, bulk.fields)
        for field in mapping.unmapped(chosen, bulk.fields):
            draft.wrongs.append(Wrong(COLUMN + field.name, "missing", {}, "choose its column"))
        for field in mapping.taken_twice(chosen, bulk.fields):
            detail = "this column is another field already"
            draft.wrongs.append(Wrong(COLUMN + field.name, "column-twice", {}, detail))
        if draft.looked_at or draft.wrongs:
            draft.status = 422 if draft.wrongs else 200
            return await choosing(request, actor, draft, found.sheet)
        await site.sheets_in.remember(bulk.kind, found.sheet.header, chosen)
        await works.begin(bulk, actor, found, "weighing", columns=chosen)
        return to(found.id)

    async def accounted(
        request: Request, actor: Actor, found: Brought, draft: Draft | None = None
    ) -> Response:
        if draft is None:
            draft = await draft_of(site, request, actor)
        account = Account.from_json(found.account) if found.account else None
        verdicts = sorted(
            account.verdicts if account else (),
            key=lambda each: (each.becomes != REFUSED, each.becomes in bulk.calm, each.row),
        )
        return page(
            request,
            "bulk/account",
            draft.status,
            actor=actor,
            draft=draft,
            bulk=bulk,
            brought=found,
            account=account,
            here=f"{bulk.path}/{found.id}",
            shown=verdicts[:SHOWN],
            why=why,
            failed=works.failed(found.id),
        )

    @routes.get(bulk.path + "/{id}", response_class=Response)
    @door("表格逐行结果：" + bulk.kind, bulk.for_whom)
    async def seen(request: Request, id: str) -> Response:
        """How far it is; what would become of each row; or what became of it."""
        actor = await comer(request)
        await works.wait(id_in(id, "sheet"))
        found = await brought(actor, id)
        if isinstance(found, Response):
            return found
        if found.state == "brought" and not works.failed(found.id):
            return to(found.id, "/columns")
        return await accounted(request, actor, found)

    @routes.post(bulk.path + "/{id}/do", response_class=Response)
    @door("执行表格：" + bulk.kind, bulk.for_whom)
    @keeps(site)
    async def do(request: Request, id: str) -> Response:
        actor = await comer(request)
        found = await brought(actor, id, with_sheet=True)
        if isinstance(found, Response):
            return found
        if found.sheet is None or found.account is None:
            return to(found.id)
        draft = await draft_of(site, request, actor)
        said = None
        if found.state == "weighed":
            said = bulk.confirmed(draft, Account.from_json(found.account))
        if draft.looked_at or draft.wrongs:
            draft.status = 422 if draft.wrongs else 200
            return await accounted(request, actor, found, draft)
        await works.begin(bulk, actor, found, "doing", said=said)
        return to(found.id)

    @routes.post(bulk.path + "/{id}/drop", response_class=Response)
    @door("丢弃上传的表格：" + bulk.kind, bulk.for_whom)
    @keeps(site)
    async def drop(request: Request, id: str) -> Response:
        actor = await comer(request)
        await site.sheets_in.drop(bulk.kind, actor.account, id_in(id, "sheet"))
        return go_on(bulk.back, "sheet-dropped")

    @routes.get(bulk.path + "/{id}/do", response_class=Response)
    @routes.get(bulk.path + "/{id}/drop", response_class=Response)
    @door("回到表格：" + bulk.kind, bulk.for_whom)
    async def back(request: Request, id: str) -> Response:
        """The buttons for it are on the page of the sheet."""
        await comer(request)
        return to(id_in(id, "sheet"))

    @routes.get(bulk.path + "/{id}/rows.xlsx", response_class=Response)
    @door("逐行结果（Excel）：" + bulk.kind, bulk.for_whom)
    async def rows(request: Request, id: str) -> Response:
        """All rows; `?only=refused` those, with all that stood in them."""
        actor = await comer(request)
        found = await brought(actor, id)
        if isinstance(found, Response):
            return found
        if not found.account:
            return to(found.id)
        only = request.query_params.get("only") == REFUSED
        return await account_sheet(request, bulk, Account.from_json(found.account), only=only)

    return routes


def _named(request: Request, bulk: Bulk) -> dict[str, str]:
    """What the address that led here says already of the fields beside the file."""
    return {name: value[:64] for name, value in request.query_params.items() if name in bulk.labels}


async def _read(site: Site, request: Request, actor: Actor, draft: Draft) -> Sheet | None:
    """The file that came; what is wrong with it is in the draft then."""
    given: list[Given] = getattr(request.state, "files", [])
    request.state.files = []
    try:
        if draft.looked_at or not given:
            code = "file-not-kept" if draft[UNKEPT] else "no-file"
            named = {"name": legible(draft[UNKEPT])}
            draft.wrongs.append(Wrong(FIELD, code, named, "choose a file first"))
            return None
        name = legible(given[0].name) or "?"
        try:
            if given[0].wrong:
                raise SheetUnfit("sheet-too-large")
            await _take_place(site, actor)
            return await site.sheet_reading.read(given[0].content)
        except SheetUnfit as unfit:
            detail = f"{name}: {unfit.code}"
            draft.wrongs.append(Wrong(FIELD, unfit.code, {"name": name}, detail))
            request.scope["refused"] = unfit.code
            return None
    finally:
        for each in given:
            each.content.close()


async def _take_place(site: Site, actor: Actor) -> None:
    """Raises `SheetUnfit` for who brings very many."""
    try:
        await site.throttle.at_upload(actor.account).take()
    except Problem as problem:
        if problem.status != 429:
            raise
        raise SheetUnfit("too-many-uploads") from None


def _chosen(draft: Draft) -> Mapping[str, int]:
    return {
        name.removeprefix(COLUMN): int(value)
        for name, value in draft.typed.items()
        if name.startswith(COLUMN) and value.isascii() and value.isdigit() and len(value) < 4
    }
