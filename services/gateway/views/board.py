"""The view `board`: what a display on a wall shows of a unit to whoever passes by. Nothing in it is
about one person: no author, no seat's owner, and no visits, because in a small unit also a number
says who is ill."""

from datetime import date

from pydantic import BaseModel

from services.gateway.problems import Problem
from services.gateway.views.plant import HERE_AND_BELOW, STATES, PlantAsked, ProposalStates
from services.gateway.views.rows import Reader, rows
from shared.calendar import today
from shared.contracts.democracy import Decision
from shared.rights import Actor

OPEN, ANSWERED, COURSES = 5, 4, 3
"""How many of each a wall has room for."""
WORDS = 120
"""Letters of the reasons that are read at all; the wall cuts them where its line ends."""


class OpenOnBoard(BaseModel):
    """A proposal without an answer. `due_on` is the last day in time for one."""

    title: str
    unit_name: str
    supports: int
    due_on: date


class AnsweredOnBoard(BaseModel):
    """`reasons` are their beginning."""

    title: str
    state: Decision
    reasons: str
    answered_on: date


class CourseOnBoard(BaseModel):
    """A course that is still to come and has seats left, for people of this place."""

    title: str
    starts_on: date
    seats: int
    enrolled: int


class BoardShown(BaseModel):
    """Open ones by their day, answers newest first, courses by their day."""

    unit: str
    name: str
    path: str
    proposals: ProposalStates
    open: list[OpenOnBoard]
    answered: list[AnsweredOnBoard]
    courses: list[CourseOnBoard]


_OPEN = """
    SELECT title, below.name AS unit_name, supports, due_on FROM below CROSS JOIN LATERAL (
        SELECT id, title, supports, due_on FROM proposal
        WHERE proposal.unit = below.id AND state = 'open' OFFSET 0
    ) AS theirs
    ORDER BY due_on, theirs.id LIMIT :open
"""
_ANSWERED = """
    SELECT title, state, left(reasons, :words) AS reasons, answered_on
    FROM below CROSS JOIN LATERAL (
        SELECT proposal.id, title, state, reasons, answered_on FROM proposal
        WHERE proposal.unit = below.id AND state <> 'open' OFFSET 0
    ) AS theirs
    ORDER BY answered_on DESC, theirs.id DESC LIMIT :answered
"""
_COURSES = """
    SELECT course.title, starts_on, seats, enrolled
    FROM course JOIN unit AS home ON home.id = course.unit, here
    WHERE starts_on >= :on AND enrolled < seats
        AND (open_to = 'company' OR here.path = home.path
            OR starts_with(here.path, home.path || '/') OR starts_with(home.path, here.path || '/'))
    ORDER BY starts_on, course.id LIMIT :courses
"""
BOARD = f"""
    WITH {HERE_AND_BELOW}
    SELECT code AS unit, name, path,
        (SELECT to_json(states) FROM ({STATES}) AS states) AS proposals,
        (SELECT coalesce(json_agg(waiting), '[]') FROM ({_OPEN}) AS waiting) AS open,
        (SELECT coalesce(json_agg(given), '[]') FROM ({_ANSWERED}) AS given) AS answered,
        (SELECT coalesce(json_agg(coming), '[]') FROM ({_COURSES}) AS coming) AS courses
    FROM here
"""


async def board(unit: str, reader: Reader, *, actor: Actor | None) -> BoardShown:
    """One statement. `actor` is None for a display that was paired with the unit. Raises
    `RuleBroken` (403), `Problem` (404)."""
    limits = {"open": OPEN, "answered": ANSWERED, "courses": COURSES, "words": WORDS}
    found = await rows(reader, BOARD, {"unit": unit, "on": today()} | limits)
    if actor is not None:
        at = {"at": found[0]["path"]} if found else {}
        PlantAsked.for_whom.must_include(actor, **at)
    if not found:
        raise Problem(404, "unknown-unit", f"there is no unit with the code {unit}")
    return BoardShown.model_validate(dict(found[0]))
