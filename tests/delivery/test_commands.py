"""An answer for every asker, and each command once."""

import asyncio
import time

import pytest

from shared.handling import ask_headers
from shared.messages import ANSWER, Accepted, Failed, Refused, uuid7
from shared.rights import Actor
from tests.delivery import ledger
from tests.delivery.bench import Bench
from tests.delivery.judging import alike, as_stored
from tests.delivery.ledger import FAULTY, REFUSED, Book


async def bookings(bench: Bench, account: object) -> int:
    rows = await bench.rows("SELECT bookings FROM ledger.account WHERE id = $1", account)
    return rows[0]["bookings"] if rows else 0


async def test_a_second_copy_gets_the_stored_answer(bench: Bench) -> None:
    account = uuid7()
    async with bench.running(ledger.service):
        first = await bench.ask(account, 5, "same")
        second = await bench.ask(account, 5, "same")
    assert isinstance(first, Accepted)
    assert second == as_stored(first)
    assert await bookings(bench, account) == 1


async def test_five_copies_at_once_have_one_effect_and_one_answer(bench: Bench) -> None:
    account = uuid7()
    async with bench.running(ledger.service), bench.running(ledger.service):
        answers = await asyncio.gather(*(bench.ask(account, 5, f"{account}") for _ in range(5)))
    assert alike(answers)
    assert isinstance(answers[0], Accepted)
    assert await bookings(bench, account) == 1


async def test_the_same_key_with_another_body_is_refused(bench: Bench) -> None:
    account = uuid7()
    async with bench.running(ledger.service):
        await bench.ask(account, 5, f"k{account}")
        answer = await bench.ask(account, 6, f"k{account}")
    assert isinstance(answer, Refused)
    assert (answer.status, answer.code) == (422, "key-reused")
    assert await bookings(bench, account) == 1


async def test_a_refusal_is_stored_and_changes_nothing(bench: Bench) -> None:
    account = uuid7()
    async with bench.running(ledger.service):
        first = await bench.ask(account, REFUSED, f"k{account}")
        second = await bench.ask(account, REFUSED, f"k{account}")
    assert isinstance(first, Refused)
    assert (first.code, first.citation) == ("nothing-to-book", "house rule 1")
    assert second == first
    assert await bookings(bench, account) == 0
    rows = await bench.rows(
        "SELECT count(*) FROM ledger.command WHERE answer = $1", first.model_dump_json()
    )
    assert rows[0]["count"] >= 1


async def test_a_fault_is_answered_at_once_and_not_stored(bench: Bench) -> None:
    account = uuid7()
    async with bench.running(ledger.service):
        begun = time.monotonic()
        answer = await bench.ask(account, FAULTY, f"k{account}")
        assert time.monotonic() - begun < 2
        assert isinstance(answer, Failed)
        assert await bookings(bench, account) == 0
        # The key is still free: what failed may be asked again.
        assert isinstance(await bench.ask(account, FAULTY, f"k{account}"), Failed)


@pytest.mark.parametrize("body", [b"no json", b'{"account": 5}', b"[]", b"", b"\xff"])
async def test_a_malformed_ask_is_refused_with_its_field(bench: Bench, body: bytes) -> None:
    async with bench.running(ledger.service):
        reply = await bench.client.request(
            Book.address("hq"), body, headers=ask_headers(Actor("tester"), "k", 4e9, None)
        )
    answer = ANSWER.validate_json(reply.data)
    assert isinstance(answer, Refused)
    assert answer.status == 422


async def test_an_ask_whose_asker_has_gone_is_not_begun(bench: Bench) -> None:
    account = uuid7()
    async with bench.running(ledger.service):
        reply = await bench.client.request(
            Book.address("hq"),
            Book(account=account, amount=1).model_dump_json().encode(),
            headers=ask_headers(Actor("tester"), "k", time.time() - 1, None),
        )
    answer = ANSWER.validate_json(reply.data)
    assert isinstance(answer, Failed)
    assert answer.code == "too-late"
    assert await bookings(bench, account) == 0
