"""会员: membership of the union. It follows employment, and begins with the worker's consent.

What follows from what is `life`, pure functions; here is what a worker asks in person, and what
changes when a consent or the employment does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import text

from services.membership.life import Grounds, Membership, Move, memberships, moves, standing
from shared.calendar import today
from shared.contracts.membership import (
    AdmitMember,
    JoinUnion,
    LeaveUnion,
    MemberJoined,
    MemberKept,
    MemberLeft,
    MemberTransferred,
    Spell,
    Stay,
)
from shared.database import ReadSession, Session
from shared.handling import asked
from shared.messages import Accepted
from shared.outbox import state
from shared.rights import Actor, RuleBroken, forbidden

ONE_PLACE = "《工会会员会籍管理办法》第三条：一次入会、动态接转"
"""Management rules for union membership, article 3: joined once, moved along with the job."""


ACCEPTS = JoinUnion(consent=True)


@dataclass(frozen=True)
class Days:
    """What of a person's days a membership follows, as HR tells them. `retired`: days on which
    work ended by retirement; `strangers`: on which the number was hired as what may be another
    human being."""

    employed: Sequence[Spell] = ()
    stays: Sequence[Stay] = ()
    retired: frozenset[date] = frozenset()
    strangers: frozenset[date] = frozenset()

    def employs(self, on: date) -> bool:
        return any(spell.holds(on) for spell in self.employed)


_DAYS = TypeAdapter(Days)


# ---------------------------------------------------------------------------------- commands


@asked(JoinUnion)
async def join_union(actor: Actor, session: Session, command: JoinUnion = ACCEPTS) -> Accepted:
    """A worker accepts the invitation that came with being hired."""
    person = actor.must_be_someone()
    days, grounds = await locked(person, session)
    JoinUnion.for_whom.must_include(actor, employed=days.employs(today()))
    must_be_nowhere_else(command)
    await admit(person, today(), days, grounds, session)
    return Accepted(id=person)


@asked(LeaveUnion)
async def leave_union(command: LeaveUnion, actor: Actor, session: Session) -> Accepted:
    """A worker leaves of their own will; the days before stay as they were."""
    command.for_whom.must_include(actor)
    person = actor.must_be_someone()
    days, grounds = await locked(person, session)
    await end(person, command.on or today(), days, grounds, session)
    return Accepted(id=person)


_PLACED = text("SELECT placed FROM person WHERE id = :person")
_PLACED_LOCKED = text("SELECT placed FROM person WHERE id = :person FOR UPDATE")


async def locked(person: UUID, session: Session) -> tuple[Days, Grounds]:
    """The person's row, locked, and what their membership follows from. Raises `RuleBroken`."""
    return await looked_at(person, session, lock=True)


async def looked_at(
    person: UUID, session: Session | ReadSession, *, lock: bool = False
) -> tuple[Days, Grounds]:
    """The same, without keeping others from it."""
    placed = await session.scalar(_PLACED_LOCKED if lock else _PLACED, {"person": person})
    if placed is None:
        raise forbidden("you are not on the roll")
    days = _DAYS.validate_python(placed)
    return days, (await _grounds({person: days}, session)).get(person, _without_consent(days))


async def admit(
    person: UUID,
    on: date,
    days: Days,
    grounds: Grounds,
    session: Session,
    **paper: Any,
) -> None:
    """Records a consent of that day; `paper` says where it lies. Raises `RuleBroken` (409)."""
    must_be_admissible(on, grounds)
    await session.execute(
        text("""
            INSERT INTO consent (person, given_on, reference, entered_by)
            VALUES (:person, :on, :reference, :entered_by)
            ON CONFLICT (person, given_on) DO UPDATE SET withdrawn_on = NULL, ended_by = NULL,
                ended_reference = NULL, ended_entered_by = NULL, reference = excluded.reference,
                entered_by = excluded.entered_by
        """),
        {"person": person, "on": on, "reference": None, "entered_by": None} | paper,
    )
    await follow({person: (days, days)}, session)


def must_be_nowhere_else(declared: JoinUnion | AdmitMember) -> None:
    """By what the person says of themselves: who was sent here by an agency, or lent by another
    firm, may be in the union there, of which HR knows nothing. Raises `RuleBroken` (409)."""
    if declared.elsewhere is not None:
        raise RuleBroken(
            "in-another-union",
            "one belongs in one union only: let the membership there be ended, or brought over, "
            "and apply then",
            field="elsewhere",
            rule="one-place",
            citation=ONE_PLACE,
        )


def must_be_admissible(on: date, grounds: Grounds) -> None:
    """Neither a member on that day, nor one elsewhere. Raises `RuleBroken` (409)."""
    if any(spell.holds(on) for spell in memberships(grounds)):
        raise RuleBroken("already-member", "a member already", field="on")
    if any(away.holds(on) for away in grounds.elsewhere):
        raise RuleBroken(
            "member-elsewhere",
            "on that day membership lies with another union; end that first",
            field="on",
            rule="one-place",
            citation=ONE_PLACE,
        )


async def end(
    person: UUID,
    on: date,
    days: Days,
    grounds: Grounds,
    session: Session,
    **paper: Any,
) -> None:
    """Withdraws the consent on which the membership of that day rests. Raises `RuleBroken`."""
    if on > today():
        raise RuleBroken("not-yet", "leaving takes effect today or on a day past", field="on")
    holding = next((spell for spell in memberships(grounds) if spell.holds(on)), None)
    if holding is None:
        raise RuleBroken("not-a-member", f"no member on {on}", field="on")
    await session.execute(
        text("""
            UPDATE consent SET withdrawn_on = :on, ended_by = :because,
                ended_reference = :reference, ended_entered_by = :entered_by
            WHERE person IN (
                SELECT id FROM person WHERE id = :person OR same_as = :person)
                AND given_on = :given
        """),
        {"because": "own-wish", "reference": None, "entered_by": None}
        | paper
        | {"person": person, "on": on, "given": holding.consent},
    )
    await follow({person: (days, days)}, session)


# ---------------------------------------------------------------------------------- following

# What was said of who turned out to be the same person counts for both.
_GROUNDS = text("""
    WITH theirs AS (
        SELECT id AS owner, id AS person FROM unnest(CAST(:people AS uuid[])) AS given (id)
        UNION ALL
        SELECT same_as, id FROM person WHERE same_as = ANY(:people)
    )
    SELECT owner AS person, 'consent' AS what, given_on AS since, withdrawn_on AS until
    FROM theirs JOIN consent USING (person)
    UNION ALL
    SELECT owner, 'kept', kept_from, NULL FROM theirs JOIN keeping USING (person)
    WHERE withdrawn_at IS NULL
    UNION ALL
    SELECT owner, 'elsewhere', lower(during), upper(during)
    FROM theirs JOIN other_union USING (person) WHERE withdrawn_at IS NULL
    UNION ALL
    SELECT owner, 'deemed-left', left_on, NULL FROM theirs JOIN deemed_left USING (person)
    WHERE reversed_on IS NULL
""")
_HAVE = text("""
    SELECT person, lower(during) AS since, upper(during) AS until, consent, kept FROM member
    WHERE person = ANY(:people) ORDER BY person, during
""")
_GONE = text("""
    DELETE FROM member USING unnest(CAST(:people AS uuid[]), CAST(:since AS date[]))
        AS gone (person, since)
    WHERE member.person = gone.person AND lower(member.during) = gone.since
""")
_KEEP = text("""
    INSERT INTO member (person, during, consent, kept)
    SELECT person, daterange(since, until), consent, kept
    FROM unnest(CAST(:people AS uuid[]), CAST(:since AS date[]), CAST(:until AS date[]),
        CAST(:consent AS date[]), CAST(:kept AS boolean[]))
        AS spell (person, since, until, consent, kept)
""")
_PLANTS = text("""
    SELECT unit.id, plant.id AS plant FROM unit JOIN unit AS plant ON plant.path = unit.plant
    WHERE unit.id = ANY(:units)
""")


async def follow(
    changed: Mapping[UUID, tuple[Days | Mapping[str, Any], Days]], session: Session
) -> None:
    """Computes the memberships of these people anew, from their days before (also as JSON) and
    now, and states who joined, left, is kept, or has gone to another plant.

    The callers hold the rows of the people.
    """
    found = await _grounds({person: now for person, (_, now) in changed.items()}, session)
    if not found:
        return
    before: dict[UUID, list[Membership]] = {person: [] for person in found}
    for row in await session.execute(_HAVE, {"people": list(found)}):
        spell = Membership(row.since, row.until, row.consent, row.kept)
        before[row.person].append(spell)
    now = {person: memberships(grounds) for person, grounds in found.items()}
    others = [person for person in found if now[person] != before[person]]
    if others:
        await _rewrite([(person, before[person], now[person]) for person in others], session)
    for person in others:
        _tell(person, before[person], now[person], session)
    await _tell_moves({person: changed[person] for person in found}, now, session)


async def _rewrite(
    changed: Iterable[tuple[UUID, Sequence[Membership], Sequence[Membership]]], session: Session
) -> None:
    """Only what is other than before is written: a row says since when it is known."""
    gone: dict[str, list[Any]] = {"people": [], "since": []}
    come: dict[str, list[Any]] = {"people": [], "since": [], "until": [], "consent": [], "kept": []}
    for person, before, now in changed:
        for spell in set(before) - set(now):
            gone["people"].append(person)
            gone["since"].append(spell.since)
        for spell in set(now) - set(before):
            come["people"].append(person)
            for name, value in spell._asdict().items():
                come[name].append(value)
    await session.execute(_GONE, gone)
    await session.execute(_KEEP, come)


def _tell(
    person: UUID, before: Sequence[Membership], now: Sequence[Membership], session: Session
) -> None:
    """What others need to know: member or not any more, since when, and whether with a vote."""
    was, stands = standing(before), standing(now)
    if was == stands:
        return
    if stands is None:
        assert was
        ended = max((spell.until for spell in now if spell.until), default=was.since)
        state(session, MemberLeft(person=person, on=ended))
        return
    if was is None or stands.kept is None or stands.since != was.since:
        state(session, MemberJoined(person=person, on=stands.since))
    if stands.kept is not None:
        state(session, MemberKept(person=person, on=stands.kept))


async def _tell_moves(
    changed: Mapping[UUID, tuple[Days | Mapping[str, Any], Days]],
    now: Mapping[UUID, Sequence[Membership]],
    session: Session,
) -> None:
    """Of a member who has gone to another plant since the days were told last."""
    days = {
        person: (was if isinstance(was, Days) else _DAYS.validate_python(was), are)
        for person, (was, are) in changed.items()
        if was is not are and len(are.stays) > 1
    }
    if not days:
        return
    units = {stay.unit for pair in days.values() for each in pair for stay in each.stays}
    rows = await session.execute(_PLANTS, {"units": list(units)})
    plants: dict[UUID, UUID] = {row.id: row.plant for row in rows}
    for person, (was, are) in days.items():
        told: set[Move] = set(moves(was.stays, plants))
        for move in moves(are.stays, plants):
            if move not in told and any(spell.holds(move.since) for spell in now[person]):
                state(
                    session,
                    MemberTransferred(
                        person=person,
                        from_plant=move.from_plant,
                        to_plant=move.to_plant,
                        on=move.since,
                    ),
                )


async def _grounds(
    days: Mapping[UUID, Days], session: Session | ReadSession
) -> dict[UUID, Grounds]:
    """Of those who ever consented."""
    given: dict[UUID, dict[str, list[Spell]]] = {}
    for row in await session.execute(_GROUNDS, {"people": list(days)}):
        kinds = given.setdefault(row.person, {})
        kinds.setdefault(row.what, []).append(Spell(since=row.since, until=row.until))
    return {
        person: Grounds(
            consents=kinds.get("consent", ()),
            employed=days[person].employed,
            retired=days[person].retired,
            strangers=days[person].strangers,
            kept={spell.since for spell in kinds.get("kept", ())},
            elsewhere=kinds.get("elsewhere", ()),
            deemed_left={spell.since for spell in kinds.get("deemed-left", ())},
        )
        for person, kinds in given.items()
    }


def _without_consent(days: Days) -> Grounds:
    return Grounds(employed=days.employed, retired=days.retired, strangers=days.strangers)
