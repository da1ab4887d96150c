"""`/provinces`: where plants lie, from which day on, by whose rules their matters are judged."""

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.pages import words
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, draft_of
from services.gateway.pages.keeping import keeps
from services.gateway.pages.languages import gettext as _
from services.gateway.pages.languages import language_of, speaking
from services.gateway.pages.layout import page
from services.gateway.pages.sheets import Value, send_sheet
from services.gateway.pages.signing import signed_in
from services.gateway.pages.words import word
from services.gateway.site import Site
from shared.contracts.membership import Provinces, ProvincesOf, SetProvince
from shared.for_whom import reaching
from shared.rights import Actor

SAYS_SOME = reaching(*SetProvince.for_whom.roles)


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def shown(request: Request, actor: Actor, draft: Draft) -> Response:
        told = ProvincesOf.model_validate(await site.asking.query(Provinces(), actor))
        return page(
            request,
            "provinces",
            draft.status,
            actor=actor,
            draft=draft,
            seen=told,
            says=SAYS_SOME.includes(actor),
        )

    @routes.get("/provinces", response_class=Response)
    @door("省份页", Provinces.for_whom)
    async def listed(request: Request) -> Response:
        actor = await signed_in(site, request)
        return await shown(request, actor, await draft_of(site, request, actor))

    @routes.get("/provinces.xlsx", response_class=Response)
    @door("省份表（Excel）", Provinces.for_whom)
    async def sheet(request: Request) -> Response:
        actor = await signed_in(site, request)
        seen = ProvincesOf.model_validate(await site.asking.query(Provinces(), actor))
        with speaking(language_of(request)):
            titles = [_("Unit"), _("Code"), _("Province"), _("From"), _("Until before")]
            rows: list[Sequence[Value]] = [
                [
                    *(one.unit_name, one.unit, word(words.PROVINCES, held.province)),
                    *(held.since, held.until),
                ]
                for one in seen.items
                for held in one.periods
            ]
        return await send_sheet(request, "provinces", titles, rows)

    @routes.post("/provinces", response_class=Response)
    @door("在页面上设定省份", SetProvince.for_whom)
    @keeps(site)
    async def said(request: Request) -> Response:
        """One plant at a time."""
        actor = await signed_in(site, request)
        SAYS_SOME.must_include(actor)
        draft = await draft_of(site, request, actor)
        fields = {name: draft[name] for name in ("unit", "province", "on")}
        if await draft.send(site, actor, SetProvince, fields) is None:
            return await shown(request, actor, draft)
        return go_on("/provinces", "province-said", shown=draft.shown)

    return routes
