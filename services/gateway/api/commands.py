"""`POST /api/v1/<service>/<command>`: asks the owner, then waits until the views show it."""

import re
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.bodies import parse, read_body
from services.gateway.api.schema import KEY_PATTERN, command_docs
from services.gateway.doors import door
from services.gateway.problems import Problem
from services.gateway.site import Site
from shared.contracts import democracy, membership, training, welfare
from shared.messages import Command, uuid7

COMMANDS: tuple[type[Command], ...] = (
    democracy.SubmitProposal,
    democracy.SupportProposal,
    democracy.AnswerProposal,
    membership.JoinUnion,
    membership.LeaveUnion,
    membership.AdmitMember,
    membership.EndMembership,
    membership.KeepMembership,
    membership.RecordOtherUnion,
    membership.AdmonishMember,
    membership.WithdrawAdmonition,
    membership.DeclareLeft,
    membership.ReverseDeclaration,
    membership.SetProvince,
    membership.AwardHonour,
    membership.WithdrawHonour,
    membership.AskErasure,
    membership.GrantErasure,
    membership.WithdrawErasure,
    membership.AppointPost,
    membership.EndPost,
    membership.NoteDrift,
    membership.LeaveDrift,
    membership.ReopenDrift,
    membership.SettleDrift,
    membership.SettleUnfit,
    membership.TakeBackRuling,
    membership.SettleUnit,
    membership.RuleSamePerson,
    membership.RuleAnotherHuman,
    membership.RuleTwoPeople,
    membership.TakeBackTwoPeople,
    membership.OpenPayroll,
    membership.AddPayroll,
    membership.BookPayroll,
    membership.DropPayroll,
    membership.ReversePayroll,
    membership.SettleDues,
    membership.EnterReceipt,
    membership.TakeBackReceipt,
    membership.FoundBody,
    membership.DissolveBody,
    membership.OpenTerm,
    membership.WithdrawTerm,
    membership.FillSeat,
    membership.EndSeat,
    membership.AskCorrection,
    membership.WithdrawCorrection,
    membership.TakeCorrectionToHr,
    membership.AnswerCorrection,
    training.OpenCourse,
    training.Enrol,
    training.CompleteCourse,
    welfare.LogVisit,
)
_KEY = re.compile(KEY_PATTERN)


def key_of(request: Request) -> str:
    """The caller's `Idempotency-Key`, or a fresh one. Raises `Problem` (422)."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return str(uuid7())
    if not _KEY.fullmatch(key):
        raise Problem(
            422,
            "malformed",
            "Idempotency-Key: 1 to 255 visible ASCII characters",
            field="Idempotency-Key",
        )
    return key


def router(site: Site) -> APIRouter:
    """One route a command."""
    routes = APIRouter(prefix="/api/v1", tags=["commands"])
    for kind in COMMANDS:
        routes.add_api_route(
            f"/{kind.owner()}/{kind.slug()}",
            _endpoint(site, kind),
            methods=["POST"],
            status_code=201,
            response_class=Response,
            **command_docs(kind),
        )
    return routes


def _endpoint(site: Site, kind: type[Command]) -> Any:
    @door(kind.zh, kind.for_whom)
    async def ask(request: Request) -> Response:
        actor = await site.actor(request)
        key = key_of(request)
        command = parse(kind, await read_body(request))
        accepted = await site.asking.command(command, actor, key)
        shown = await site.applied.reached(accepted.facts)
        headers = {"Cache-Control": "no-store", "Idempotency-Key": key}
        if not shown:
            headers["View"] = "pending"
        body = f'{{"id":"{accepted.id}","home":"{accepted.home}"}}'
        return Response(body, status_code=201, media_type="application/json", headers=headers)

    return ask
