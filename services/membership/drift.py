"""The drift meter: how far HR's lists and the roll are apart, plant by plant and day by day.

A comparison comes in parts and counts with its last one. What was left for a reason stays left as
long as the next lists say the same. One line of it is dealt with in `drift_lines.py`.
"""

from typing import get_args

from sqlalchemy import text

from services.membership.erasure.recognising import Erased, erased_among
from services.membership.paging import cursor_after, place_in
from services.membership.units import known_unit, unit_asked_about
from services.membership.whose import WHOSE_ON
from shared.calendar import today
from shared.contracts.membership import (
    Drift,
    DriftDay,
    DriftDays,
    DriftDaysOf,
    DriftEntry,
    DriftKind,
    DriftLine,
    DriftOf,
    NoteDrift,
)
from shared.database import ReadSession, Session
from shared.handling import asked
from shared.messages import Accepted, uuid7
from shared.personal import erased_number
from shared.rights import Actor

# Where the roll has the person, else where HR has, else the unit that the list is of.
_KEEP = text("""
    INSERT INTO drift (id, comparison, found_on, kind, employee, name, hr_unit, our_unit, unit,
        path, plant, post, employed_since, unit_since, left_on, retired)
    SELECT said.id, CAST(:comparison AS uuid), CAST(:on AS date), said.kind, said.employee,
        said.name, said.hr_unit, said.our_unit, place.code, place.path, place.plant, said.post,
        said.employed_since, said.unit_since, said.left_on, said.retired
    FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:employees AS text[]),
        CAST(:names AS text[]), CAST(:hr_units AS text[]), CAST(:our_units AS text[]),
        CAST(:posts AS text[]), CAST(:employed_since AS date[]), CAST(:unit_since AS date[]),
        CAST(:left_on AS date[]), CAST(:retired AS boolean[]))
        AS said (id, kind, employee, name, hr_unit, our_unit, post, employed_since, unit_since,
            left_on, retired)
    CROSS JOIN LATERAL (
        SELECT code, path, plant FROM unit
        WHERE code IN (said.our_unit, said.hr_unit, CAST(:unit AS text))
        ORDER BY code = said.our_unit DESC NULLS LAST, code = said.hr_unit DESC NULLS LAST LIMIT 1
    ) AS place
    ON CONFLICT DO NOTHING
""")
_LIST = text("""
    INSERT INTO drift_list (comparison, path, found_on) VALUES (:comparison, :path, :on)
    ON CONFLICT DO NOTHING
""")
# A plant of which one part was compared is not counted: its meter would seem to fall.
_PLANTS = text("""
    SELECT path FROM unit
    WHERE known AND kind IN ('company', 'plant')
        AND (path = :path OR starts_with(path, :path || '/'))
""")
_AS_LEFT = text("""
    UPDATE drift SET reason = old.reason, left_by = old.left_by, left_at = old.left_at
    FROM drift AS old
    WHERE drift.comparison = :comparison AND old.comparison <> :comparison AND old.counts
        AND old.employee = drift.employee AND old.kind = drift.kind AND old.reason IS NOT NULL
        AND old.hr_unit IS NOT DISTINCT FROM drift.hr_unit
        AND old.our_unit IS NOT DISTINCT FROM drift.our_unit
""")
_COUNT = text("""
    INSERT INTO drift_day (plant, found_on, kind, count)
    SELECT plant.path, CAST(:on AS date), kind.code, count(drift.id)
    FROM unnest(CAST(:plants AS text[])) AS plant (path)
    CROSS JOIN unnest(CAST(:kinds AS text[])) AS kind (code)
    LEFT JOIN drift ON drift.comparison = :comparison AND drift.plant = plant.path
        AND drift.kind = kind.code AND drift.reason IS NULL
    GROUP BY plant.path, kind.code
    ON CONFLICT (plant, found_on, kind) DO UPDATE SET count = excluded.count
""")
# Not the parts of a comparison of that day that is still coming in.
_REPLACE = text("""
    DELETE FROM drift WHERE comparison <> :comparison
        AND (counts AND found_on <= :on OR found_on < :on)
        AND (path = :path OR starts_with(path, :path || '/'))
""")
# Of what a list of a later day has been compared with, that one says how it is.
_FORGET = text("""
    DELETE FROM drift USING drift_list AS later
    WHERE drift.comparison = :comparison AND later.found_on > :on
        AND (drift.path = later.path OR starts_with(drift.path, later.path || '/'))
""")
_COUNTS = text("UPDATE drift SET counts = true WHERE comparison = :comparison")


@asked(NoteDrift)
async def note_drift(command: NoteDrift, actor: Actor, session: Session) -> Accepted:
    """A part is kept; with the last one the comparison counts for its day, and what differs is what
    it says, unless a list of a later day has been compared already."""
    command.for_whom.must_include(actor)
    path = (await known_unit(command.unit, session)).path
    given = {"comparison": command.comparison, "on": command.on, "unit": command.unit, "path": path}
    gone = await erased_among({line.employee for line in command.lines}, session)
    lines = [_of_nobody(line, gone.get(line.employee)) for line in command.lines]
    said = {
        "ids": [uuid7() for _ in lines],
        "kinds": [line.kind for line in lines],
        "employees": [line.employee for line in lines],
        "names": [line.name for line in lines],
        "hr_units": [line.hr_unit for line in lines],
        "our_units": [line.our_unit for line in lines],
        "posts": [line.post for line in lines],
        "employed_since": [line.employed_since for line in lines],
        "unit_since": [line.unit_since for line in lines],
        "left_on": [line.left_on for line in lines],
        "retired": [line.retired for line in lines],
    }
    await session.execute(_KEEP, given | said)
    if command.last:
        # Two that end at once would see neither the other's rows nor its list.
        await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('drift counts'))"))
        plants = list(await session.scalars(_PLANTS, given))
        await session.execute(_AS_LEFT, given)
        await session.execute(_COUNT, given | {"plants": plants, "kinds": get_args(DriftKind)})
        for statement in (_LIST, _REPLACE, _FORGET, _COUNTS):
            await session.execute(statement, given)
    return Accepted(id=command.comparison)


def _of_nobody(line: DriftLine, erased: Erased | None) -> DriftLine:
    """Of who was erased only what differs is kept, without number, name and days; unless the list
    says that the number is somebody's since."""
    since = line.employed_since or line.unit_since
    if erased is None or (since is not None and since >= erased.on):
        return line
    return DriftLine(
        kind=line.kind,
        employee=erased_number(erased.person),
        hr_unit=line.hr_unit,
        our_unit=line.our_unit,
    )


# ---------------------------------------------------------------------------------- queries

ERASED = "coalesce(drift.employee = replace(CAST(person.id AS text), '-', ''), false)"
"""Where the number of a line stood, the id that is left stands."""


@asked(Drift)
async def drift(query: Drift, actor: Actor, session: ReadSession) -> DriftOf:
    """Unit by unit, as they stand in the tree. Of whom the list does not name, the name is that of
    the roll."""
    path = (await unit_asked_about(query.unit, query, actor, session)).path
    at, kind, employee = place_in(query.cursor, 3)
    rows = await session.execute(
        text(f"""
            SELECT drift.id AS drift, kind, drift.employee, coalesce(drift.name, person.name)
                AS name, unit, path, hr_unit, our_unit, found_on AS on, reason, {ERASED} AS erased
            FROM drift CROSS JOIN LATERAL (
                SELECT ({WHOSE_ON.format(number="drift.employee", on="drift.found_on")}) AS id
                OFFSET 0
            ) AS whose LEFT JOIN person ON person.id = whose.id
            WHERE counts AND (path = :path OR starts_with(path, :path || '/'))
                AND (reason IS NULL) = (CAST(:state AS text) = 'open')
                AND (CAST(:kind AS text) IS NULL OR kind = :kind)
                AND (CAST(:at AS text) IS NULL
                    OR (path, kind, drift.employee) > (:at, :after_kind, :after))
            ORDER BY path, kind, drift.employee LIMIT :limit
        """),  # noqa: S608 - all of it is ours
        query.model_dump(include={"state", "kind"})
        | {"path": path, "at": at, "after_kind": kind, "after": employee}
        | {"limit": query.limit + 1},
    )
    found = rows.all()
    items = found[: query.limit]
    last = items[-1] if len(found) > query.limit else None
    return DriftOf(
        items=[DriftEntry.model_validate(row, from_attributes=True) for row in items],
        cursor=cursor_after(last.path, last.kind, last.employee) if last else None,
    )


@asked(DriftDays)
async def drift_days(query: DriftDays, actor: Actor, session: ReadSession) -> DriftDaysOf:
    """A year back when nothing else is asked."""
    path = (await unit_asked_about(query.unit, query, actor, session)).path
    since = query.since or today().replace(year=today().year - 1, day=1)
    rows = await session.execute(
        text("""
            SELECT plant, found_on AS on, jsonb_object_agg(kind, count) AS counts FROM drift_day
            WHERE found_on >= :since AND (plant = :path OR starts_with(plant, :path || '/'))
            GROUP BY plant, found_on ORDER BY found_on, plant
        """),
        {"since": since, "path": path},
    )
    return DriftDaysOf(
        days=[
            DriftDay(plant=row.plant.rpartition("/")[2], on=row.on, counts=row.counts)
            for row in rows
        ]
    )
