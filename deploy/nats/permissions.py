"""Who may say and hear what on NATS: allow-lists, a user a service, nothing else is possible."""

from typing import Any

from shared.broker import SERVICES, durables, durables_outside


def _durable(stream: str, me: str, domain: str) -> list[str]:
    """What reading one's own durable needs of JetStream's API, and no more."""
    return [
        f"$JS.API.CONSUMER.INFO.{stream}.{me}",
        f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{me}",
        f"$JS.ACK.{stream}.{me}.>",
        f"$JS.ACK.{domain}.*.{stream}.{me}.>",
    ]


def permissions(site: str) -> dict[str, dict[str, Any]]:
    """User → what it may publish and subscribe to. A site's JetStream domain is its name."""
    mine: dict[str, list[str]] = {}
    for durable in (*durables(site), *durables_outside(site)):
        mine.setdefault(durable.name, []).extend(_durable(durable.stream, durable.name, site))
    users: dict[str, dict[str, Any]] = {}
    for service in SERVICES:
        users[service] = {
            "publish": [
                f"events.{site}.{service}.>",
                *([f"care.{site}.>"] if service == "membership" else []),
                *mine.get(service, []),
                "_INBOX_gateway.>",  # answers
                "_INBOX_operator.>",
            ],
            "subscribe": [
                f"commands.{site}.{service}.>",
                f"queries.{site}.{service}.>",
                f"_INBOX_{service}.>",
            ],
        }
    users["gateway"] = {
        "publish": [
            f"commands.{site}.>",
            f"queries.{site}.>",
            f"events.{site}.hr.>",
            f"back.{site}.hr.>",
            *mine["gateway"],
            "_INBOX_gateway.>",
            "_INBOX_operator.>",
        ],
        "subscribe": [f"queries.{site}.gateway.>", "_INBOX_gateway.>"],
    }
    users["operator"] = {
        "publish": [f"events.{site}.hr.>", f"queries.{site}.*.health"],
        "subscribe": ["_INBOX_operator.>"],
    }
    # Corporate HR's own system: it tells, hears that it was kept, and reads what it is told back.
    users["hr"] = {
        "publish": [f"events.{site}.hr.>", *mine["hr"]],
        "subscribe": ["_INBOX_hr.>"],
    }
    users["provisioner"] = {
        "publish": ["$JS.API.>"],
        "subscribe": ["_INBOX_provisioner.>"],
    }
    return users
