"""`tongxin dead` on a running site, and what a rebuild makes of what was skipped."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
import typer
from typer.testing import CliRunner

from deploy.cli import command as commands
from deploy.local.errors import SiteError
from shared.contracts.democracy import Category, ProposalSubmitted, ProposalSupported
from shared.messages import Fact, uuid7
from shared.testing import eventually
from tests.operator.conftest import Operated

SAID = "what only the author and the reader may know"


async def poison(operated: Operated) -> UUID:
    """A proposal whose first fact the views can never take: PostgreSQL keeps no NUL in a text. A
    second fact waits behind it. Returns when the first is dead."""
    unit = await operated.admin.fetchval("SELECT id FROM views.unit LIMIT 1")
    aggregate = uuid7()
    facts: list[Fact] = [
        ProposalSubmitted(
            proposal=aggregate,
            unit=unit,
            author=None,
            category=Category.SAFETY,
            title=title,
            body=SAID,
            submitted_on=date(2026, 1, 1),
            due_on=date(2026, 2, 1),
        )
        for title in (SAID + "\0", "said again")
    ]
    for number, fact in enumerate(facts, 1):
        payload = fact.envelope(id=uuid7(), site="hq", sequence=number, traceparent=None)
        await operated.publish(fact.address("hq"), payload)
    await _dies(operated, str(aggregate))
    return aggregate


async def _dies(operated: Operated, aggregate: str) -> None:
    """Nine of its ten tries are taken as made."""

    async def dead() -> Any:
        await operated.admin.execute(
            "UPDATE views.held SET tries = 9, next_at = now()"
            " WHERE aggregate = $1 AND tries BETWEEN 1 AND 8",
            aggregate,
        )
        return await operated.admin.fetchval(
            "SELECT dead_at FROM views.held WHERE aggregate = $1 AND sequence = 1", aggregate
        )

    await eventually(dead)


async def test_a_dead_fact_is_seen_replayed_skipped_and_stays_skipped_in_a_rebuild(
    operated: Operated,
) -> None:
    aggregate = await poison(operated)
    [listed] = [
        each
        for each in await operated.told("dead", "list", "--service", "gateway")
        if each["aggregate"] == str(aggregate)
    ]
    assert (listed["tries"], listed["behind"], listed["sequence"]) == (10, 1, 1)
    assert listed["subject"] == "events.hq.democracy.proposal-submitted"
    assert "CharacterNotInRepertoireError" in listed["error"]
    name = listed["name"]
    await _its_body_is_shown_only_when_asked_for(operated, name)

    replayed = await operated.told("dead", "replay", name, code=1)
    assert replayed[0]["taken"] is False
    assert "CharacterNotInRepertoireError" in replayed[0]["error"]
    code, _, errors = await operated.run("dead", "skip", name, "--reason", "no", "--yes")
    assert code == 1
    assert "is not dead" in errors
    await _dies(operated, str(aggregate))

    code, _, errors = await operated.run("dead", "skip", name, "--reason", "forged")
    assert code == 1, "nobody said yes"
    code, out, _ = await operated.run("dead", "skip", name, "--reason", "forged", "--yes")
    assert (code, out) == (0, f"{name} skipped; 1 that waited behind it go on\n")
    await eventually(lambda: _seen(operated, aggregate))
    record = await operated.admin.fetchrow(
        "SELECT * FROM gateway.skipped WHERE aggregate = $1", str(aggregate)
    )
    assert record
    assert (record["reason"], record["sequence"], record["tries"]) == ("forged", 1, 10)
    log = (operated.home.logs / "operator.log").read_text()
    assert '"deed": "dead skipped"' in log
    assert "forged" not in log, "the reason goes with who is erased, so it stands in the table"
    assert SAID not in log

    await operated.quiet()
    assert (await operated.told("rebuild", "--check"))["differing"] == 0


async def _its_body_is_shown_only_when_asked_for(operated: Operated, name: str) -> None:
    for words in (["list"], ["list", "--held"], ["show", name[:5]]):
        code, out, errors = await operated.run("dead", *words)
        assert code == 0
        assert name in out
        assert SAID not in out + errors
    log = operated.home.logs / "operator.log"
    assert not log.exists() or "dead body shown" not in log.read_text()
    code, out, errors = await operated.run("dead", "show", name, "--body")
    assert code == 0
    assert SAID in out
    assert "on record" in errors
    assert "dead body shown" in log.read_text()


async def _seen(operated: Operated, proposal: UUID) -> bool:
    title = await operated.admin.fetchval(
        "SELECT title FROM views.proposal WHERE id = $1", proposal
    )
    return bool(title == "said again")


async def test_all_that_are_dead_are_replayed_and_those_mended_are_taken(
    operated: Operated,
) -> None:
    place = await operated.publish("events.hq.membership.unit-placed", b"no json")
    aggregate = f"unreadable {place}"

    async def held() -> Any:
        return await operated.admin.fetchval(
            "SELECT tries FROM views.held WHERE aggregate = $1", aggregate
        )

    await eventually(held)
    await operated.admin.execute(
        "UPDATE views.held SET tries = 10, dead_at = now() WHERE aggregate = $1", aggregate
    )
    code, out, _ = await operated.run("dead", "replay", "--all", "--service", "gateway")
    assert code == 1
    assert "failed again: not a fact" in out
    assert "0 of 1 taken" in out

    other = uuid7()
    payload = ProposalSupported(proposal=other, supports=1).envelope(
        id=uuid7(), site="hq", sequence=1, traceparent=None
    )
    await operated.admin.execute(
        "UPDATE views.held SET tries = 10, dead_at = now(), raw = $2, subject = $3"
        " WHERE aggregate = $1",
        aggregate,
        payload,
        ProposalSupported.address("hq"),
    )
    code, out, _ = await operated.run("dead", "replay", "--all", "--service", "gateway")
    assert (code, out.splitlines()[-1]) == (0, "1 of 1 taken")
    code, out, _ = await operated.run("dead", "list", "--service", "gateway")
    assert (code, out) == (0, "nothing is dead\n")
    told = await operated.told("rebuild")
    assert {each["table"] for each in told["differences"]} == {"held", "position"}, (
        "the facts do not say what was put into the mouth of this one"
    )


def _application() -> typer.Typer:
    found = commands()
    assert isinstance(found, typer.Typer)
    return found


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "ffffffff"], "Nothing held is named 'ffffffff'; see tongxin dead list."),
        (["replay", "ffffffff"], "Nothing held is named 'ffffffff'; see tongxin dead list."),
        (["skip", "ffffffff", "--reason", "x", "--yes"], "Nothing held is named 'ffffffff'"),
        (["skip", "ffffffff", "--reason", " ", "--yes"], "A reason is needed"),
        (["list", "--service", "nobody"], "There is no service 'nobody'"),
        (["replay"], "Say which one, or --all"),
        (["replay", "ffffffff", "--all"], "Say which one, or --all"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(
    operated: Operated, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.setenv("TONGXIN_HOME", str(operated.home.path))
    result = CliRunner().invoke(_application(), ["dead", *words])
    assert isinstance(result.exception, SiteError), "shown as it is, exit code 1"
    assert str(result.exception).startswith(said)
    assert result.output == ""


async def test_a_name_that_nothing_has_ends_with_one_sentence(operated: Operated) -> None:
    code, out, errors = await operated.run("dead", "show", "ffffffff")
    assert (code, out) == (1, "")
    assert errors == "tongxin: Nothing held is named 'ffffffff'; see tongxin dead list.\n"


async def test_a_skip_without_a_reason_is_refused(operated: Operated) -> None:
    code, _, errors = await operated.run("dead", "skip", "ffffffff", "--yes")
    assert code == 2
    assert "--reason" in errors
