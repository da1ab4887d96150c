"""HR's system signs what it sends by Standard Webhooks, with a secret that the gateway has too."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from standardwebhooks.webhooks import Webhook

from deploy.local.home import Home
from services.gateway.signatures import SECRETS


def signed(body: str, mode: str, *, by: str, minutes_ago: float = 0) -> dict[str, str]:
    """The headers of a request; `by` is a secret."""
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    id = f"msg_{uuid4()}"
    return {
        "Content-Type": mode,
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(by).sign(id, at, body),
    }


@contextmanager
def hook_secrets(site: Home, *secrets: str) -> Iterator[None]:
    """These count, the newest first; none does after it."""
    site.keep_secret("gateway", SECRETS, "\n".join(secrets))
    try:
        yield
    finally:
        (site.path / "secrets" / "gateway" / SECRETS).unlink()
