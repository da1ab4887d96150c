"""会员: membership of the union. It follows employment, and begins with the worker's consent."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import text

from shared.calendar import today
from shared.contracts.membership import (
    JoinUnion,
    LeaveUnion,
    MemberJoined,
    MemberLeft,
    Spell,
)
from shared.database import Session
from shared.handling import asked
from shared.messages import Accepted
from shared.outbox import state
from shared.rights import Actor, RuleBroken, forbidden

# ---------------------------------------------------------------------------------- rules


def memberships(consents: Iterable[Spell], employed: Iterable[Spell]) -> list[Spell]:
    """A consent makes a member of whoever is employed on its day, until the consent is withdrawn
    or that employment ends (工会法 2021, article 3: those who live on wages may join). Consents
    while not employed have no effect. Half-open days, in order, none empty."""
    spells = []
    for consent in sorted(consents, key=lambda spell: spell.since):
        work = next((spell for spell in employed if spell.holds(consent.since)), None)
        if work is None:
            continue
        ends = [day for day in (consent.until, work.until) if day is not None]
        until = min(ends, default=None)
        if until != consent.since:
            spells.append(Spell(since=consent.since, until=until))
    return spells


# ---------------------------------------------------------------------------------- commands


@asked(JoinUnion)
async def join_union(actor: Actor, session: Session) -> Accepted:
    """A worker accepts the invitation that came with being hired."""
    person = actor.must_be_someone()
    employed, consents = await _lock(person, session)
    on = today()
    JoinUnion.for_whom.must_include(actor, employed=any(spell.holds(on) for spell in employed))
    if any(spell.holds(on) for spell in memberships(consents, employed)):
        raise RuleBroken("already-member", "you are a member already")
    await session.execute(
        text("""
            INSERT INTO consent (person, given_on) VALUES (:person, :on)
            ON CONFLICT (person, given_on) DO UPDATE SET withdrawn_on = NULL
        """),
        {"person": person, "on": on},
    )
    await follow_employment({person: employed}, session)
    return Accepted(id=person)


@asked(LeaveUnion)
async def leave_union(command: LeaveUnion, actor: Actor, session: Session) -> Accepted:
    """A worker leaves of their own will; the days before stay as they were."""
    command.for_whom.must_include(actor)
    person = actor.must_be_someone()
    employed, consents = await _lock(person, session)
    on = command.on or today()
    if on > today():
        raise RuleBroken("not-yet", "leaving takes effect today or on a day past", field="on")
    holding = [spell for spell in memberships(consents, employed) if spell.holds(on)]
    if not holding:
        raise RuleBroken("not-a-member", f"you are no member on {on}", field="on")
    await session.execute(
        text("UPDATE consent SET withdrawn_on = :on WHERE person = :person AND given_on = :given"),
        {"person": person, "on": on, "given": holding[0].since},
    )
    await follow_employment({person: employed}, session)
    return Accepted(id=person)


async def _lock(person: UUID, session: Session) -> tuple[list[Spell], list[Spell]]:
    """The person's row, locked, and their employment and consents. Raises `RuleBroken` (403)."""
    placed = await session.scalar(
        text("SELECT placed FROM person WHERE id = :person FOR UPDATE"), {"person": person}
    )
    if placed is None:
        raise forbidden("you are not on the roll")
    employed = [Spell.model_validate(spell) for spell in placed.get("employed", [])]
    consents = await _consents([person], session)
    return employed, consents.get(person, [])


# ---------------------------------------------------------------------------------- following


async def follow_employment(employed: Mapping[UUID, Sequence[Spell]], session: Session) -> None:
    """Computes the memberships of these people anew and states who joined and who left.

    The callers hold the rows of the people.
    """
    consents = await _consents(list(employed), session)
    if not consents:
        return
    rows = await session.execute(
        text("""
            SELECT person, lower(during) AS since, upper(during) AS until FROM member
            WHERE person = ANY(:people) ORDER BY person, during
        """),
        {"people": list(consents)},
    )
    before: dict[UUID, list[Spell]] = {}
    for row in rows:
        before.setdefault(row.person, []).append(Spell(since=row.since, until=row.until))
    for person, given in consents.items():
        now = memberships(given, employed[person])
        if now != before.get(person, []):
            await _rewrite(person, now, session)
            _tell(person, before.get(person, []), now, session)


async def _rewrite(person: UUID, spells: Sequence[Spell], session: Session) -> None:
    await session.execute(text("DELETE FROM member WHERE person = :person"), {"person": person})
    for spell in spells:
        await session.execute(
            text("INSERT INTO member (person, during) VALUES (:person, daterange(:since, :until))"),
            {"person": person, "since": spell.since, "until": spell.until},
        )


def _tell(person: UUID, before: Sequence[Spell], now: Sequence[Spell], session: Session) -> None:
    """What others need to know: member or not any more, and since when."""
    was, now_open = _open_since(before), _open_since(now)
    if now_open is None and was is not None:
        ended = max((spell.until for spell in now if spell.until), default=was)
        state(session, MemberLeft(person=person, on=ended))
    elif now_open is not None and now_open != was:
        state(session, MemberJoined(person=person, on=now_open))


def _open_since(spells: Sequence[Spell]) -> date | None:
    return next((spell.since for spell in spells if spell.until is None), None)


async def _consents(people: Sequence[UUID], session: Session) -> dict[UUID, list[Spell]]:
    rows = await session.execute(
        text("""
            SELECT person, given_on, withdrawn_on FROM consent WHERE person = ANY(:people)
        """),
        {"people": list(people)},
    )
    consents: dict[UUID, list[Spell]] = {}
    for row in rows:
        consents.setdefault(row.person, []).append(
            Spell(since=row.given_on, until=row.withdrawn_on)
        )
    return consents
