"""What stands in the path of a page."""

from uuid import UUID

from services.gateway.problems import Problem


def id_in(text: str, what: str) -> UUID:
    """Raises `Problem` (404): what is no id is nobody's."""
    try:
        return UUID(text)
    except ValueError:
        raise Problem(404, f"unknown-{what}", f"there is no {what} with the id {text}") from None
