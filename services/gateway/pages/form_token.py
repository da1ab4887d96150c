"""The token for the forms of the page that is being made, and the field that carries it."""

from contextvars import ContextVar

FIELD = "form-token"
present: ContextVar[str] = ContextVar("form_token", default="")
