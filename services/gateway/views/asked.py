"""What is asked of a view: a query string, and for whom the view is."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from shared.for_whom import ForWhom


class ViewAsked(BaseModel):
    """The fields of the query string."""

    model_config = ConfigDict(extra="forbid")

    zh: ClassVar[str]
    for_whom: ClassVar[ForWhom]
