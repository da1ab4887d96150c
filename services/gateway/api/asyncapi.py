"""`/asyncapi.json`: what is said on NATS, as an AsyncAPI 3.0 document made from the contracts.

FastStream's own generator knows receivers only and no envelope, so the document is made here.
Operations are seen from the service that owns the message: it receives what it is asked and sends
what it states.
"""

import inspect
import json
from functools import cache
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from starlette.responses import Response

from services.gateway.api import wire
from services.gateway.api.published import Published, published
from services.gateway.api.queries import QUERIES
from services.gateway.doors import door
from services.gateway.site import Site
from shared.broker import BACK
from shared.contracts import back, hr
from shared.for_whom import ANYONE
from shared.messages import Accepted, Command, Fact, Failed, Query, Refused

VERSION = "0.1.0"
REF = "#/components/schemas/{model}"
ANSWERS: tuple[type[BaseModel], ...] = (Accepted, Refused, Failed)
ANSWER_OF: dict[type[Query], type[BaseModel]] = dict(QUERIES)

Json = dict[str, Any]
Kind = type[BaseModel]


class _Document:
    """One document while it is made."""

    def __init__(self, site: str) -> None:
        self.site = site
        kinds = published()
        # What is read follows the rules for reading: a fact of last year lacks the field that was
        # added since. What is answered is whole.
        told: tuple[Kind, ...] = (*back.SAID.values(), back.BackEnvelope)
        wanted: list[tuple[Kind, JsonSchemaMode]] = [
            *((kind, "validation") for kind in (*kinds, *hr.DATA.values(), hr.HrEnvelope)),
            *((kind, "validation") for kind in told),
            *((kind, "serialization") for kind in (*ANSWERS, *ANSWER_OF.values())),
        ]
        self._references, definitions = models_json_schema(
            wanted, ref_template=REF, schema_generator=wire.Draft07
        )
        self.schemas: Json = definitions["$defs"] | {
            "AskHeaders": wire.ASK_HEADERS,
            "FactHeaders": wire.FACT_HEADERS,
        }
        self.channels: Json = {}
        self.operations: Json = {}
        self.messages: Json = {}
        for answer in ANSWERS:
            name = answer.__name__.lower()
            self.messages[name] = _message(answer, ["answer"], payload=self._answered(answer))
        for kind in kinds:
            self._add_fact(kind) if issubclass(kind, Fact) else self._add_ask(kind)
        for type_, data in hr.DATA.items():
            self._add_hr(type_, data)
        for kind_, said in back.SAID.items():
            self._add_back(kind_, said)
        for frame in (hr.HrEnvelope, back.BackEnvelope):
            self.schemas.pop(self._read(frame)["$ref"].rpartition("/")[2])
        self._add_inbox()

    def _read(self, kind: Kind) -> Json:
        return self._references[kind, "validation"]

    def _answered(self, kind: Kind) -> Json:
        return self._references[kind, "serialization"]

    def _add_fact(self, kind: type[Fact]) -> None:
        channel = f"{kind.owner()}.{kind.slug()}"
        key = f"{channel}.v{kind.version}"
        self.messages[key] = _message(
            kind,
            [kind.owner(), "fact"],
            contentType="application/cloudevents+json",
            headers={"$ref": REF.format(model="FactHeaders")},
            payload=wire.fact_envelope(kind, self.site, self._read(kind)),
        )
        self._add_channel(channel, kind.address(self.site), key, "Kept on a stream of the site.")
        self.operations[channel] = _operation("send", channel, key, kind)

    def _add_ask(self, kind: type[Command] | type[Query]) -> None:
        key = f"{kind.owner()}.{kind.slug()}"
        sort = "command" if issubclass(kind, Command) else "query"
        self.messages[key] = _message(
            kind,
            [kind.owner(), sort],
            description=f"{inspect.getdoc(kind) or ''}\n\n{kind.for_whom.line()}".strip(),
            headers={"$ref": REF.format(model="AskHeaders")},
            payload=self._read(kind),
        )
        self._add_channel(key, kind.address(self.site), key, f"Asked of {kind.owner()} alone.")
        replies = ["accepted", "refused", "failed"]
        if issubclass(kind, Query):
            replies[0] = self._add_told(kind, key)
        self.operations[key] = _operation("receive", key, key, kind) | {
            # Every process of the service subscribes in this group, so that one of them answers.
            "bindings": {"nats": {"queue": kind.owner(), "bindingVersion": "0.1.0"}},
            "reply": {
                "channel": {"$ref": "#/channels/inbox"},
                "messages": [{"$ref": f"#/channels/inbox/messages/{name}"} for name in replies],
            },
        }

    def _add_told(self, kind: type[Query], asked: str) -> str:
        answer = ANSWER_OF.get(kind)
        data = self._answered(answer) if answer else {}
        self.messages[f"{asked}.told"] = _message(
            answer or kind, [kind.owner(), "answer"], payload=wire.told(data)
        )
        return f"{asked}.told"

    def _add_hr(self, type_: str, data: type[hr.Data]) -> None:
        frame = self.schemas[self._read(hr.HrEnvelope)["$ref"].rpartition("/")[2]]
        self.messages[type_] = _message(
            data,
            ["hr", "event of HR"],
            contentType="application/cloudevents+json",
            payload=wire.hr_envelope(frame, type_, self._read(data)),
        )
        self._add_channel(
            type_, f"events.{self.site}.{type_}", type_, "Kept on the stream HR, as it came."
        )
        operation = _operation("receive", type_, type_, data)
        operation["description"] = (
            "Received from corporate HR, by NATS (user `hr`), POST /hooks/hr or `tongxin feed hr`; "
            "no service of ours states it."
        )
        self.operations[type_] = operation

    def _add_back(self, kind: str, data: type[back.Back]) -> None:
        frame = self.schemas[self._read(back.BackEnvelope)["$ref"].rpartition("/")[2]]
        channel, type_ = f"back.{kind}", back.type_of(kind)
        key = type_.removeprefix("tongxin.")
        self.messages[key] = _message(
            data,
            ["back", "event for HR"],
            contentType="application/cloudevents+json",
            headers={"$ref": REF.format(model="FactHeaders")},
            payload=wire.back_envelope(frame, self.site, type_, self._read(data)),
        )
        self._add_channel(
            channel,
            back.address(self.site, kind),
            key,
            f"Kept on the stream {BACK}, which corporate HR reads (user `hr`, durable `hr`).",
        )
        operation = _operation("send", channel, key, data)
        operation["description"] = (
            "Told by the gateway to corporate HR, where HR has asked for this kind. The same "
            "message is the body of a POST to each webhook, with the headers webhook-id (the "
            "event's id), webhook-timestamp and webhook-signature of Standard Webhooks."
        )
        self.operations[channel] = operation

    def _add_channel(self, id: str, address: str, key: str, description: str) -> None:
        self.channels[id] = {
            "address": address,
            "description": description,
            "messages": {key: {"$ref": f"#/components/messages/{key}"}},
        }

    def _add_inbox(self) -> None:
        answers = [key for key, each in self.messages.items() if _is_answer(each)]
        self.channels["inbox"] = {
            "address": None,
            "title": "The asker's inbox",
            "description": "The subject that the ask names as its NATS reply-to, below the "
            "asker's own inbox prefix: `_INBOX_gateway.>` for the gateway. Made anew for each ask.",
            "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in answers},
        }

    def whole(self) -> Json:
        return {
            "asyncapi": "3.0.0",
            "id": f"urn:tongxin:site:{self.site}",
            "info": {
                "title": f"Tongxin 同心: what is said on NATS at the site {self.site}",
                "version": VERSION,
                "description": wire.DESCRIPTION,
            },
            "defaultContentType": "application/json",
            "servers": {"site": wire.SERVER},
            "channels": self.channels,
            "operations": self.operations,
            "components": {
                "messages": self.messages,
                "schemas": self.schemas,
                "securitySchemes": {"user": wire.USER},
            },
        }


def _is_answer(message: Json) -> bool:
    return {"name": "answer"} in message["tags"]


def _message(kind: Kind, tags: list[str], **parts: Any) -> Json:
    described = inspect.getdoc(kind) or ""
    return {
        "name": kind.__name__,
        "title": kind.__name__,
        "summary": summary(kind),
        "description": described,
        "contentType": "application/json",
        "tags": [{"name": tag} for tag in tags],
    } | parts


def _operation(action: str, channel: str, message: str, kind: Kind) -> Json:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{message}"}],
        "summary": summary(kind),
        "tags": [{"name": channel.partition(".")[0]}],
    }


def summary(kind: Published | Kind) -> str:
    """The first sentence of the docstring."""
    paragraph = (inspect.getdoc(kind) or kind.__name__).partition("\n\n")[0].replace("\n", " ")
    return paragraph.partition(". ")[0].rstrip(".")


@cache
def document(site: str) -> Json:
    """The AsyncAPI 3.0 document of a site. Shared: not to be changed."""
    return _Document(site).whole()


def router(site: Site) -> APIRouter:
    """`/asyncapi.json`, as public as `/openapi.json`: it says what exists, not what was said."""
    routes = APIRouter()
    body = json.dumps(document(site.settings.site), ensure_ascii=False)

    @routes.get("/asyncapi.json", response_class=Response, include_in_schema=False)
    @door("内部消息说明（给程序）", ANYONE)
    async def asyncapi() -> Response:
        return Response(body, media_type="application/json", headers={"Cache-Control": "no-cache"})

    return routes
