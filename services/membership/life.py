"""The life of a membership, as pure functions: it begins with a consent, goes along with the job,
is kept in retirement, and lies in one place only."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from shared.contracts.membership import Spell, Stay


class Membership(NamedTuple):
    """Half-open days. `consent` is the day of the consent it rests on. `kept` (保留会籍): still a
    member, but without a vote."""

    since: date
    until: date | None
    consent: date
    kept: bool = False

    def holds(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on < self.until)


class Standing(NamedTuple):
    """What others need to know of who is a member with an open end: since when without a gap, and
    from when on it is kept."""

    since: date
    kept: date | None


@dataclass(frozen=True)
class Grounds:
    """What the memberships of one person follow from. `strangers`: days on which work began under
    another name or birth date, so that it may be another human being who works. `kept`: days from
    which the union keeps the membership if the work done on that day ends. `elsewhere`: days in
    another union. `deemed_left`: days on which the union declared that the member has left."""

    consents: Sequence[Spell] = ()
    employed: Sequence[Spell] = ()
    retired: Collection[date] = field(default=frozenset())
    strangers: Collection[date] = field(default=frozenset())
    kept: Collection[date] = field(default=frozenset())
    elsewhere: Sequence[Spell] = ()
    deemed_left: Collection[date] = field(default=frozenset())


def memberships(grounds: Grounds) -> list[Membership]:
    """In order of days, none empty, none overlapping.

    A consent makes a member of whoever is employed on its day (工会法 2021, article 3: those who
    live on wages may join), until it is withdrawn or the work ends. In between it follows the job
    and nobody is asked twice (会籍管理办法, article 3). Who retires, or whom the union keeps, stays
    a member without a vote, and has it again on the day of working again; but a stranger under the
    same number inherits nothing. Days in another union are left out: one belongs in one place only.
    A declaration ends the consent of its day; one that was reversed is not among the grounds.
    """
    work = _without_seams(grounds)
    found: list[Membership] = []
    given = (_until_declared(each, grounds.deemed_left) for each in grounds.consents)
    for consent in sorted(given, key=lambda spell: spell.since):
        at = next((n for n, spell in enumerate(work) if spell.holds(consent.since)), None)
        if at is None:
            continue
        for part in _going_on(consent, work[at:], grounds):
            taken = found[-1].until if found else date.min
            if taken is None:
                break
            found += _outside(part._replace(since=max(part.since, taken)), grounds.elsewhere)
    return found


def _until_declared(consent: Spell, deemed_left: Iterable[date]) -> Spell:
    """A consent of the very day is given after it."""
    days = [day for day in deemed_left if consent.since < day and consent.holds(day)]
    return consent.model_copy(update={"until": min(days)}) if days else consent


def _without_seams(grounds: Grounds) -> list[Spell]:
    """Whoever leaves and is hired again on one day was never out of work; a stranger was."""
    work: list[Spell] = []
    for spell in sorted(grounds.employed, key=lambda spell: spell.since):
        if work and work[-1].until == spell.since and spell.since not in grounds.strangers:
            work[-1] = Spell(since=work[-1].since, until=spell.until)
        else:
            work.append(spell)
    return work


def _going_on(consent: Spell, work: Sequence[Spell], grounds: Grounds) -> Iterable[Membership]:
    """From the day of the consent through the work of that day and what follows."""
    since = consent.since
    for spell, later in pairwise([*work, None]):
        assert spell
        yield _within(consent, since, spell.until)
        begins_again = later.since if later else None
        if spell.until is None or not _is_kept(spell, begins_again, grounds):
            return
        yield _within(consent, spell.until, begins_again, kept=True)
        if begins_again is None or begins_again in grounds.strangers:
            return
        since = begins_again


def _is_kept(spell: Spell, later: date | None, grounds: Grounds) -> bool:
    """A word of the union is about the work that had begun by its day, whenever HR says that it
    ended; so a corrected day does not undo it."""
    return spell.until in grounds.retired or any(
        spell.since <= day and (later is None or day < later) for day in grounds.kept
    )


def _within(consent: Spell, since: date, until: date | None, *, kept: bool = False) -> Membership:
    ends = [day for day in (consent.until, until) if day is not None]
    return Membership(since, min(ends, default=None), consent.since, kept)


def _outside(part: Membership, elsewhere: Iterable[Spell]) -> Iterable[Membership]:
    for away in sorted(elsewhere, key=lambda each: each.since):
        if part.until is not None and away.since >= part.until:
            break
        if away.until is not None and away.until <= part.since:
            continue
        if part.since < away.since:
            yield part._replace(until=away.since)
        if away.until is None:
            return
        part = part._replace(since=away.until)
    if part.until is None or part.since < part.until:
        yield part


def standing(spells: Sequence[Membership]) -> Standing | None:
    """None for who is no member, or will be none from a known day on."""
    if not spells or spells[-1].until is not None:
        return None
    chain = [spells[-1]]
    for spell in reversed(spells[:-1]):
        if spell.until != chain[-1].since:
            break
        chain.append(spell)
    return Standing(chain[-1].since, spells[-1].since if spells[-1].kept else None)


class Move(NamedTuple):
    """From the unit of one plant into that of another without a day between."""

    since: date
    from_plant: UUID
    to_plant: UUID


def moves(stays: Iterable[Stay], plants: dict[UUID, UUID]) -> list[Move]:
    """From one plant to another; a stay in a unit whose plant is not known is passed over."""
    placed = [stay for stay in stays if stay.unit in plants]
    return [
        Move(after.since, plants[before.unit], plants[after.unit])
        for before, after in pairwise(sorted(placed, key=lambda stay: stay.since))
        if before.until == after.since and plants[before.unit] != plants[after.unit]
    ]
