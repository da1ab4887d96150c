"""Signing in with the company account: to its provider, and back with what it says."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway import audit
from services.gateway.accounts import token_hash
from services.gateway.company import ON_ITS_WAY, OnItsWay, begin, employee_in
from services.gateway.doors import door
from services.gateway.pages.cookies import (
    company_cookie,
    give_company,
    give_session,
    new_browser,
    session_cookie,
)
from services.gateway.pages.errors import local_path, response_to
from services.gateway.pages.onward import START, signed_in_page
from services.gateway.problems import Problem
from services.gateway.provider import COMES_BACK, Provider
from services.gateway.site import Site
from shared.for_whom import ANYONE


def router(site: Site) -> APIRouter:
    """Without a provider there are no such paths."""
    routes = APIRouter()
    if site.provider is None:
        return routes
    provider: Provider = site.provider

    @routes.get(START, response_class=Response)
    @door("去公司账号登录", ANYONE)
    async def start(request: Request) -> Response:
        """A GET, because a form must not lead to another site; it changes nothing here."""
        cookie = company_cookie(site, request) or new_browser()
        before = token_hash(session_cookie(site, request) or "")
        way = OnItsWay.begun(site, cookie, local_path(request.query_params.get("next")), before)
        to = await provider.way(state=way.state, nonce=way.nonce, verifier=way.verifier)
        response = RedirectResponse(to, 303, headers={"Cache-Control": "no-store"})
        give_company(site, response, cookie, ON_ITS_WAY)
        return response

    @routes.get(COMES_BACK, response_class=Response)
    @door("从公司账号回来", ANYONE)
    async def back(request: Request) -> Response:
        """Each one that is refused is on record, with the employee number once that is proved."""
        employee: str | None = None
        tries = site.throttle.at_company(site.throttle.address(request))
        await tries.take()
        try:
            answer = dict(request.query_params)
            way = OnItsWay.read(site, company_cookie(site, request), answer.get("state", ""))
            claims = await provider.claims(answer, nonce=way.nonce, verifier=way.verifier)
            employee = employee_in(claims, provider.told)
            agent = request.headers.get("user-agent", "")
            token = await begin(site, provider.told, way, claims, agent=agent)
        except Problem as problem:
            return await refused(request, problem, employee)
        await tries.give_back()
        response = signed_in_page(request, local_path(way.next))
        give_session(site, response, token)
        return response

    async def refused(request: Request, problem: Problem, employee: str | None) -> Response:
        if problem.status != 503:
            why = problem.more.get("why")
            code = f"{problem.code}: {why}" if why else problem.code
            entry = audit.Entry("not signed in", "company", about=employee, code=code)
            await site.audit.note(entry)
        response = response_to(request, problem)
        request.scope.pop("refused", None)  # it is on record already
        return response

    return routes
