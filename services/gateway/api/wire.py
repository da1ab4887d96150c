"""What surrounds a message on NATS, as JSON Schema: headers, envelopes, the server.

Pydantic writes the schemas of the messages themselves. What `shared.handling` and `shared.messages`
put around them has no class of its own, so its schema stands here; tests hold it against real
messages.
"""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from shared.handling import ACTOR, DEADLINE, KEY
from shared.messages import Fact

Json = dict[str, Any]

DESCRIPTION = """
Commands and queries are asked of the one service that owns them (NATS request-reply) and answered
on the asker's inbox. Facts are CloudEvents 1.0 in JSON, kept on a stream; facts of one aggregate
arrive in the order of their `sequence`, perhaps more than once. Readers ignore fields that they do
not know. Fields are only added; a break is a new version beside the old one.
""".strip()

SERVER: Json = {
    "host": "{address}",
    "protocol": "nats",
    "description": "The site's NATS server with JetStream; inside the site, not for the world.",
    "variables": {
        "address": {"description": "Host and port, from who runs the site (TONGXIN_NATS_URL)."}
    },
    "security": [{"$ref": "#/components/securitySchemes/user"}],
}
USER: Json = {
    "type": "userPassword",
    "description": "A user a service, which may say and hear what is its own and nothing else.",
}

TRACEPARENT: Json = {
    "type": "string",
    "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
    "description": "W3C trace context, version 00",
}

ASK_HEADERS: Json = {
    "type": "object",
    "description": "What the gateway, alone, says beside what it asks.",
    "required": [ACTOR, KEY, DEADLINE],
    "properties": {
        ACTOR: {
            "type": "string",
            "contentMediaType": "application/json",
            "description": "Who asks, as JSON in ASCII: account, person (id or null), grants "
            "(each a role and the path of the unit from which it holds downwards), site.",
        },
        KEY: {
            "type": "string",
            "maxLength": 255,
            "description": "The Idempotency-Key of a command, counted per account and command; "
            "the same key again gets the first answer. Empty for a query.",
        },
        DEADLINE: {
            "type": "string",
            "pattern": r"^[0-9]+\.[0-9]{3}$",
            "description": "Seconds since the epoch after which nobody waits for the answer; "
            "then nothing is done.",
        },
        "traceparent": TRACEPARENT,
    },
}

FACT_HEADERS: Json = {
    "type": "object",
    "description": "Other headers that begin with `Nats-` are the transport's own.",
    "required": ["Nats-Msg-Id"],
    "properties": {
        "Nats-Msg-Id": {
            "type": "string",
            "format": "uuid",
            "description": "The id of the CloudEvent; the stream drops repeats of it for a while.",
        }
    },
}


class Draft07(GenerateJsonSchema):
    """JSON Schema of draft 7, which AsyncAPI's own schema object extends; pydantic writes 2020-12
    with OpenAPI's discriminator."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False  # "Submitted On" says nothing that `submitted_on` does not

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        union = super().tagged_union_schema(schema)
        union.pop("discriminator", None)  # AsyncAPI's is another one
        return union

    def tuple_schema(self, schema: core_schema.TupleSchema) -> JsonSchemaValue:
        written = super().tuple_schema(schema)
        if "prefixItems" in written:
            rest = written.pop("items", None)
            written["items"] = written.pop("prefixItems")
            if rest is not None:
                written["additionalItems"] = rest
        return written


def fact_envelope(kind: type[Fact], site: str, data: Json) -> Json:
    """The frame that `Fact.frame` writes (CloudEvents 1.0, JSON format, section 3), whole."""
    return {
        "type": "object",
        "required": [
            "specversion",
            "id",
            "source",
            "type",
            "subject",
            "time",
            "datacontenttype",
            "sequence",
            "data",
        ],
        "properties": {
            "specversion": {"type": "string", "const": "1.0"},
            "id": {"type": "string", "format": "uuid", "description": "UUIDv7, once only"},
            "source": {
                "type": "string",
                "const": f"/{site}/{kind.owner()}",
                "description": "The site and the service that stated it",
            },
            "type": {"type": "string", "const": kind.ce_type()},
            "subject": {
                "type": "string",
                "format": "uuid",
                "description": f"The aggregate; the same as `data.{kind.about}`",
            },
            "time": {"type": "string", "format": "date-time", "description": "UTC, ends in Z"},
            "datacontenttype": {"type": "string", "const": "application/json"},
            "sequence": {
                "type": "string",
                "pattern": "^[0-9]{12}$",
                "description": "The number of the fact in the history of its aggregate, from 1, "
                "in twelve digits",
            },
            "traceparent": TRACEPARENT,
            "data": data,
        },
    }


def hr_envelope(frame: Json, type_: str, data: Json) -> Json:
    """HR's own frame, as it is read, around one type of event."""
    differing: Json = {
        "type": {"type": "string", "const": type_},
        # As it is read it has a pattern with Python's (?i), which JSON Schema does not know.
        "datacontenttype": {
            "type": ["string", "null"],
            "default": None,
            "description": "application/json, when it is given",
        },
        "data": data,
    }
    return frame | {"properties": frame["properties"] | differing}


def back_envelope(frame: Json, site: str, type_: str, data: Json) -> Json:
    """What HR is told back: the frame around one kind of event."""
    said: Json = {
        "source": {"type": "string", "const": f"/{site}/back"},
        "type": {"type": "string", "const": type_},
        "time": {"type": "string", "format": "date-time", "description": "UTC, ends in Z"},
        "data": data,
    }
    return frame | {"properties": frame["properties"] | said}


def told(data: Json) -> Json:
    """The good answer to a query."""
    return {
        "type": "object",
        "required": ["kind", "data"],
        "properties": {"kind": {"type": "string", "const": "told"}, "data": data},
    }
