"""RFC 9457: what went wrong, as `application/problem+json`."""

import json
from typing import Any

from starlette.responses import Response

from shared.messages import Failed, Refused

AWAY_RETRY_SECONDS = 2

TITLES = {
    400: "Bad request",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "A rule says no",
    413: "Too large",
    415: "Unsupported media type",
    422: "Malformed",
    429: "Too many tries",
    500: "A fault of ours",
    503: "Away just now",
}


class Problem(Exception):  # noqa: N818
    """Raised anywhere below an endpoint; becomes the response."""

    def __init__(
        self, status: int, code: str, detail: str, *, retry_after: int | None = None, **more: Any
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.detail, self.more = status, code, detail, more
        self.retry_after = AWAY_RETRY_SECONDS if status == 503 else retry_after

    def response(self) -> Response:
        body = {
            "type": "about:blank",
            "title": TITLES.get(self.status, "Problem"),
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        } | {key: value for key, value in self.more.items() if value is not None}
        headers = {"Cache-Control": "no-store"}
        if self.retry_after:
            headers["Retry-After"] = str(self.retry_after)
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return Response(
            json.dumps(body, ensure_ascii=False),
            status_code=self.status,
            media_type="application/problem+json",
            headers=headers,
        )


def problem_of(answer: Refused | Failed) -> Problem:
    """The problem that says to HTTP what a service answered."""
    if isinstance(answer, Refused):
        return Problem(
            answer.status,
            answer.code,
            answer.detail,
            field=answer.field,
            rule=answer.rule,
            citation=answer.citation,
            rows=answer.rows and [row.model_dump() for row in answer.rows],
        )
    return Problem(503 if answer.away else 500, answer.code, answer.detail)
