"""`/audit`: the audit log for auditors, and whether it is as it was sealed."""

from datetime import timedelta
from typing import Annotated, get_args

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from services.gateway import audit
from services.gateway.audit_log import EntriesAsked, after, entries
from services.gateway.doors import door
from services.gateway.pages import sheets, words
from services.gateway.pages.audit_sheets import entries_sheet
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in, ways_on
from services.gateway.pages.signing import signed_in
from services.gateway.seals import newest, verified
from services.gateway.site import Site
from shared.calendar import midnight, today
from shared.messages import DAY
from shared.rights import Actor

MOST_DAYS = 31
"""Whose seals are looked at in one go; `tongxin audit verify` looks at all."""


class DaysAsked(BaseModel):
    """Both are within; a week up to today when none is given."""

    model_config = ConfigDict(extra="forbid")

    since: Annotated[DAY, Field(default_factory=lambda: today() - timedelta(days=6))]
    until: Annotated[DAY, Field(default_factory=today)]

    def are_too_many(self) -> bool:
        return not 0 <= (self.until - self.since).days < MOST_DAYS


def router(site: Site) -> APIRouter:
    routes = APIRouter()
    key = audit.signing_key(site.sessions.seal_key).public_key()

    async def an_auditor(request: Request) -> tuple[Actor, dict[str, str]]:
        """And what is asked."""
        actor = await signed_in(site, request)
        EntriesAsked.for_whom.must_include(actor)
        return actor, given_in(request)

    async def put_on_record(actor: Actor, what: str, asked: EntriesAsked | None = None) -> None:
        """Before anything is told, as for all that is recorded."""
        about = (asked.about or asked.account) if asked else None
        await site.audit.note(audit.Entry.by(actor, "read", what, about=about))

    @routes.get("/audit", response_class=Response)
    @door("审计日志", EntriesAsked.for_whom)
    async def listed(request: Request) -> Response:
        actor, given = await an_auditor(request)
        asked = asked_for(EntriesAsked, given)
        await put_on_record(actor, "/audit", asked)
        async with site.readers.snapshot() as reader:
            seen, seal = await entries(asked, reader), await newest(reader)
        return page(
            request,
            "audit",
            actor=actor,
            asked=asked,
            kinds={kind: words.AUDIT[kind] for kind in get_args(audit.What)},
            seen=seen,
            seal=seal,
            **ways_on(given, seen.cursor),
        )

    @routes.get("/audit.xlsx", response_class=Response)
    @door("审计日志（Excel）", EntriesAsked.for_whom)
    async def sheet(request: Request) -> Response:
        actor, given = await an_auditor(request)
        asked = asked_for(EntriesAsked, given)
        await put_on_record(actor, "/audit.xlsx", asked)
        async with site.readers.one() as reader:
            seen = await entries(sheets.whole(asked), reader)
        return await entries_sheet(request, seen)

    @routes.get("/audit/seals", response_class=Response)
    @door("核对审计封存", EntriesAsked.for_whom)
    async def seals(request: Request) -> Response:
        """Compares what was sealed in these days with what is there now."""
        actor, given = await an_auditor(request)
        days = asked_for(DaysAsked, given)
        if days.are_too_many():
            return page(
                request, "audit_seals", 422, actor=actor, days=days, found=None, most=MOST_DAYS
            )
        await put_on_record(actor, "/audit/seals")
        async with site.readers.snapshot() as reader:
            found = await verified(
                reader, key, since=midnight(days.since), before=after(days.until)
            )
        return page(request, "audit_seals", actor=actor, days=days, found=found, most=MOST_DAYS)

    return routes
