"""What `/openapi.json` says of endpoints that parse by the contracts themselves."""

import inspect
import json
import re
from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from services.gateway import signatures
from services.gateway.problems import TITLES
from shared.messages import Command, RefusedRow

REF = "#/components/schemas/{model}"
REFERRED = re.compile(r"#/components/schemas/([^\"]+)")


class Accepted(BaseModel):
    """It was done and is kept. `home` is the site where it stays."""

    id: str = Field(description="what was made or changed (UUID)")
    home: str = Field(description="the site that keeps it")


class ProblemBody(BaseModel):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    code: str = Field(description="for programs: which rule, which fault")
    detail: str = Field(description="for people: what is wrong and the way out")
    field: str | None = None
    rule: str | None = None
    citation: str | None = None
    rows: list[RefusedRow] | None = Field(
        None, description="of a command with many rows: what is wrong, row by row"
    )


_MODELS: dict[str, type[BaseModel]] = {"Accepted": Accepted, "Problem": ProblemBody}
_SCHEMAS: dict[str, dict[str, Any]] = {}
_PARSED: set[str] = set()
KEY_PATTERN = r"^[\x21-\x7e]{1,255}$"
"""What an Idempotency-Key looks like: visible ASCII."""

Responses = dict[int | str, dict[str, Any]]


def reference(model: type[BaseModel]) -> dict[str, str]:
    """A `$ref` to the model, which then stands among the document's schemas."""
    _MODELS.setdefault(model.__name__, model)
    return {"$ref": REF.format(model=model.__name__)}


def named(name: str, schema: dict[str, Any]) -> dict[str, str]:
    """A `$ref` to a schema that no model has."""
    _SCHEMAS[name] = schema
    return {"$ref": REF.format(model=name)}


def request_body(model: type[BaseModel]) -> dict[str, Any]:
    """A body that is parsed by `bodies.parse`: what it does not know it refuses."""
    _PARSED.add(model.__name__)
    return {"required": True, "content": {"application/json": {"schema": reference(model)}}}


def good(status: int, description: str, model: type[BaseModel] | None = None) -> Responses:
    """The answer when all is well."""
    content = {"content": {"application/json": {"schema": reference(model)}}} if model else {}
    return {status: {"description": description} | content}


def problems(*statuses: int) -> Responses:
    """Answers that are problem+json."""
    return {
        status: {
            "description": TITLES[status],
            "content": {
                "application/problem+json": {"schema": {"$ref": REF.format(model="Problem")}}
            },
        }
        for status in statuses
    }


def command_docs(kind: type[Command]) -> dict[str, Any]:
    """OpenAPI of one command: body, key, answers."""
    described = inspect.getdoc(kind) or ""
    return {
        "summary": described.split("\n")[0].split(". ")[0].rstrip("."),
        "description": described,
        "operation_id": f"{kind.owner()}_{kind.slug().replace('-', '_')}",
        "responses": good(
            201,
            "Accepted. The header `View: pending` says that the views will show it a little later.",
            Accepted,
        )
        | problems(401, 403, 409, 413, 422, 503),
        "openapi_extra": {
            "security": [{"bearer": []}],
            "requestBody": request_body(kind),
            "parameters": [
                {
                    "name": "Idempotency-Key",
                    "in": "header",
                    "required": False,
                    "schema": {"type": "string", "pattern": KEY_PATTERN},
                    "description": "The same key again gets the first answer; nothing is done "
                    "twice. Send one, and a 503 outcome-unknown can be settled.",
                }
            ],
        },
    }


def query_docs(path: str, asked: type[BaseModel], answer: type[BaseModel]) -> dict[str, Any]:
    """OpenAPI of one query or view: its query string and its answer."""
    described = inspect.getdoc(asked) or ""
    schema = asked.model_json_schema()
    parameters = [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", []),
            "schema": _inlined(field, schema.get("$defs", {})),
            "description": field.get("description", ""),
        }
        for name, field in schema.get("properties", {}).items()
    ]
    return {
        "summary": described.split("\n")[0].split(". ")[0].rstrip("."),
        "description": "\n\n".join(filter(None, [described, inspect.getdoc(answer)])),
        "operation_id": path.strip("/").replace("/", "_").replace("-", "_"),
        "responses": good(200, "As asked", answer) | problems(401, 403, 404, 409, 422, 503),
        "openapi_extra": {"security": [{"bearer": []}], "parameters": parameters},
    }


def _inlined(field: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Query parameters carry their schema in place."""
    if "$ref" in field:
        inlined: dict[str, Any] = definitions[field["$ref"].rpartition("/")[2]]
        return inlined
    if "anyOf" in field:
        return field | {"anyOf": [_inlined(each, definitions) for each in field["anyOf"]]}
    return field


def _within(names: Iterable[str], definitions: dict[str, Any]) -> set[str]:
    """These schemas and all that they refer to."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += REFERRED.findall(json.dumps(definitions[name]))
    return found


def install(app: FastAPI) -> None:
    """Completes FastAPI's document with the schemas of the contracts."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        _, schemas = models_json_schema(
            [(model, "validation") for model in _MODELS.values()],
            ref_template=REF,
        )
        definitions = schemas["$defs"]
        definitions["Problem"] = definitions.pop("ProblemBody")
        for name in _within(_PARSED, definitions):
            if definitions[name].get("type") == "object":
                definitions[name]["additionalProperties"] = False
        components = document.setdefault("components", {})
        components.setdefault("schemas", {}).update(definitions | _SCHEMAS)
        components["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "webhook": {
                "type": "apiKey",
                "in": "header",
                "name": signatures.HEADERS[-1],
                "description": "A signature of Standard Webhooks (`v1,…`) over `webhook-id`, "
                "`webhook-timestamp` and the body, with the secret of `tongxin hook secret`.",
            },
        }
        app.openapi_schema = document
        return document

    app.openapi = openapi  # type: ignore[method-assign]
