"""Problems as SCIM says them (RFC 7644, 3.12)."""

import json

from scim2_models import Error
from starlette.responses import Response

from services.gateway.problems import Problem

MEDIA_TYPE = "application/scim+json"


def said(problem: Problem) -> Response:
    """The same status and words in SCIM's form."""
    response = problem.response()
    body = Error(status=problem.status, detail=problem.detail).model_dump()
    kept = ("cache-control", "retry-after", "www-authenticate")
    headers = {name: value for name, value in response.headers.items() if name in kept}
    return Response(
        json.dumps(body, ensure_ascii=False), problem.status, headers, media_type=MEDIA_TYPE
    )
