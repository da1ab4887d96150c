"""`/scim/v2`: SCIM 2.0 (RFC 7643, 7644), by which the company's directory says who is where.

scim2-server speaks the protocol; here stand the doors, and what surrounds a request. SCIM describes
itself (`/Schemas`, `/ResourceTypes`, `/ServiceProviderConfig`) and is not in `/openapi.json`.
"""

import json
from typing import Any

from fastapi import APIRouter
from scim2_models import SCIMException
from scim2_server.handler import AsyncScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.service import ScimService
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.bodies import read_body
from services.gateway.api.hooks import FOR_HR
from services.gateway.doors import door
from services.gateway.scim.models import provider, with_units
from services.gateway.scim.storage import Storage
from services.gateway.site import Site
from services.gateway.views.codes import codes
from shared.database import reading

ROOT = "/scim/v2"
DOORS = (
    ("GET", "/ServiceProviderConfig", "目录（SCIM）：接口能力"),
    ("GET", "/ResourceTypes", "目录（SCIM）：资源类型"),
    ("GET", "/ResourceTypes/{id}", "目录（SCIM）：一种资源类型"),
    ("GET", "/Schemas", "目录（SCIM）：字段说明"),
    ("GET", "/Schemas/{id}", "目录（SCIM）：一种资源的字段"),
    ("POST", "/Bulk", "目录（SCIM）：成批写入"),
    ("POST", "/.search", "目录（SCIM）：查找人员和组"),
    ("GET", "/Users", "目录（SCIM）：查找人员"),
    ("POST", "/Users", "目录（SCIM）：新增人员"),
    ("POST", "/Users/.search", "目录（SCIM）：查找人员"),
    ("GET", "/Users/{id}", "目录（SCIM）：查看人员"),
    ("PUT", "/Users/{id}", "目录（SCIM）：替换人员"),
    ("PATCH", "/Users/{id}", "目录（SCIM）：修改人员"),
    ("DELETE", "/Users/{id}", "目录（SCIM）：停用人员"),
    ("GET", "/Groups", "目录（SCIM）：查找组"),
    ("POST", "/Groups", "目录（SCIM）：新增组"),
    ("POST", "/Groups/.search", "目录（SCIM）：查找组"),
    ("GET", "/Groups/{id}", "目录（SCIM）：查看组"),
    ("PUT", "/Groups/{id}", "目录（SCIM）：替换组"),
    ("PATCH", "/Groups/{id}", "目录（SCIM）：修改组"),
    ("DELETE", "/Groups/{id}", "目录（SCIM）：删除组"),
)


class Service(ScimService):
    """As the library has it, but that a fault of ours in the middle of a bulk request is not told
    as one of the directory's."""

    def bulk_failure(self, outcome: dict[str, Any], exception: Exception) -> dict[str, Any]:
        if not isinstance(exception, SCIMException):
            raise exception
        failure: dict[str, Any] = super().bulk_failure(outcome, exception)
        return failure


def router(site: Site) -> APIRouter:
    routes = APIRouter(tags=["scim"])
    service = Service(provider())

    async def answer(request: Request) -> Response:
        """Who asks and how much they say is settled before anything is read."""
        actor = await site.actor(request)
        FOR_HR.must_include(actor)
        asked = ScimRequest(
            method=request.method,
            base_url=site.settings.url.rstrip("/") + ROOT,
            path=request.scope["path"].removeprefix(ROOT),
            query=dict(request.query_params),
            headers=request.headers.items(),
            body=await read_body(request),
        )
        storage = Storage(site.sessions, actor, site.groups.roles, writes=request.method != "GET")
        try:
            said = await AsyncScimHandler(service, storage).handle(asked)
            if asked.path.startswith("/Schemas"):
                await _name_units(said)
        except SCIMException as error:
            if error.status == 403:
                request.scope["refused"] = "forbidden"
            said = service.error_response(error)
        finally:
            if storage.changed_access:
                site.tokens.forget()
            await site.directory.tell(storage.places)
        return _response(said)

    async def _name_units(said: ScimResponse) -> None:
        async with reading(site.sessions) as session:
            with_units(said.body or {}, await codes(session))

    for method, path, zh in DOORS:
        # An endpoint of its own for each: what it says of itself stands on it.
        async def endpoint(request: Request) -> Response:
            return await answer(request)

        routes.add_api_route(
            ROOT + path,
            door(zh, FOR_HR)(endpoint),
            methods=[method],
            include_in_schema=False,
            response_class=Response,
        )
    return routes


def _response(said: ScimResponse) -> Response:
    body = b"" if said.body is None else json.dumps(said.body).encode()
    headers = said.headers | {"Cache-Control": "no-store"}
    if said.body is None:
        headers.pop("Content-Type", None)
    return Response(body, int(said.status), headers)
