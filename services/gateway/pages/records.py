"""`/people/{employee}/record`: a person's membership as the roll holds it, with honours, courses
and visits beside it; and what officers enter about it."""

from typing import Any, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.bodies import malformed
from services.gateway.doors import door
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, draft_of
from services.gateway.pages.keeping import keeps
from services.gateway.pages.layout import page
from services.gateway.pages.paths import id_in
from services.gateway.pages.signing import signed_in
from services.gateway.site import Site
from services.gateway.views.courses import courses_of
from services.gateway.views.visits import visit_days
from shared.calendar import today
from shared.contracts.membership import (
    AdmitMember,
    AwardHonour,
    EndMembership,
    KeepMembership,
    MemberRecord,
    MemberRecordOf,
    RecordOtherUnion,
    WithdrawHonour,
)
from shared.for_whom import reaching
from shared.messages import Command
from shared.rights import Actor

ENTERS_SOME = reaching(*AdmitMember.for_whom.roles)


class Deed(NamedTuple):
    """What is entered on one form: its path below the person's, the command with its fields beside
    the number, and what is said when it was done."""

    path: str
    command: type[Command]
    fields: tuple[str, ...]
    done: str
    zh: str


DEEDS = (
    Deed("admit", AdmitMember, ("on", "reference", "elsewhere"), "admitted", "纸质入会申请"),
    Deed(
        "end-membership",
        EndMembership,
        ("on", "because", "reference"),
        "membership-ended",
        "会籍终止",
    ),
    Deed("keep", KeepMembership, ("on", "kept"), "kept", "保留会籍"),
    Deed(
        "other-union",
        RecordOtherUnion,
        ("union", "since", "until"),
        "other-union",
        "会籍在外单位",
    ),
    Deed("honours", AwardHonour, ("title", "level", "on", "reference"), "honoured", "荣誉"),
)


def record_of(employee: str) -> str:
    return f"/people/{quote(employee, safe='')}/record"


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def told(employee: str, actor: Actor) -> MemberRecordOf:
        try:
            asked = MemberRecord(employee=employee)
        except ValidationError as error:
            raise malformed(error) from None
        return MemberRecordOf.model_validate(await site.asking.query(asked, actor))

    @routes.get("/people/{employee}/record", response_class=Response)
    @door("会员档案", MemberRecord.for_whom)
    async def record(request: Request, employee: str) -> Response:
        """From membership itself; courses and visits from the views. That one was visited, not
        why."""
        actor = await signed_in(site, request)
        seen = await told(employee, actor)
        async with site.readers.one() as reader:
            courses = await courses_of(seen.person, reader)
            visits = await visit_days(seen.person, reader)
        return page(
            request,
            "record",
            actor=actor,
            seen=seen,
            courses=courses,
            visits=visits,
            today=today(),
            draft=await draft_of(site, request, actor),
            enters=ENTERS_SOME.includes(actor) and seen.person != actor.person,
        )

    async def form(
        request: Request, actor: Actor, deed: Deed, employee: str, draft: Draft
    ) -> Response:
        return page(
            request, "deed", draft.status, actor=actor, deed=deed.path, draft=draft, whose=employee
        )

    def add(deed: Deed) -> None:
        path = f"/people/{{employee}}/{deed.path}"

        @routes.get(path, response_class=Response, name=f"{deed.path} form")
        @door(f"{deed.zh}表单", ENTERS_SOME)
        async def asked(request: Request, employee: str) -> Response:
            actor = await signed_in(site, request)
            ENTERS_SOME.must_include(actor)
            day = {"on": today().isoformat()} if "on" in deed.fields else {}
            draft = await draft_of(site, request, actor, **day)
            return await form(request, actor, deed, employee, draft)

        @routes.post(path, response_class=Response, name=deed.path)
        @door(f"在页面上登记{deed.zh}", deed.command.for_whom)
        @keeps(site)
        async def entered(request: Request, employee: str) -> Response:
            actor = await signed_in(site, request)
            ENTERS_SOME.must_include(actor)
            draft = await draft_of(site, request, actor)
            fields: dict[str, Any] = {name: draft[name] for name in deed.fields}
            if "kept" in fields:
                fields["kept"] = fields["kept"] != "no"
            done = await draft.send(site, actor, deed.command, fields | {"employee": employee})
            if done is None:
                return await form(request, actor, deed, employee, draft)
            return go_on(record_of(employee), deed.done, shown=draft.shown)

    for each in DEEDS:
        add(each)

    async def taking_out(request: Request, actor: Actor, id: str, draft: Draft) -> Response:
        """With the honour itself where the form knows whose it is."""
        honour, whose = id_in(id, "honour"), draft["employee"]
        one = None
        if whose:
            honours = (await told(whose, actor)).honours
            one = next((each for each in honours if each.honour == honour), None)
        return page(
            request,
            "take_out",
            draft.status,
            actor=actor,
            draft=draft,
            honour=honour,
            one=one,
            whose=whose,
        )

    @routes.get("/honours/{id}/take-out", response_class=Response)
    @door("撤销荣誉表单", ENTERS_SOME)
    async def take_out_form(request: Request, id: str) -> Response:
        actor = await signed_in(site, request)
        ENTERS_SOME.must_include(actor)
        whose = request.query_params.get("employee", "")[:32]
        draft = await draft_of(site, request, actor, employee=whose)
        return await taking_out(request, actor, id, draft)

    @routes.post("/honours/{id}/take-out", response_class=Response)
    @door("在页面上撤销荣誉", WithdrawHonour.for_whom)
    @keeps(site)
    async def take_out(request: Request, id: str) -> Response:
        actor = await signed_in(site, request)
        ENTERS_SOME.must_include(actor)
        draft = await draft_of(site, request, actor)
        fields = {"honour": id_in(id, "honour"), "reason": draft["reason"]}
        if await draft.send(site, actor, WithdrawHonour, fields) is None:
            return await taking_out(request, actor, id, draft)
        where = record_of(draft["employee"]) if draft["employee"] else "/"
        return go_on(where, "honour-out", shown=draft.shown)

    return routes
