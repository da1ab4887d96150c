"""What of HR's events does not fit."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from shared.for_whom import company_wide
from shared.messages import Query


class Unfit(Query):
    """HR events that do not fit, newest first."""

    zh = "查看待核的人事事件"
    for_whom = company_wide("officer", "hr")

    limit: Annotated[int, Field(ge=1, le=200)] = 50


class UnfitEvent(BaseModel):
    """`reason` is a code, `detail` a sentence. The event itself is kept as it was heard."""

    source: str
    id: str
    type: str
    about: str
    reason: str
    detail: str
    heard_at: Any


class UnfitEvents(BaseModel):
    total: int
    events: list[UnfitEvent]
