"""HR's events as membership takes them: kept as heard, then the roll computed anew from all.

What a person's or the tree's events amount to is `timeline`, pure functions of all events heard so
far; this module feeds them and stores what comes out, a few statements a batch.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from nats.aio.msg import Msg
from sqlalchemy import text

from services.membership import people, units
from services.membership.desk import closings, pairs
from services.membership.desk.rulings import rulings_about_units, units_meant
from services.membership.erasure.doing import still_to_take
from services.membership.histories import NOTHING, Key, histories_of
from services.membership.timeline import Unfit
from services.membership.timeline.rulings import (
    IDENTITY,
    Ruling,
    tree_as_ruled,
    whom_about,
)
from shared.contracts.hr import (
    EmployeeHired,
    EmployeeRenamed,
    HrEvent,
    HrEventInvalid,
    OfEmployee,
    parse,
)
from shared.contracts.hr_units import OfUnit
from shared.database import ReadSession, Session, raw
from shared.facts import Heard, unreadable


class HrOpener:
    """Opens the messages of HR's stream. HR counts nothing, so what orders held ones is the
    stream's own number, and the table of events as heard is the inbox."""

    def __call__(self, message: Msg) -> Heard:
        return self.again(message.subject, message.data, message.metadata.sequence.stream)

    def again(self, subject: str, raw: bytes, sequence: int) -> Heard:
        try:
            event = parse(raw)
        except HrEventInvalid as error:
            return unreadable(subject, raw, sequence, str(error))
        return Heard(
            aggregate=f"hr {event.subject_key}",
            sequence=sequence,
            message=event,
            subject=subject,
            raw=raw,
            type=event.type,
            numbered=False,
        )


_KEEP = """
    INSERT INTO hr_event (source, id, digest, type, about, place, raw)
    SELECT * FROM unnest(CAST($1 AS text[]), CAST($2 AS text[]), CAST($3 AS bytea[]),
        CAST($4 AS text[]), CAST($5 AS text[]), CAST($6 AS text[]),
        CAST(CAST($7 AS text[]) AS jsonb[]))
    ON CONFLICT DO NOTHING RETURNING source, id, digest
"""
_UNITS = text("SELECT raw FROM hr_event WHERE type LIKE 'hr.unit-%'")
_PLACED_IN = text("SELECT DISTINCT about FROM hr_event WHERE place = ANY(:codes)")
# What is reported again keeps the day on which it was found.
_FIT_NOW = text("""
    DELETE FROM unfit WHERE about = ANY(:concerned) AND of_unit = :of_unit
        AND (reason = :left_in_it) = :of_people_left AND NOT EXISTS (
            SELECT FROM unnest(CAST(:source AS text[]), CAST(:id AS text[]),
                CAST(:reason AS text[]), CAST(:about AS text[]))
                AS found (source, id, reason, about)
            WHERE (found.source, found.id, found.reason, found.about)
                = (unfit.source, unfit.id, unfit.reason, unfit.about)
        )
""")
_UNFIT = text("""
    INSERT INTO unfit (source, id, reason, about, detail, of_unit)
    SELECT *, CAST(:of_unit AS boolean)
    FROM unnest(CAST(:source AS text[]), CAST(:id AS text[]), CAST(:reason AS text[]),
        CAST(:about AS text[]), CAST(:detail AS text[]))
    ON CONFLICT (source, id, reason, about, of_unit) DO UPDATE SET detail = excluded.detail
        WHERE unfit.detail <> excluded.detail
""")


async def take(batch: Sequence[Heard], session: Session) -> None:
    """Takes an ordered batch of HR's events, in whatever order HR sent them."""
    batch = await still_to_take(batch, session)
    news = await keep([one.message for one in batch], session)
    changed: set[str] = set()
    if any(isinstance(event.data, OfUnit) for event in news.values()):
        changed = await grow_tree(session)
    employees = {event.subject_key for event in news.values() if isinstance(event.data, OfEmployee)}
    await place_again(employees | await placed_in(changed, session), session, news)


async def grow(session: Session) -> None:
    """Computes the tree anew, and the days of all for whom that matters."""
    await place_again(await placed_in(await grow_tree(session), session), session)


async def placed_in(units: Collection[str], session: Session) -> set[str]:
    """The people whom HR, or a ruling, has placed in these units: also before one was known, or in
    one that has ended."""
    if not units:
        return set()
    placed = await session.scalars(_PLACED_IN, {"codes": list(units)})
    return set(placed) | await units_meant(units, session)


async def place_again(
    employees: Collection[str], session: Session, news: Mapping[Key, HrEvent] = NOTHING
) -> None:
    """Computes the days of these people anew, and looks whether somebody is left in a unit that
    has closed."""
    if employees:
        await place(employees, session, news)
    await report_left(session)


async def keep(events: Sequence[HrEvent], session: Session) -> dict[Key, HrEvent]:
    """Keeps what is new and returns it."""
    rows = {
        (event.source, event.id, _digest(event)): event for event in events
    }  # one statement must not meet the same key twice
    kept = await raw(session).fetch(
        _KEEP,
        [source for source, _, _ in rows],
        [id for _, id, _ in rows],
        [digest for _, _, digest in rows],
        [event.type for event in rows.values()],
        [event.subject_key for event in rows.values()],
        [_place(event) for event in rows.values()],
        [event.written for event in rows.values()],
    )
    return {key: rows[key] for key in map(tuple, kept)}


_SORTED = json.JSONEncoder(sort_keys=True).encode


def _digest(event: HrEvent) -> bytes:
    """Of what it says, whatever the order of its keys."""
    return hashlib.blake2b(_SORTED(event.raw).encode(), digest_size=16).digest()


def _place(event: HrEvent) -> str | None:
    """The unit that an event places somebody in."""
    return getattr(event.data, "unit", None) if isinstance(event.data, OfEmployee) else None


async def grow_tree(session: Session) -> set[str]:
    """Computes the tree anew; returns the units whose people have to be placed anew."""
    await units.lock(session)
    events, rulings = await history_of_units(session)
    tree, problems = tree_as_ruled(events, rulings)
    about = whom_about(events)
    found = [(about[one.source, one.id], one) for one in problems]
    await report(found, {event.subject_key for event in events}, session, of_unit=True)
    return await units.keep(tree, session)


async def history_of_units(
    session: Session | ReadSession,
) -> tuple[list[HrEvent], list[Ruling]]:
    """All that the tree follows from."""
    events = [parse(raw) for raw in await session.scalars(_UNITS)]
    return events, await rulings_about_units(session)


async def report_left(session: Session) -> None:
    """Units that were closed with people in them whom HR has placed nowhere since. Whether somebody
    is depends on the tree and on all who were there, so it is looked up last."""
    concerned = await closings.concerned(session)
    if not concerned:
        return
    await closings.lock(session)
    left = await closings.people_left(session)
    found = []
    if left:
        events, rulings = await history_of_units(session)
        found = closings.reported(left, events, rulings)
    await report(found, concerned, session, of_unit=True, of_people_left=True)


async def place(
    employees: Collection[str], session: Session, news: Mapping[Key, HrEvent] = NOTHING
) -> None:
    """Computes the days of these people anew and states what changed. `news` are events that were
    kept just now.

    HR's events and an officer's ruling may come at the same time: whoever holds the rows of the
    people first is seen by the other.
    """
    await people.hold(employees, session)
    known = await units.places(session)
    problems: list[tuple[str, Unfit]] = []
    placed, concerned = [], set(employees)
    called: dict[UUID | None, tuple[str | None, date | None]] = {}
    told = await histories_of(employees, session, news=news)
    for each in sorted(told, key=lambda each: (each.same_as is not None, each.called)):
        days, counts = each.timeline(known.ids, known.ends), each.counting()
        if days.unfit:
            about = each.number_of()
            problems += [(about[one.source, one.id], one) for one in days.unfit]
        concerned |= {one.number for one in each.numbers}
        own = name_of(counts), born_of(counts)
        name, born = called.get(each.same_as, (None, None)) if each.same_as else own
        called[each.person] = name, born
        strangers = _strangers(counts, days.unfit)
        placed.append(people.Placed.of(each, name, days, known.ids, strangers, born))
    await report(problems, concerned, session)
    await pairs.look_again(await people.keep(placed, session), session)


def _strangers(events: Iterable[HrEvent], problems: Iterable[Unfit]) -> frozenset[date]:
    """The days on which the number was hired under another name or birth date, and nobody has said
    that it is the same person."""
    doubtful = {(one.source, one.id) for one in problems if one.reason == IDENTITY}
    return frozenset(
        event.data.on
        for event in events
        if (event.source, event.id) in doubtful and isinstance(event.data, EmployeeHired)
    )


def name_of(events: Iterable[HrEvent]) -> str | None:
    """As in the latest hire, or as HR has said since: of one day the latest said counts."""
    named = [event for event in events if isinstance(event.data, EmployeeHired | EmployeeRenamed)]
    return max(map(_naming, named))[-1] if named else None


def _naming(event: HrEvent) -> tuple[date, bool, datetime, str]:
    assert isinstance(event.data, EmployeeHired | EmployeeRenamed)
    renamed = isinstance(event.data, EmployeeRenamed)
    said_at = event.time if renamed and event.time else datetime.min.replace(tzinfo=UTC)
    return event.data.on, renamed, said_at, event.data.name


def born_of(events: Iterable[HrEvent]) -> date | None:
    """As in the latest hire that says it."""
    hires = [event.data for event in events if isinstance(event.data, EmployeeHired)]
    told = [(hire.on, hire.birth_date) for hire in hires if hire.birth_date]
    return max(told)[1] if told else None


async def report(
    problems: Iterable[tuple[str, Unfit]],
    concerned: Collection[str],
    session: Session,
    *,
    of_unit: bool = False,
    of_people_left: bool = False,
) -> None:
    """What does not fit and whom or what it is about, for a person to look at; what fits by now
    leaves the list. `concerned` are numbers, or codes `of_unit`: equal ones are two. Who is left in
    a closed unit is looked up apart from the tree, and so leaves the list apart."""
    found = {(one.source, one.id, one.reason, about): one.sentence for about, one in problems}
    columns: dict[str, list[str]] = {
        "source": [source for source, _, _, _ in found],
        "id": [id for _, id, _, _ in found],
        "reason": [reason for _, _, reason, _ in found],
        "about": [about for _, _, _, about in found],
        "detail": list(found.values()),
    }
    left = {name: columns[name] for name in ("source", "id", "reason", "about")}
    kind = {"of_unit": of_unit}
    asked = {"left_in_it": closings.LEFT_IN_IT, "of_people_left": of_people_left}
    await session.execute(_FIT_NOW, left | asked | kind | {"concerned": list(concerned)})
    if found:
        await session.execute(_UNFIT, columns | kind)
