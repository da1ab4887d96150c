"""`/language`: the language chosen by hand, in a cookie that is no secret."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.doors import door
from services.gateway.pages.cookies import give_language
from services.gateway.pages.errors import local_path
from services.gateway.pages.forgery import CHOOSE_LANGUAGE, form_of
from services.gateway.pages.languages import LANGUAGES
from services.gateway.pages.signing import NO_STORE
from services.gateway.problems import Problem
from services.gateway.site import Site
from shared.for_whom import ANYONE


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.post(CHOOSE_LANGUAGE, response_class=Response)
    @door("选择语言", ANYONE)
    async def choose(request: Request) -> Response:
        """And back to the page on which it was chosen."""
        form = await form_of(request)
        language = LANGUAGES.get(form.get("language", ""))
        if language is None:
            raise Problem(422, "malformed", "language: one of zh-CN, en", field="language")
        response = RedirectResponse(local_path(form.get("next")), 303, headers=NO_STORE)
        give_language(site, response, language.code)
        return response

    return routes
