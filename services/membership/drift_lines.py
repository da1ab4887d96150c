"""One difference between a list of HR's and the roll: looked at, left as it is, or settled.

It is settled when the roll has come to say what the list says; that is looked up here, whoever
claims it.
"""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text

from services.membership.drift import ERASED
from services.membership.whose import WHOSE_ON
from shared.contracts.membership import (
    DriftCase,
    DriftCaseOf,
    DriftKind,
    LeaveDrift,
    ReopenDrift,
    SettleDrift,
)
from shared.database import ReadSession, Session
from shared.for_whom import COMPANY
from shared.handling import asked
from shared.messages import Accepted
from shared.metrics import Count
from shared.rights import Actor, RuleBroken

# ---------------------------------------------------------------------------------- rules


def agree(
    kind: DriftKind,
    *,
    hr_unit: str | None,
    gone: bool,
    whole: bool,
    employed: bool,
    unit: str | None,
    on_list: bool,
) -> bool:
    """Whether the roll of the list's day says of a person what the list says. `gone`: the list says
    they had left; `whole`: it is one of the whole company; `on_list`: the unit in which the roll
    has them by now is one that the list is of. What a list says twice agrees with nothing."""
    match kind:
        case "duplicate":
            return False
        case "unknown-to-hr":
            return not employed if whole else unit is None or not on_list
    return not employed if gone else employed and unit == hr_unit


# ---------------------------------------------------------------------------------- keeping

# A list speaks of whose the number was on its day.
_LINE = text(f"""
    SELECT drift.id AS drift, drift.kind, drift.employee, coalesce(drift.name, person.name) AS name,
        drift.unit, drift.path, drift.plant, hr_unit, our_unit, drift.found_on AS on, reason,
        drift.post, employed_since, unit_since, left_on, retired, left_at,
        coalesce(leaver.employee, left_by) AS left_by,
        drift_list.path AS list_path, person.id AS person, {ERASED} AS erased
    FROM drift JOIN drift_list USING (comparison)
    CROSS JOIN LATERAL (
        SELECT ({WHOSE_ON.format(number="drift.employee", on="drift.found_on")}) AS id OFFSET 0
    ) AS whose
    LEFT JOIN person ON person.id = whose.id
    LEFT JOIN person AS leaver
        ON leaver.id = CASE WHEN left_by ~ '^[0-9a-f-]{{36}}$' THEN CAST(left_by AS uuid) END
    WHERE drift.id = :drift AND counts
""")  # noqa: S608 - all of it is ours
_LOCK = text("SELECT path, reason FROM drift WHERE id = :drift AND counts FOR UPDATE")
_ROLL = text("""
    SELECT
        EXISTS (SELECT FROM employment WHERE person = :person AND during @> CAST(:on AS date))
            AS employed,
        unit.code AS unit,
        coalesce(unit.path = :list OR starts_with(unit.path, :list || '/'), false) AS on_list
    FROM (SELECT) AS one
    LEFT JOIN stay ON stay.person = :person AND stay.during @> CAST(:on AS date)
    LEFT JOIN unit ON unit.id = stay.unit
""")
_ONE_LESS = text("""
    WITH gone AS (DELETE FROM drift WHERE id = :drift RETURNING plant, found_on, kind)
    UPDATE drift_day SET count = greatest(count - 1, 0) FROM gone
    WHERE drift_day.plant = gone.plant AND drift_day.found_on = gone.found_on
        AND drift_day.kind = gone.kind
""")


async def _locked(drift: UUID, command: Any, actor: Actor, session: Session) -> Any:
    """Path and reason of the line, for who may deal with it there. Raises `RuleBroken`."""
    row = (await session.execute(_LOCK, {"drift": drift})).one_or_none()
    command.for_whom.must_include(actor, at=row.path if row else COMPANY)
    return row or _unknown()


def _unknown(status: Literal[404, 409] = 409) -> Any:
    raise RuleBroken(
        "unknown-drift", "there is no such difference any more", field="drift", status=status
    )


@asked(LeaveDrift)
async def leave_drift(command: LeaveDrift, actor: Actor, session: Session) -> Accepted:
    """It stays as it is, for a reason, and is not open any more."""
    await _locked(command.drift, command, actor, session)
    await session.execute(
        text("UPDATE drift SET reason = :reason, left_by = :by, left_at = now() WHERE id = :drift"),
        {"drift": command.drift, "reason": command.reason, "by": actor.signature},
    )
    return Accepted(id=command.drift)


@asked(ReopenDrift)
async def reopen_drift(command: ReopenDrift, actor: Actor, session: Session) -> Accepted:
    """As if it had never been left."""
    await _locked(command.drift, command, actor, session)
    await session.execute(
        text("UPDATE drift SET reason = NULL, left_by = NULL, left_at = NULL WHERE id = :drift"),
        {"drift": command.drift},
    )
    return Accepted(id=command.drift)


@asked(SettleDrift)
async def settle_drift(command: SettleDrift, actor: Actor, session: Session) -> Accepted:
    """It is taken off the list, and the meter of its day counts one less."""
    await _locked(command.drift, command, actor, session)
    line = (await session.execute(_LINE, {"drift": command.drift})).one()
    asked_of = {"person": line.person, "on": line.on, "list": line.list_path}
    roll = (await session.execute(_ROLL, asked_of)).one()
    if not agree(
        line.kind,
        hr_unit=line.hr_unit,
        gone=line.left_on is not None and line.left_on <= line.on,
        whole=line.list_path == COMPANY,
        employed=roll.employed,
        unit=roll.unit,
        on_list=roll.on_list,
    ):
        raise RuleBroken("still-differs", "the roll does not say yet what the list says")
    await session.execute(_ONE_LESS, {"drift": command.drift})
    return Accepted(id=command.drift)


# ---------------------------------------------------------------------------------- telling


@asked(DriftCase)
async def drift_case(query: DriftCase, actor: Actor, session: ReadSession) -> DriftCaseOf:
    """With all that the list says of the person."""
    row = (await session.execute(_LINE, {"drift": query.drift})).one_or_none()
    query.for_whom.must_include(actor, at=row.path if row else COMPANY)
    if row is None:
        return _unknown(404)  # type: ignore[no-any-return]
    said = row._asdict() | {"list_of": row.list_path.rpartition("/")[2]}
    return DriftCaseOf.model_validate(said)


_OPEN = text("""
    SELECT day.plant, day.kind, count(drift.id) AS lines
    FROM (SELECT DISTINCT plant, kind FROM drift_day) AS day
    LEFT JOIN drift ON drift.plant = day.plant AND drift.kind = day.kind
        AND drift.counts AND drift.reason IS NULL
    GROUP BY day.plant, day.kind
""")


async def open_by_plant(session: ReadSession) -> Mapping[tuple[str, ...], int]:
    """Of the plants that were ever compared; zero where nothing is open."""
    found = await session.execute(_OPEN)
    return {(row.plant.rpartition("/")[2], row.kind): row.lines for row in found}


OPEN = Count(
    "tongxin_drift_open",
    "Differences between HR's latest list and the roll that nobody has settled.",
    ("plant", "kind"),
    open_by_plant,
)
