"""`POST /hooks/hr`: corporate HR's events over HTTP (CloudEvents HTTP binding 1.0, section 3)."""

import asyncio
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from pydantic_core import from_json
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.bodies import read_body
from services.gateway.api.schema import good, named, problems, reference
from services.gateway.api.wire import hr_envelope
from services.gateway.doors import door
from services.gateway.problems import Problem
from services.gateway.site import Site
from shared.contracts.hr import DATA, HrEnvelope, HrEvent, HrEventInvalid, parse
from shared.for_whom import company_wide
from shared.publishing import Outgoing
from shared.settled import Settling

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
PATIENCE = 30.0
FOR_HR = company_wide("hr")


class Kept(BaseModel):
    """How many events were kept, and whether every service has heard them."""

    kept: int
    heard: bool


def events_in(content_type: str, headers: dict[str, str], body: bytes) -> list[HrEvent]:
    """The events of a request in any of the three modes. Raises `Problem` (415, 422): a request
    with one bad event is refused whole, so that its sender can mend and send it again."""
    media_type = content_type.partition(";")[0].strip().lower()
    raw: list[Any]
    try:
        if media_type == BATCH:
            raw = from_json(body)
            if not isinstance(raw, list):
                raise Problem(422, "malformed", "a batch is a JSON array of events")
        elif media_type == STRUCTURED:
            raw = [from_json(body)]
        elif "ce-type" in headers:
            attributes = {k[3:]: v for k, v in headers.items() if k.startswith("ce-")}
            raw = [attributes | {"datacontenttype": media_type, "data": from_json(body)}]
        else:
            raise Problem(
                415, "unsupported", f"send {STRUCTURED}, {BATCH}, or ce-* headers (binary mode)"
            )
    except ValueError:
        raise Problem(422, "malformed", "the body is not JSON") from None
    events = []
    for place, each in enumerate(raw):
        try:
            if not isinstance(each, dict):
                raise HrEventInvalid("an event must be one JSON object")
            events.append(parse(each))
        except HrEventInvalid as error:
            where = f"event {place + 1}: " if media_type == BATCH else ""
            field = (
                f"{place}.{error.field or ''}".rstrip(".") if media_type == BATCH else error.field
            )
            raise Problem(422, "malformed", f"{where}{error}", field=field) from None
    return events


def _docs() -> dict[str, Any]:
    """What HR may send. `hr.parse` checks more than a schema can say: printable names, zones."""
    frame = HrEnvelope.model_json_schema()
    event = named(
        "HrEvent",
        {"oneOf": [hr_envelope(frame, type_, reference(data)) for type_, data in DATA.items()]},
    )
    attributes = ("specversion", "id", "source", "type", "time", "subject")
    return {
        "security": [{"bearer": []}],
        "requestBody": {
            "required": True,
            "content": {
                STRUCTURED: {"schema": event},
                BATCH: {"schema": {"type": "array", "items": event}},
                "application/json": {
                    "schema": {"anyOf": [reference(each) for each in DATA.values()]}
                },
            },
        },
        "parameters": [
            {
                "name": f"ce-{attribute}",
                "in": "header",
                "required": False,
                "schema": {"type": "string"},
                "description": "Binary mode: an attribute of the event, whose data is the body",
            }
            for attribute in attributes
        ],
    }


def router(site: Site) -> APIRouter:
    routes = APIRouter(tags=["hooks"])

    @routes.post(
        "/hooks/hr",
        response_class=Response,
        summary="Take HR's events",
        openapi_extra=_docs(),
        responses=good(200, "Kept, and every service has heard", Kept)
        | good(202, "Kept; some service has not heard it yet", Kept)
        | problems(401, 403, 413, 415, 422, 503),
    )
    @door("接收人事事件", FOR_HR)
    async def take(request: Request) -> Response:
        """CloudEvents in structured, batch or binary mode, in any order, repeated as often as it
        suits. Returns when every service has heard."""
        actor = await site.actor(request)
        FOR_HR.must_include(actor)
        body = await read_body(request)
        events = events_in(
            request.headers.get("content-type", ""), dict(request.headers.items()), body
        )
        heard = True
        if events:
            places = await site.publish(
                [
                    Outgoing(event.address(site.settings.site), None, event.body, event.id)
                    for event in events
                ]
            )
            try:
                async with asyncio.timeout(PATIENCE):
                    await Settling(site.connection(), site.settings.site).after(max(places))
            except TimeoutError:
                heard = False
        return Response(
            Kept(kept=len(events), heard=heard).model_dump_json(),
            status_code=200 if heard else 202,
            media_type="application/json",
        )

    return routes
