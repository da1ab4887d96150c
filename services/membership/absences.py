"""When people are away: told to all as days without a reason, and to welfare alone with the kind
of those leaves in which the union cares for a person."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import text

from services.membership.timeline import Absence, Leave
from shared.contracts.membership import (
    AbsenceChanged,
    CareKind,
    LeaveStarted,
    LeaveWithdrawn,
    Spell,
)
from shared.database import Session
from shared.messages import uuid7
from shared.outbox import state

CARE_KINDS = frozenset(get_args(CareKind))

# ---------------------------------------------------------------------------------- rules


def days_away(absences: Iterable[Absence]) -> list[Spell]:
    """Absences of all kinds as one list of days: what overlaps or meets is one, so that nothing
    shows where a leave turned into another."""
    spells: list[Spell] = []
    for absence in sorted(absences, key=lambda each: each.since):
        last = spells[-1] if spells else None
        if last and absence.since <= (last.until or date.max):
            open_ended = None in (last.until, absence.until)
            until = None if open_ended else max(last.until or date.min, absence.until or date.min)
            spells[-1] = Spell(since=last.since, until=until)
        else:
            spells.append(Spell(since=absence.since, until=absence.until))
    return spells


# ---------------------------------------------------------------------------------- keeping

_HAVE = text("SELECT id, away, same_as FROM person WHERE id = ANY(:people)")
_AWAY = text("""
    UPDATE person SET away = new.away
    FROM unnest(CAST(:people AS uuid[]), CAST(:away AS jsonb[])) AS new (id, away)
    WHERE person.id = new.id
""")
_LEAVES = text("""
    SELECT id, person, kind, since, until, stands FROM leave WHERE person = ANY(:people)
""")
_KEEP = text("""
    INSERT INTO leave (id, person, kind, since, until, stands)
    SELECT * FROM unnest(CAST(:id AS uuid[]), CAST(:person AS uuid[]), CAST(:kind AS text[]),
        CAST(:since AS date[]), CAST(:until AS date[]), CAST(:stands AS boolean[]))
    ON CONFLICT (id) DO UPDATE SET person = excluded.person, until = excluded.until,
        stands = excluded.stands
""")

Away = Mapping[UUID, tuple[list[Absence], list[Leave]]]


async def keep(away: Away, session: Session) -> None:
    """Stores when these people, whose rows are locked, are away, and states what is new."""
    people = list(away)
    known = (await session.execute(_HAVE, {"people": people})).all()
    had = {row.id: row.away for row in known}
    changed: dict[UUID, str] = {}
    for person, (absences, _) in away.items():
        spells = days_away(absences)
        rows = [spell.model_dump(mode="json") for spell in spells]
        if had[person] != rows:
            changed[person] = json.dumps(rows)
            state(session, AbsenceChanged(person=person, absences=spells))
    if changed:
        given = {"people": list(changed), "away": list(changed.values())}
        await session.execute(_AWAY, given)
    one = {row.id: row.same_as for row in known if row.same_as}
    await _keep_leaves({person: leaves for person, (_, leaves) in away.items()}, one, session)


async def _keep_leaves(
    told: Mapping[UUID, list[Leave]], one: Mapping[UUID, UUID], session: Session
) -> None:
    """A leave is the same one while person, kind and first day are; its id is for good. `one`:
    those of them who turned out to be another, whose leaves go along: who was visited in one is
    not owed the visit again."""
    have: dict[tuple[UUID, str, date], Any] = {
        (row.person, row.kind, row.since): row
        for row in await session.execute(_LEAVES, {"people": list(told)})
    }
    wanted = {
        (person, leave.kind, leave.since): leave.until
        for person, leaves in told.items()
        for leave in leaves
        if leave.kind in CARE_KINDS
    }
    rows: list[dict[str, Any]] = []
    went_along = {
        (one[person], kind, since): have.pop((person, kind, since))
        for person, kind, since in [*have]
        if have[person, kind, since].stands
        and (one.get(person), kind, since) in wanted.keys() - have.keys()
    }
    for key, until in wanted.items():
        row = have.get(key) or went_along.get(key)
        if row and row.stands and row.until == until:
            if key in went_along:
                rows.append({**row._mapping, "person": key[0]})
            continue
        person, kind, since = key
        days = {"person": person, "kind": kind, "since": since, "until": until}
        id = row.id if row else uuid7()
        rows.append({"id": id, **days, "stands": True})
        state(session, LeaveStarted.model_validate({"leave": id, **days}))
    for key, row in have.items():
        if key not in wanted and row.stands:
            rows.append({**row._mapping, "stands": False})
            state(session, LeaveWithdrawn(leave=row.id, person=row.person))
    if rows:
        columns = ("id", "person", "kind", "since", "until", "stands")
        await session.execute(_KEEP, {name: [row[name] for row in rows] for name in columns})
