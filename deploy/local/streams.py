"""Deleting from the streams what says something of an erased person.

A message that is deleted is overwritten with random bytes (JetStream's secure delete). What was put
in other words has been sent anew by then, or will be: a reader that finds a gap waits for it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import asyncpg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from deploy.local.home import SERVICES, Home
from services.membership.erasure.doing import is_of_the_erased, sealed_with
from shared.broker import BACK, connect
from shared.contracts.hr import HrEventInvalid, OfEmployee, parse
from shared.erasing import words_in

if TYPE_CHECKING:
    from deploy.local.erasing import Erased

_NOTED = "SELECT place, subject, stream_sequence FROM {service}.redacted ORDER BY place"
_DONE = "DELETE FROM {service}.redacted WHERE place = ANY($1)"
_STREAMS = {"events": "FACTS", "care": "CARE"}
AT_ONCE = 64


async def clean_streams(
    home: Home,
    admin: asyncpg.Connection,
    numbers: Mapping[str, date],
    news: "Sequence[Erased]",
) -> list[str]:
    """Deletes what the services have noted, and, when there are `news`, what HR's stream has of who
    was erased (`numbers`: digest in hex → since when). Says how much."""
    noted = {
        service: await admin.fetch(_NOTED.format(service=service))
        for service in SERVICES
        if await admin.fetchval("SELECT to_regclass($1)", f"{service}.redacted")
    }
    if not news and not any(noted.values()):
        return []
    client = await connect(
        home.nats_url, "provisioner", home.secret("provisioner", "nats_password")
    )
    try:
        js = client.jetstream()
        key = home.secret("membership", "seal_key").encode()[:64]
        deleted = 0
        for service, rows in noted.items():
            for row in rows:
                stream, sequence = _stream_of(row["subject"]), row["stream_sequence"]
                # HR's stream may have been made anew since, and then it is another message's place.
                if stream != "HR" or await _still_says(js, "HR", sequence, key, numbers):
                    deleted += await _delete(js, stream, sequence)
            places = [row["place"] for row in rows]
            await admin.execute(_DONE.format(service=service), places)
        if news:
            new = {each.number: each.on for each in news}
            for stream in ("HR", BACK):
                deleted += await _sweep(js, stream, key, new)
    finally:
        await client.close()
    return [f"streams: {deleted} messages of erased people deleted"] if deleted else []


def _stream_of(subject: str) -> str:
    word, _, service, *_ = subject.split(".")
    return "HR" if service == "hr" else _STREAMS[word]


async def _delete(js: JetStreamContext, stream: str, sequence: int) -> int:
    try:
        return int(await js.delete_msg(stream, sequence))
    except NotFoundError:
        return 0  # by age, or by a round that was broken off


async def _sweep(js: JetStreamContext, stream: str, key: bytes, numbers: Mapping[str, date]) -> int:
    """Every message is looked at: who was erased stands in it by the number, as HR sent them or is
    told back."""
    state = (await js.stream_info(stream)).state
    found: list[int] = []

    async def look(sequence: int) -> None:
        if await _still_says(js, stream, sequence, key, numbers):
            found.append(sequence)

    places = range(max(state.first_seq, 1), state.last_seq + 1)
    for start in range(0, len(places), AT_ONCE):
        await asyncio.gather(*map(look, places[start : start + AT_ONCE]))
    return sum([await _delete(js, stream, sequence) for sequence in found])


async def _still_says(
    js: JetStreamContext, stream: str, sequence: int, key: bytes, numbers: Mapping[str, date]
) -> bool:
    try:
        message = await js.get_msg(stream, sequence)
    except NotFoundError:
        return False
    return bool(message.data) and _says(message.data or b"", key, numbers)


def _says(message: bytes, key: bytes, numbers: Mapping[str, date]) -> bool:
    """An event about who was erased, of a day before; or what is no event and has the number."""
    try:
        event = parse(message)
    except HrEventInvalid:
        return any(sealed_with(key, word).hex() in numbers for word in words_in(message))
    if not isinstance(event.data, OfEmployee):
        return False
    erased_on = numbers.get(sealed_with(key, event.data.employee).hex())
    return erased_on is not None and is_of_the_erased(event, erased_on)
