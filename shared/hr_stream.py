"""Corporate HR's events on their way into the site."""

from shared.contracts.hr import HrEvent
from shared.publishing import Outgoing


def outgoing(event: HrEvent, site: str) -> Outgoing:
    """For HR's stream. No message id: repeats are membership's business, which keeps every event
    once, however long ago it was first heard."""
    name = event.type.removeprefix("hr.")
    return Outgoing(f"events.{site}.hr.{name}", None, event.body)
