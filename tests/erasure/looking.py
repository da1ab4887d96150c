"""Looking for somebody everywhere: each column of each table, each message of each stream, each
file of the home. PostgreSQL's own files are left out: what it has deleted lies in them until it is
overwritten, and what it holds is looked at through it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import asyncpg
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from deploy.local import postgres
from deploy.local.home import Home
from shared.broker import connect, streams

_TABLES = """
    SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""


def spellings(word: str) -> list[str]:
    """As it may stand somewhere: plain, escaped as in JSON, and either as bytes in hex."""
    escaped = json.dumps(word)[1:-1]
    return list(dict.fromkeys((word, escaped, word.encode().hex(), escaped.encode().hex())))


async def found_anywhere(home: Home, words: Sequence[str]) -> list[str]:
    """Where any of the words stands, a line each: a table, a place in a stream, a file."""
    admin = await postgres.connect(home)
    client = await connect(
        home.nats_url, "provisioner", home.secret("provisioner", "nats_password")
    )
    try:
        found = await in_tables(admin, words) + await in_streams(client, home.site, words)
    finally:
        await client.close()
        await admin.close()
    return found + list(in_files(home.path, words, without=home.postgres))


async def in_tables(admin: asyncpg.Connection, words: Sequence[str]) -> list[str]:
    tries = [each for word in words for each in spellings(word)]
    found = []
    for row in await admin.fetch(_TABLES):
        hits = await admin.fetchval(
            f"SELECT count(*) FROM {row['name']} AS held WHERE EXISTS ("
            "SELECT FROM unnest($1::text[]) AS try WHERE strpos(held::text, try) > 0)",
            tries,
        )
        if hits:
            found.append(f"table {row['name']}: {hits}")
    return found


async def in_streams(client: Client, site: str, words: Sequence[str]) -> list[str]:
    tries = [each.encode() for word in words for each in spellings(word)]
    js = client.jetstream()
    found = []
    for stream in streams(site):
        assert stream.name
        state = (await js.stream_info(stream.name)).state
        for sequence in range(max(state.first_seq, 1), state.last_seq + 1):
            try:
                message = await js.get_msg(stream.name, sequence)
            except NotFoundError:
                continue
            told = (message.data or b"") + repr(message.headers or {}).encode()
            if any(each in told for each in tries):
                found.append(f"stream {stream.name}: {sequence} {message.subject}")
    return found


def in_files(path: Path, words: Sequence[str], *, without: Path) -> Iterator[str]:
    tries = [each.encode() for word in words for each in spellings(word)]
    for file in sorted(path.rglob("*")):
        if file.is_relative_to(without) or not file.is_file():
            continue
        told = file.read_bytes()
        if any(each in told for each in tries):
            yield f"file {file.relative_to(path)}"
