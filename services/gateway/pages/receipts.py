"""`/dues/{unit}/{month}/receipts`: money of the firm's 2 % came in, or was entered wrongly."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, Wrong, draft_of
from services.gateway.pages.dues import comer, report_of, where
from services.gateway.pages.dues_sheets import receipts_sheet
from services.gateway.pages.keeping import keeps
from services.gateway.pages.layout import page
from services.gateway.pages.paths import id_in
from services.gateway.problems import Problem
from services.gateway.sheets_in.values import NotSo, fen_of
from services.gateway.site import Site
from shared.calendar import today
from shared.contracts.membership import DuesReport, EnterReceipt, Receipt, TakeBackReceipt
from shared.rights import Actor


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def entering(
        request: Request, actor: Actor, draft: Draft, unit: str, month: str
    ) -> Response:
        seen = await report_of(site, actor, unit, month)
        return page(
            request,
            "dues_receipt",
            draft.status,
            actor=actor,
            draft=draft,
            seen=seen,
            here=where(unit, month),
        )

    @routes.get("/dues/{unit}/{month}/receipts", response_class=Response)
    @door("经费到账表单", EnterReceipt.for_whom)
    async def form(request: Request, unit: str, month: str) -> Response:
        actor = await comer(site, request, unit, EnterReceipt.for_whom)
        draft = await draft_of(site, request, actor, on=today().isoformat())
        return await entering(request, actor, draft, unit, month)

    @routes.get("/dues/{unit}/{month}/receipts.xlsx", response_class=Response)
    @door("经费到账表（Excel）", DuesReport.for_whom)
    async def sheet(request: Request, unit: str, month: str) -> Response:
        actor = await comer(site, request, unit, DuesReport.for_whom)
        return await receipts_sheet(request, await report_of(site, actor, unit, month))

    @routes.post("/dues/{unit}/{month}/receipts", response_class=Response)
    @door("在页面上登记经费到账", EnterReceipt.for_whom)
    @keeps(site)
    async def enter(request: Request, unit: str, month: str) -> Response:
        actor = await comer(site, request, unit, EnterReceipt.for_whom)
        draft = await draft_of(site, request, actor)
        fields = {
            "unit": unit,
            "month": month,
            "amount": _amount(draft),
            "on": draft["on"],
            "reference": draft["reference"],
        }
        if await draft.send(site, actor, EnterReceipt, fields) is None:
            return await entering(request, actor, draft, unit, month)
        return go_on(where(unit, month), "receipt-entered", shown=draft.shown)

    async def receipt_of(actor: Actor, unit: str, month: str, id: str) -> Receipt:
        """Raises `Problem` (404)."""
        known = id_in(id, "receipt")
        for receipt in (await report_of(site, actor, unit, month)).funds.receipts:
            if receipt.receipt == known:
                return receipt
        raise Problem(404, "unknown-receipt", f"there is no receipt {id}")

    async def taking_back(
        request: Request, actor: Actor, draft: Draft, receipt: Receipt, back: str
    ) -> Response:
        return page(
            request,
            "dues_take_back",
            draft.status,
            actor=actor,
            draft=draft,
            receipt=receipt,
            back=back,
        )

    @routes.get("/dues/{unit}/{month}/receipts/{id}/take-back", response_class=Response)
    @door("撤回经费到账表单", TakeBackReceipt.for_whom)
    async def take_back_form(request: Request, unit: str, month: str, id: str) -> Response:
        actor = await comer(site, request, unit, TakeBackReceipt.for_whom)
        receipt = await receipt_of(actor, unit, month, id)
        draft = await draft_of(site, request, actor)
        return await taking_back(request, actor, draft, receipt, where(unit, month))

    @routes.post("/dues/{unit}/{month}/receipts/{id}/take-back", response_class=Response)
    @door("在页面上撤回经费到账", TakeBackReceipt.for_whom)
    @keeps(site)
    async def take_back(request: Request, unit: str, month: str, id: str) -> Response:
        actor = await comer(site, request, unit, TakeBackReceipt.for_whom)
        receipt = await receipt_of(actor, unit, month, id)
        draft = await draft_of(site, request, actor)
        fields = {"receipt": receipt.receipt, "reason": draft["reason"]}
        if await draft.send(site, actor, TakeBackReceipt, fields) is None:
            return await taking_back(request, actor, draft, receipt, where(unit, month))
        return go_on(where(unit, month), "receipt-taken-back", shown=draft.shown)

    return routes


def _amount(draft: Draft) -> int | None:
    """What was typed in yuan, as fen; what is wrong with it stands at the field then."""
    try:
        amount = fen_of(draft["amount"].strip() or None)
    except NotSo as wrong:
        draft.wrongs.append(Wrong("amount", wrong.code, {}, wrong.code))
        draft.status = 422
        return None
    if amount is not None and amount <= 0:
        draft.wrongs.append(Wrong("amount", "no-money", {}, "more than nothing"))
        draft.status = 422
    return amount
