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
from services.gateway.pages.done import tell
from services.gateway.pages.drafts import WRITER, writer_of
from services.gateway.pages.errors import local_path, response_to
from services.gateway.pages.forgery import form_of, form_token
from services.gateway.pages.form_token import present
from services.gateway.pages.layout import page
from services.gateway.pages.onward import START, setting_out_page, signed_in_page
from services.gateway.pages.signing import kept_in, sign_in_form
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
        next, form = local_path(request.query_params.get("next")), request.query_params.get("form")
        way = OnItsWay.begun(site, cookie, next, before, form)
        to = await provider.way(state=way.state, nonce=way.nonce, verifier=way.verifier)
        response = RedirectResponse(to, 303, headers={"Cache-Control": "no-store"})
        give_company(site, response, cookie, ON_ITS_WAY)
        return response

    @routes.post(START, response_class=Response)
    @door("带着没交的表单去公司账号登录", ANYONE)
    async def start_with_a_form(request: Request) -> Response:
        """What was typed waits here meanwhile. Not a redirect to the provider: the policy of our
        own pages stops one after a form."""
        form = await form_of(request)
        next, kept = local_path(form.get("next")), kept_in(form)
        cookie = company_cookie(site, request) or new_browser()
        name = await site.carried.keep(cookie, kept)
        if name is None:
            return sign_in_form(site, request, next, 503, kept=kept, crowded=True)
        response = setting_out_page(request, name, next)
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
        response = await arrived(request, way, token)
        give_session(site, response, token)
        return response

    async def arrived(request: Request, way: OnItsWay, token: str) -> Response:
        """Where one was going; with what one had typed, if it was oneself who had."""
        next = local_path(way.next)
        if not way.form:
            return signed_in_page(request, next)
        kept = await site.carried.take(company_cookie(site, request) or "", way.form)
        known = await site.tokens.known(token)
        if kept and kept.get(WRITER) == writer_of(site, known.actor.account):
            present.set(form_token(site, token))
            return page(request, "resume", kept=kept, action=next)
        response = signed_in_page(request, next)
        tell(response, "not-yours" if kept else "not-kept")
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
