"""`POST /hooks/hr`: corporate HR's events over HTTP (CloudEvents HTTP binding 1.0, section 3)."""

import asyncio
import re
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter
from pydantic import BaseModel
from pydantic_core import from_json
from starlette.requests import Request
from starlette.responses import Response

from services.gateway import signatures
from services.gateway.api.bodies import read_body
from services.gateway.api.schema import good, named, problems, reference
from services.gateway.api.wire import hr_envelope
from services.gateway.doors import door
from services.gateway.problems import Problem
from services.gateway.site import Site
from shared.contracts.hr import DATA, HrEnvelope, HrEvent, HrEventInvalid, parse
from shared.for_whom import company_wide
from shared.publishing import Outgoing

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
PATIENCE = 30.0
_ESCAPED = re.compile(r"\\(.)")
"""A character behind a backslash, in a quoted string (RFC 9110, 5.6.4)."""
FOR_HR = company_wide("hr")
"""By its token; structured and batch mode also by a signature, for that is HR too."""


class Kept(BaseModel):
    """How many events were kept, and whether every service has heard them."""

    kept: int
    heard: bool


def media_type_of(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def events_in(content_type: str, headers: dict[str, str], body: bytes) -> list[HrEvent]:
    """The events of a request in any of the three modes. Raises `Problem` (415, 422): a request
    with one bad event is refused whole, so that its sender can mend and send it again."""
    media_type = media_type_of(content_type)
    raw: list[Any]
    try:
        if media_type == BATCH:
            raw = from_json(body)
            if not isinstance(raw, list):
                raise Problem(422, "malformed", "a batch is a JSON array of events")
        elif media_type == STRUCTURED:
            raw = [from_json(body)]
        elif "ce-type" in headers:
            attributes = {k[3:]: _decoded(k, v) for k, v in headers.items() if k.startswith("ce-")}
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


def _decoded(name: str, value: str) -> str:
    """An attribute as its header says it: quoted, or percent-encoded UTF-8, once (section 3.1.3.2).
    So the same event has the same identity in each mode. Raises `Problem` (422)."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = _ESCAPED.sub(r"\1", value[1:-1])
    try:
        return unquote(value.encode("ascii").decode(), errors="strict")
    except UnicodeError:
        said = f"{name} must be ASCII, with all else as percent-encoded UTF-8"
        raise Problem(422, "malformed", said, field=name) from None


def _docs() -> dict[str, Any]:
    """What HR may send. `hr.parse` checks more than a schema can say: printable names, zones."""
    frame = HrEnvelope.model_json_schema()
    event = named(
        "HrEvent",
        {"oneOf": [hr_envelope(frame, type_, reference(data)) for type_, data in DATA.items()]},
    )
    attributes = ("specversion", "id", "source", "type", "time", "subject")
    return {
        "security": [{"bearer": []}, {"webhook": []}],
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
                "description": "Binary mode: an attribute of the event, whose data is the body; "
                "what is not ASCII is percent-encoded UTF-8",
            }
            for attribute in attributes
        ]
        + [
            {
                "name": name,
                "in": "header",
                "required": False,
                "schema": {"type": "string"},
                "description": "Standard Webhooks, instead of a token: structured and batch mode",
            }
            for name in signatures.HEADERS[:-1]
        ],
    }


def router(site: Site) -> APIRouter:
    routes = APIRouter(tags=["hooks"])

    async def _signed_body(request: Request) -> bytes:
        """Raises `Problem` (401, 429). A signature that does not fit goes on record, but only so
        many of one address."""
        if media_type_of(request.headers.get("content-type", "")) not in (STRUCTURED, BATCH):
            raise Problem(
                401,
                "no-token",
                "the attributes of binary mode are not signed; send Authorization: Bearer TOKEN",
            )
        secrets = signatures.secrets_in(site.settings.secrets)
        if not secrets:
            raise Problem(
                401,
                "no-token",
                "signatures are not taken here, for no secret was made; "
                "send Authorization: Bearer TOKEN",
            )
        body = await read_body(request)
        if not signatures.fits(body, request.headers, secrets):
            await site.throttle.at_hook(site.throttle.address(request)).take()
            request.scope["refused"] = "bad-signature"
            raise Problem(
                401,
                "bad-signature",
                "the signature is not of this body by a secret that counts here, or is older than "
                "five minutes",
            )
        return body

    @routes.post(
        "/hooks/hr",
        response_class=Response,
        summary="Take HR's events",
        openapi_extra=_docs(),
        responses=good(200, "Kept, and every service has heard", Kept)
        | good(202, "Kept; some service has not heard it yet", Kept)
        | problems(401, 403, 413, 415, 422, 429, 503),
    )
    @door("接收人事事件", FOR_HR)
    async def take(request: Request) -> Response:
        """CloudEvents in structured, batch or binary mode, in any order, repeated as often as it
        suits, with the token of hr, or, in structured and batch mode, with a signature of Standard
        Webhooks instead. Returns when every service has heard."""
        if "authorization" not in request.headers and signatures.is_signed(request.headers):
            body = await _signed_body(request)
        else:
            FOR_HR.must_include(await site.actor(request))
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
                    await site.settled.after(max(places))
            except TimeoutError:
                heard = False
        return Response(
            Kept(kept=len(events), heard=heard).model_dump_json(),
            status_code=200 if heard else 202,
            media_type="application/json",
        )

    return routes
