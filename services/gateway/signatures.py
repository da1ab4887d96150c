"""Who signs what comes to `/hooks/hr`: Standard Webhooks, with a secret that HR's system shares.

The secrets stand in a file, the newest first: while one takes the place of another, both count.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

SECRETS = "hook_secrets"
"""The name of the file, a secret a line."""
AT_A_TIME = 2
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def secrets_in(directory: Path) -> list[str]:
    """Nothing where none was made. Read each time, so that a new one needs no restart."""
    try:
        lines = (directory / SECRETS).read_text().split()
    except FileNotFoundError:
        return []
    return lines[:AT_A_TIME]


def is_signed(headers: Mapping[str, str]) -> bool:
    """It comes with a signature, good or bad."""
    return HEADERS[-1] in headers


def fits(body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
    """One of the secrets has signed this very body, five minutes ago at most. The comparison takes
    the same time whatever is wrong."""
    given = {name: headers.get(name, "") for name in HEADERS}
    return any(_fits(body, given, secret) for secret in secrets)


def _fits(body: bytes, given: dict[str, str], secret: str) -> bool:
    try:
        Webhook(secret).verify(body, given, json_parse=False)
    except (WebhookVerificationError, ValueError):
        # The library says ValueError of a signature that is no base64 or a body that is no text.
        return False
    return True
