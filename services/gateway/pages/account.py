"""`/account`: who one is here, the sessions that are open, and a password of one's own."""

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway import audit
from services.gateway.doors import door
from services.gateway.pages import reading
from services.gateway.pages.cookies import give_browser, give_session, take_session
from services.gateway.pages.forgery import form_of
from services.gateway.pages.layout import page
from services.gateway.pages.signing import NO_STORE, browser_of, known_by_cookie, signed_in
from services.gateway.passwords import (
    LONGEST,
    SHORTEST,
    Proved,
    hashed_password,
    must_be_a_password,
    set_password,
)
from services.gateway.problems import Problem
from services.gateway.sessions import end_all, end_one, prove_again, sessions_of
from services.gateway.site import Site
from services.gateway.tokens import Known
from shared.for_whom import OWN_ACCOUNT, SIGNED_IN
from shared.rights import RuleBroken


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/account", response_class=Response)
    @door("本账号页", SIGNED_IN)
    async def account(request: Request) -> Response:
        actor = await signed_in(site, request)
        known = await known_by_cookie(site, request)
        async with site.readers.snapshot() as reader:
            employee = await reading.employee_of(actor.person, reader)
            has_password = await reading.has_password(actor.account, reader)
            open_ones = await sessions_of(actor.account, reader, site.door.idle)
        return page(
            request,
            "account",
            actor=actor,
            employee=employee,
            has_password=has_password,
            sessions=open_ones,
            here=known.session,
        )

    def password_form(
        request: Request, known: Known, status: int = 200, wrong: str | None = None
    ) -> Response:
        return page(
            request,
            "password",
            status,
            actor=known.actor,
            wrong=wrong,
            given=known.must_change,
            shortest=SHORTEST,
            longest=LONGEST,
        )

    async def with_a_password(request: Request) -> Known:
        """Raises `Problem` (409): who signs in by the company's provider changes it there."""
        known = await known_by_cookie(site, request)
        async with site.readers.one() as reader:
            if not await reading.has_password(known.actor.account, reader):
                raise Problem(409, "no-password", "this account has no password on this site")
        return known

    @routes.get("/account/password", response_class=Response)
    @door("改密码表单", SIGNED_IN)
    async def password(request: Request) -> Response:
        return password_form(request, await with_a_password(request))

    @routes.post("/account/password", response_class=Response)
    @door("改密码", OWN_ACCOUNT)
    async def change(request: Request) -> Response:
        """Every session ends, this one too: it goes on under a new token."""
        known = await with_a_password(request)
        form = await form_of(request)
        name, old, new = known.actor.account, form.get("old", ""), form.get("new", "")
        if new != form.get("again"):
            return password_form(request, known, 422, "again")
        if new == old:
            return password_form(request, known, 422, "same")
        try:
            must_be_a_password(new, name)
        except RuleBroken:
            return password_form(request, known, 422, "weak")
        try:
            proved = await prove_again(site, known, old)
        except Problem as problem:
            if problem.status != 401:
                raise
            return password_form(request, known, 422, "old")
        hashed, browser = await hashed_password(new), browser_of(site, request)
        async with site.sessions() as session:
            if not await set_password(session, name, hashed, instead_of=proved.stored):
                return password_form(request, known, 422, "old")
            await audit.add(session, audit.Entry.by(known.actor, "password changed", "account"))
            await end_all(name, session)
            token = await browser.begin(site, name, Proved(hashed, must_change=False), session)
            await session.commit()
        site.tokens.forget()
        response = RedirectResponse("/account", 303, headers=NO_STORE)
        give_session(site, response, token)
        give_browser(site, response, browser.known_by)
        return response

    @routes.post("/account/sessions/{id}/end", response_class=Response)
    @door("结束一个登录", OWN_ACCOUNT)
    async def end(request: Request, id: str) -> Response:
        actor = await signed_in(site, request)
        try:
            one = UUID(id)
        except ValueError:
            raise Problem(404, "unknown-session", "there is no such session") from None
        async with site.sessions() as session:
            await end_one(actor.account, one, session)
            await session.commit()
        site.tokens.forget()
        return RedirectResponse("/account", 303, headers=NO_STORE)

    @routes.post("/account/sign-out-everywhere", response_class=Response)
    @door("全部退出", OWN_ACCOUNT)
    async def everywhere(request: Request) -> Response:
        known = await known_by_cookie(site, request)
        async with site.sessions() as session:
            await end_all(known.actor.account, session)
            await session.commit()
        site.tokens.forget()
        response = RedirectResponse("/", 303, headers=NO_STORE)
        take_session(site, response)
        return response

    return routes
