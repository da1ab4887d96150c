"""`/asyncapi` and `/docs`: what can be said to the site, for people who write programs.

The messages are a plain page. The HTTP API is shown by Swagger UI, from the package that brings
its files: nothing comes from another host (docs/decisions/0013-documents-from-here.md).
"""

from dataclasses import dataclass
from importlib.metadata import version

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from services.gateway.api import asyncapi
from services.gateway.doors import door
from services.gateway.pages.fields import Field, Reader
from services.gateway.pages.layout import HEADERS, page
from services.gateway.site import Site
from shared.for_whom import ANYONE

VIEWER_PACKAGE = "fastapi-offline"
VIEWER_HEADERS = {
    # Swagger UI draws its arrows from data: addresses in its own stylesheet.
    "Content-Security-Policy": HEADERS["Content-Security-Policy"] + "; img-src 'self' data:"
}


@dataclass(frozen=True)
class Shown:
    """One message as the page shows it. `answer` are the fields of a query's good answer."""

    name: str
    sort: str
    subject: str
    description: str
    fields: list[Field]
    answer: list[Field]


@dataclass(frozen=True)
class Around:
    """What surrounds messages: the headers of an ask and of a fact, the frame of a fact, and the
    answers that any ask may get."""

    ask: list[Field]
    fact: list[Field]
    frame: list[Field]
    answers: list[Shown]


def by_service(document: asyncapi.Json) -> dict[str, list[Shown]]:
    """Owner → its messages, in the order of the document."""
    reader, messages = Reader(document["components"]["schemas"]), document["components"]["messages"]
    services: dict[str, list[Shown]] = {}
    for id, channel in document["channels"].items():
        for key in channel["messages"] if channel["address"] else ():
            message = messages[key]
            owner, sort = (tag["name"] for tag in message["tags"])
            payload, told = message["payload"], messages.get(f"{id}.told")
            shown = Shown(
                name=key,
                sort=sort,
                subject=channel["address"],
                description=message["description"],
                fields=list(
                    reader.fields(payload if "$ref" in payload else payload["properties"]["data"])
                ),
                answer=list(reader.fields(told["payload"]["properties"]["data"])) if told else [],
            )
            services.setdefault(owner, []).append(shown)
    return services


def around(document: asyncapi.Json) -> Around:
    components = document["components"]
    reader, messages = Reader(components["schemas"]), components["messages"]
    fact = next(each["payload"] for each in messages.values() if {"name": "fact"} in each["tags"])
    frame = [field for field in reader.fields(fact) if not field.name.startswith("data.")]
    return Around(
        ask=list(reader.fields(components["schemas"]["AskHeaders"])),
        fact=list(reader.fields(components["schemas"]["FactHeaders"])),
        frame=frame,
        answers=[
            Shown(
                name=name,
                sort="answer",
                subject="",
                description=messages[name]["description"],
                fields=list(reader.fields(messages[name]["payload"])),
                answer=[],
            )
            for name in ("accepted", "refused", "failed")
        ],
    )


def router(site: Site) -> APIRouter:
    routes = APIRouter()
    document = asyncapi.document(site.settings.site)
    services, rest = by_service(document), around(document)

    @routes.get("/asyncapi", response_class=Response)
    @door("内部消息说明", ANYONE)
    async def messages(request: Request) -> Response:
        return page(request, "messages", site=site.settings.site, services=services, around=rest)

    @routes.get("/docs", response_class=Response)
    @door("接口说明", ANYONE)
    async def viewer(request: Request) -> Response:
        response = page(request, "docs", viewer_version=version(VIEWER_PACKAGE))
        response.headers.update(VIEWER_HEADERS)
        return response

    return routes


def viewer_files(app: FastAPI) -> None:
    """Swagger UI's own files, as the package brings them."""
    files = StaticFiles(packages=[("fastapi_offline", "static")])
    app.mount("/docs/viewer", files, name="viewer")
