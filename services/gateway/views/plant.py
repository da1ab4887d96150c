"""The view `plant`: heads, proposals, courses and visits of a unit and below it, as of a day.

Heads are counted by the tree of that day. A matter goes along with its unit, to those who answer
for it now, so what is counted of matters goes by today's tree."""

from datetime import date

from pydantic import BaseModel, Field

from services.gateway.problems import Problem
from services.gateway.views.asked import ViewAsked
from services.gateway.views.courses import COURSE_COUNTS, CourseCounts
from services.gateway.views.rows import Reader, rows
from services.gateway.views.visits import VISIT_COUNTS, VisitCounts
from shared.calendar import today
from shared.for_whom import COMPANY, there
from shared.messages import DAY, UNIT
from shared.rights import Actor


class PlantAsked(ViewAsked):
    """Which unit, and as of which day (today when none is given)."""

    zh = "查看单位情况"
    for_whom = there("director", "manager", "officer", "chair", zh="该单位", en="that unit")

    unit: UNIT
    on: DAY = Field(default_factory=today)


class HeadsSeen(BaseModel):
    """People placed in the unit itself or below, by the tree of that day; `by_unit` by code, empty
    units left out."""

    total: int
    by_unit: dict[str, int]


class ProposalStates(BaseModel):
    """Proposals of the unit and below that had been made by the end of the day, by the state in
    which they were then; `overdue` are those of the open ones whose day had passed."""

    open: int
    overdue: int
    adopted: int
    declined: int


class PlantSeen(BaseModel):
    unit: str
    name: str
    kind: str
    path: str = Field(description="the codes from the root down to it")
    on: date
    heads: HeadsSeen
    proposals: ProposalStates
    courses: CourseCounts
    visits: VisitCounts


# The tree is that of the day, rights go by where a unit stands today, as on the roll.
STOOD = """
    stood AS MATERIALIZED (
        SELECT today.id, today.code FROM here CROSS JOIN LATERAL (
            SELECT path FROM unit_placement
            WHERE unit = here.id AND during @> CAST(:on AS date) OFFSET 0
        ) AS top
        CROSS JOIN LATERAL (
            SELECT unit, during FROM unit_placement AS placed
            WHERE placed.path ~>=~ top.path AND placed.path ~<~ (top.path || '0')
                AND (placed.path = top.path OR starts_with(placed.path, top.path || '/'))
            OFFSET 0
        ) AS placed
        CROSS JOIN LATERAL (
            SELECT id, code, path FROM unit WHERE unit.id = placed.unit OFFSET 0
        ) AS today
        WHERE placed.during @> CAST(:on AS date)
            AND EXISTS (SELECT FROM unnest(CAST(:reach AS text[])) AS above (path)
                WHERE today.path = above.path OR starts_with(today.path, above.path || '/'))
    )
"""
# Unit by unit, here and below: joined freely, a planner that knows neither day nor unit may read
# what everybody in the company has. OFFSET 0 keeps it from joining freely.
_HEADS = """
    SELECT code, heads FROM stood CROSS JOIN LATERAL (
        SELECT count(*) AS heads FROM stay
        WHERE stay.unit = stood.id AND stay.during @> CAST(:on AS date)
    ) AS placed
    WHERE heads > 0 ORDER BY code
"""
STATES = """
    SELECT count(*) FILTER (WHERE undecided) AS open,
        count(*) FILTER (WHERE undecided AND due_on < :on) AS overdue,
        count(*) FILTER (WHERE NOT undecided AND state = 'adopted') AS adopted,
        count(*) FILTER (WHERE NOT undecided AND state = 'declined') AS declined
    FROM (
        SELECT state, due_on, answered_on IS NULL OR answered_on > :on AS undecided
        FROM below CROSS JOIN LATERAL (
            SELECT state, due_on, answered_on FROM proposal
            WHERE proposal.unit = below.id AND submitted_on <= :on OFFSET 0
        ) AS theirs
    ) AS made
"""
HERE_AND_BELOW = """
    here AS MATERIALIZED (
        SELECT id, code, name, kind, path FROM unit WHERE code = :unit
    ), below AS MATERIALIZED (
        -- The first two narrow it by the index; 0 comes after / in ASCII.
        SELECT unit.id, unit.code, unit.name FROM unit, here
        WHERE unit.path ~>=~ here.path AND unit.path ~<~ (here.path || '0')
            AND (unit.path = here.path OR starts_with(unit.path, here.path || '/'))
    )
"""
PAGE = f"""
    WITH {HERE_AND_BELOW}, {STOOD}
    SELECT code AS unit, name, kind, path,
        (SELECT coalesce(json_object_agg(code, heads), '{{}}') FROM ({_HEADS}) AS heads) AS heads,
        (SELECT to_json(states) FROM ({STATES}) AS states) AS proposals,
        (SELECT to_json(counts) FROM ({COURSE_COUNTS}) AS counts) AS courses,
        (SELECT to_json(counts) FROM ({VISIT_COUNTS}) AS counts) AS visits
    FROM here
"""


def unknown_unit(code: str) -> Problem:
    return Problem(404, "unknown-unit", f"there is no unit with the code {code}")


async def plant_page(asked: PlantAsked, actor: Actor, reader: Reader) -> PlantSeen:
    """One statement. Raises `RuleBroken`
    (403), `Problem` (404)."""
    reach = asked.for_whom.held(actor)
    found = await rows(reader, PAGE, {"unit": asked.unit, "on": asked.on, "reach": reach})
    asked.for_whom.must_include(actor, at=found[0]["path"] if found else COMPANY)
    if not found:
        raise unknown_unit(asked.unit)
    [page] = found
    heads: dict[str, int] = page["heads"]
    return PlantSeen(
        unit=page["unit"],
        name=page["name"],
        kind=page["kind"],
        path=page["path"],
        on=asked.on,
        heads=HeadsSeen(total=sum(heads.values()), by_unit=heads),
        proposals=ProposalStates.model_validate(page["proposals"]),
        courses=CourseCounts.model_validate(page["courses"]),
        visits=VisitCounts.model_validate(page["visits"]),
    )
