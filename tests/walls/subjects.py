"""Every subject of a site, by kind, made from the contracts."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass

from deploy.local.home import NATS_USERS
from deploy.local.home import SERVICES as PROCESSES
from shared import contracts
from shared.contracts import back, hr
from shared.messages import Command, Fact, Query, messages_in

OTHER_SITE = "nanjing"


@dataclass(frozen=True)
class Subject:
    """`kind` is command, query, health, fact, care, hr, back, inbox or foreign; `owner` the
    service or user that it is about."""

    text: str
    kind: str
    owner: str


def messages() -> list[type[Command | Query | Fact]]:
    """Every message that a contract defines."""
    modules = [
        importlib.import_module(f"{contracts.__name__}.{found.name}")
        for found in pkgutil.iter_modules(contracts.__path__)
    ]
    return messages_in(*modules)


def said(site: str) -> Iterator[Subject]:
    """What something can be said on, one subject a message, with one invented of each kind."""
    for message in messages():
        address = message.address(site)
        yield Subject(address, _kind(message, address), message.owner())
    for service in PROCESSES:
        yield Subject(f"queries.{site}.{service}.health", "health", service)
        yield Subject(f"queries.{site}.{service}.intruder", "query", service)
        if service != "gateway":
            yield Subject(f"commands.{site}.{service}.intruder", "command", service)
            yield Subject(f"events.{site}.{service}.intruder", "fact", service)
    yield Subject(f"events.{site}.gateway.intruder", "foreign", "")
    for type_ in (*hr.DATA, "hr.intruder"):
        yield Subject(f"events.{site}.{type_}", "hr", "hr")
    for kind in (*back.SAID, "intruder"):
        yield Subject(back.address(site, kind), "back", "gateway")
    yield Subject(f"back.{site}.gateway.intruder", "foreign", "")
    for user in NATS_USERS:
        yield Subject(f"_INBOX_{user}.intruder", "inbox", user)
    yield Subject("_INBOX.intruder", "foreign", "")


def heard(site: str) -> Iterator[Subject]:
    """What can be listened to: each subject alone, and wildcards from a service's own up to all."""
    yield from said(site)
    for service in PROCESSES:
        for kind, word in (("command", "commands"), ("query", "queries"), ("fact", "events")):
            owned = kind == "query" or service != "gateway"
            for tail in (">", "*"):
                text = f"{word}.{site}.{service}.{tail}"
                yield Subject(text, kind if owned else "foreign", service)
    for user in NATS_USERS:
        yield Subject(f"_INBOX_{user}.>", "inbox", user)
    for word in ("commands", "queries", "events", "care", "back"):
        for tail in (
            ">",
            f"{site}.>",
            f"{site}.*.>",
            f"{site}.*.*",
            "*.*.*",
            "*.>",
            f"{site}.hr.>",
        ):
            yield Subject(f"{word}.{tail}", "foreign", "")
    for text in (">", "*", "*.>", "*.*.*.*", "_INBOX.>", "$JS.>", "$JS.API.>", "$JS.ACK.>"):
        yield Subject(text, "foreign", "")
    for text in ("$JS.EVENT.>", "$SYS.>", "$SYS.ACCOUNT.SITE.>", "$KV.>", "$O.>", "$JSC.>"):
        yield Subject(text, "foreign", "")


def outside(site: str) -> Iterator[Subject]:
    """What is of another site, or the server's own."""
    for subject in said(OTHER_SITE):
        if subject.kind not in ("inbox", "foreign"):
            yield Subject(subject.text, "foreign", subject.owner)
    for text in (
        f"commands.{site}",
        f"events.{site}",
        f"{site}.commands.membership.join-union",
        "$SYS.REQ.SERVER.PING",
        "$SYS.REQ.SERVER.PING.CONNZ",
        "$SYS.REQ.USER.INFO",
        "$SYS.REQ.ACCOUNT.SITE.CONNZ",
        "$SYS.REQ.CLAIMS.UPDATE",
        "$SYS.ACCOUNT.SITE.CONNECT",
        "$JS.EVENT.ADVISORY.API",
        "$KV.settings.key",
        "$O.files.C.key",
        "$MQTT.sub",
        "_R_.intruder",
        "_GR_.intruder",
    ):
        yield Subject(text, "foreign", "")


def _kind(message: type[Command | Query | Fact], address: str) -> str:
    if issubclass(message, Command):
        return "command"
    if issubclass(message, Query):
        return "query"
    return "care" if address.startswith("care.") else "fact"
