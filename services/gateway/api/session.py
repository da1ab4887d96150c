"""`POST /api/v1/session`: a bearer token for an account and its password."""

from fastapi import APIRouter
from pydantic import BaseModel, Field, SecretStr
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.accounts import end_session
from services.gateway.api.bodies import parse, read_body
from services.gateway.api.schema import good, problems, request_body
from services.gateway.doors import door
from services.gateway.sessions import end_all, sign_in_program
from services.gateway.site import Site
from shared.for_whom import ANYONE, OWN_ACCOUNT, SIGNED_IN
from shared.messages import LINE


class SignIn(BaseModel):
    """Account and password."""

    account: str = Field(min_length=1, max_length=100, pattern=LINE)
    password: SecretStr = Field(min_length=1, max_length=200)


class SignedIn(BaseModel):
    """Send the token as `Authorization: Bearer …` until it ends."""

    token: str
    expires_at: str = Field(description="UTC, ISO 8601")


def router(site: Site) -> APIRouter:
    routes = APIRouter(prefix="/api/v1", tags=["session"])

    @routes.post(
        "/session",
        status_code=201,
        response_class=Response,
        summary="Sign in",
        openapi_extra={"requestBody": request_body(SignIn)},
        responses=good(201, "A token", SignedIn) | problems(401, 403, 413, 422, 429, 503),
    )
    @door("登录", ANYONE)
    async def sign_in(request: Request) -> Response:
        """A bearer token for a password. It ends after 12 hours, unless the site was told another
        length, or when it is deleted. After too many tries that were wrong: 429, and when to come
        again."""
        asked = parse(SignIn, await read_body(request, 4096))
        password = asked.password.get_secret_value()
        token, ends = await sign_in_program(site, request, asked.account, password)
        return Response(
            SignedIn(token=token, expires_at=ends.isoformat()).model_dump_json(),
            status_code=201,
            media_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    @routes.delete(
        "/session",
        status_code=204,
        response_class=Response,
        summary="Sign out",
        openapi_extra={"security": [{"bearer": []}]},
        responses=good(204, "Ended") | problems(401, 403, 503),
    )
    @door("退出", SIGNED_IN)
    async def sign_out(request: Request) -> Response:
        """Ends the token that is sent."""
        await site.actor(request)
        token = request.headers["authorization"].partition(" ")[2].strip()
        async with site.sessions() as session:
            await end_session(session, token)
            await session.commit()
        site.tokens.forget()
        return Response(status_code=204)

    @routes.delete(
        "/sessions",
        status_code=204,
        response_class=Response,
        summary="Sign out everywhere",
        openapi_extra={"security": [{"bearer": []}]},
        responses=good(204, "Ended") | problems(401, 403, 503),
    )
    @door("全部退出", OWN_ACCOUNT)
    async def sign_out_everywhere(request: Request) -> Response:
        """Ends all tokens and all sessions of browsers of this account."""
        actor = await site.actor(request)
        async with site.sessions() as session:
            await end_all(actor.account, session)
            await session.commit()
        site.tokens.forget()
        return Response(status_code=204)

    return routes
