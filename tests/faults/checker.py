"""Reads databases and stream after the storm and says what is not as it must be (I1 to I6)."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import httpx

from deploy.local import postgres
from deploy.local.home import Home
from shared.broker import connect
from shared.messages import Envelope
from shared.testing import eventually
from tests.faults.ledger import Ledger


@dataclass
class Seen:
    """What is there: rows of the owner, facts of the stream, rows of the view."""

    titles: Counter[str] = field(default_factory=Counter)
    rows: dict[str, Any] = field(default_factory=dict)
    stream: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    view: dict[str, Any] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)


async def quiet(home: Home) -> None:
    """Until all is ready, sent, heard, and nothing is held."""
    async with httpx.AsyncClient(base_url=home.url, timeout=10, trust_env=False) as client:

        async def still() -> bool:
            answer = await client.get("/health")
            health = answer.json()
            return (
                answer.status_code == 200
                and not health["held"]
                and not health["oldest_unsent_seconds"]
                and not any(d["pending"] + d["unacknowledged"] for d in health["durables"])
            )

        await eventually(still, seconds=90, every=0.2)


async def look(home: Home) -> Seen:
    """Everything, read past the services."""
    seen = Seen()
    admin = await postgres.connect(home)
    try:
        for row in await admin.fetch("SELECT id, title, supports, state FROM democracy.proposal"):
            seen.titles[row["title"]] += 1
            seen.rows[str(row["id"])] = (row["supports"], row["state"])
        for row in await admin.fetch("SELECT id, title, supports, state FROM views.proposal"):
            seen.view[str(row["id"])] = (row["supports"], row["state"])
        for row in await admin.fetch("SELECT aggregate, last FROM views.position"):
            seen.positions[str(row["aggregate"])] = row["last"]
    finally:
        await admin.close()
    await _read_stream(home, seen)
    return seen


async def _read_stream(home: Home, seen: Seen) -> None:
    password = home.secret("provisioner", "nats_password")
    client = await connect(home.nats_url, "provisioner", password)
    try:
        js = client.jetstream()
        last = (await js.stream_info("FACTS")).state.last_seq
        for sequence in range(1, last + 1):
            message = await js.get_msg("FACTS", sequence)
            fact = Envelope.model_validate_json(message.data or b"")
            seen.stream[str(fact.subject)].append((fact.sequence, str(fact.id)))
    finally:
        await client.close()


def violations(ledger: Ledger, seen: Seen) -> list[str]:
    """Each a sentence; none when all is well."""
    found = []
    for title, id in ledger.accepted.items():
        if seen.titles[title] != 1:
            found.append(f"accepted, but {seen.titles[title]} times with its owner: {title}")
        if id not in seen.rows:
            found.append(f"accepted under an id that its owner has not: {title}")
        if not seen.stream.get(id):
            found.append(f"accepted, but no fact in the stream: {title}")
    found += [f"there {n} times: {title}" for title, n in seen.titles.items() if n > 1]
    for id, row in seen.rows.items():
        if seen.view.get(id) != row:
            found.append(f"view and owner differ: {id} {seen.view.get(id)} {row}")
    found += [f"in the view only: {id}" for id in seen.view.keys() - seen.rows.keys()]
    found += [f"support lost: {id}" for id in ledger.supported if seen.rows.get(id, (0,))[0] != 1]
    found += [f"answer lost: {id}" for id in ledger.answered if seen.rows[id][1] != "adopted"]
    for aggregate, facts in seen.stream.items():
        # A repeat in the stream is allowed; what is new must come in order and without a gap.
        news = list(dict.fromkeys(facts))
        if [sequence for sequence, _ in news] != list(range(1, len(news) + 1)):
            found.append(f"facts out of order or missing: {aggregate} {news}")
        if seen.positions.get(aggregate) != len(news):
            found.append(f"the view has not applied all of {aggregate}")
    return found
