"""Reading request bodies: never more than allowed, and parsed by the contract itself."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from services.gateway.problems import Problem
from shared.handling import first_problem

LARGEST_BODY = 128 * 1024
M = TypeVar("M", bound=BaseModel)


async def read_body(request: Request, limit: int = LARGEST_BODY) -> bytes:
    """The whole body. Raises `Problem` (413) as soon as it is larger than `limit` bytes, whatever
    its headers say."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise too_large(limit)
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise too_large(limit)
        parts.append(part)
    return b"".join(parts)


def too_large(limit: int) -> Problem:
    return Problem(413, "too-large", f"a body may have {limit // 1024} KiB at most")


def parse(kind: type[M], body: bytes) -> M:
    """Raises `Problem` (422) naming field and rule. Unknown fields are refused here: a misspelt
    `hidden` must not be overlooked. Nor is anything guessed: "no" and 0 are no `false`."""
    try:
        return kind.model_validate_json(body, extra="forbid", strict=True)
    except ValidationError as error:
        raise malformed(error) from None


def parse_query(kind: type[M], request: Request) -> M:
    """The query string as a model. Raises `Problem` (422)."""
    try:
        return kind.model_validate_strings(dict(request.query_params), extra="forbid")
    except ValidationError as error:
        raise malformed(error) from None


def malformed(error: ValidationError) -> Problem:
    refused = first_problem(error)
    return Problem(422, refused.code, refused.detail, field=refused.field)
