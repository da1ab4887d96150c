"""What the load does. A further command is an `Act`, a line or two in a turn, and `TURNS`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol


@dataclass(frozen=True)
class Act:
    """One kind of command and where its effect shows.

    `owner` and `view` are SQL that gives the marks in one column, a row for each time that the
    effect is there. `fact` is the type of the fact it states and the field of its data that holds
    the mark. `refusable` acts break a rule on purpose. An impatient one is not asked again, so
    that outcomes stay unknown.
    """

    name: str
    who: str
    path: str
    owner: str
    view: str | None = None
    fact: tuple[str, str] | None = None
    refusable: bool = False
    patient: bool = True
    seconds: float = 10.0
    """A request without an answer after this long hangs."""


SUBMIT = Act(
    "submit",
    "worker",
    "/api/v1/democracy/submit-proposal",
    owner="SELECT title FROM democracy.proposal",
    view="SELECT title FROM views.proposal",
    fact=("tongxin.democracy.proposal-submitted.v1", "title"),
    patient=False,
)
_SUPPORTS = """
    SELECT support.proposal::text FROM democracy.support
    JOIN democracy.person ON person.id = support.person WHERE person.employee = '{}'
"""
SUPPORT = Act(
    "support",
    "officer",
    "/api/v1/democracy/support-proposal",
    owner=_SUPPORTS.format("D0003"),
    view="SELECT id::text FROM views.proposal, generate_series(1, supports)",
    fact=("tongxin.democracy.proposal-supported.v1", "proposal"),
)
SUPPORT_OWN = Act(
    "support one's own",
    "worker",
    "/api/v1/democracy/support-proposal",
    owner=_SUPPORTS.format("D0046"),
    refusable=True,
)
ANSWER = Act(
    "answer",
    "manager",
    "/api/v1/democracy/answer-proposal",
    owner="SELECT id::text FROM democracy.proposal WHERE state = 'adopted'",
    view="SELECT id::text FROM views.proposal WHERE state = 'adopted'",
    fact=("tongxin.democracy.proposal-answered.v1", "proposal"),
)
HIRE = Act(
    "hire",
    "hr",
    "/hooks/hr",
    owner="SELECT employee FROM membership.person JOIN membership.stay ON stay.person = person.id",
    view="SELECT employee FROM views.person JOIN views.stay ON stay.person = person.id",
    # The door waits until every service has heard, half a minute at most.
    seconds=40.0,
)
OPEN = Act(
    "open a course",
    "officer",
    "/api/v1/training/open-course",
    owner="SELECT title FROM training.course",
    view="SELECT title FROM views.course",
    fact=("tongxin.training.course-opened.v1", "title"),
    patient=False,
)
ENROL = Act(
    "enrol",
    "officer",
    "/api/v1/training/enrol",
    owner="SELECT course::text FROM training.enrolment",
    view="SELECT course::text FROM views.enrolment",
    fact=("tongxin.training.course-enrolled.v1", "course"),
)
COMPLETE = Act(
    "complete a course",
    "officer",
    "/api/v1/training/complete-course",
    owner="SELECT course::text FROM training.enrolment WHERE result IS NOT NULL",
    view="SELECT course::text FROM views.enrolment WHERE result IS NOT NULL",
    fact=("tongxin.training.course-completed.v1", "course"),
)
VISIT = Act(
    "log a visit",
    "officer",
    "/api/v1/welfare/log-visit",
    owner="""
        SELECT employee FROM welfare.visit JOIN welfare.person ON person.id = visit.person
        WHERE state = 'logged'
    """,
    view="""
        SELECT employee FROM views.visit JOIN views.person ON person.id = visit.person
        WHERE state = 'made'
    """,
)
ACTS = {
    act.name: act
    for act in (SUBMIT, SUPPORT, SUPPORT_OWN, ANSWER, HIRE, OPEN, ENROL, COMPLETE, VISIT)
}


class Teller(Protocol):
    """One worker of the load."""

    chance: Random

    def fresh(self) -> str:
        """A word that nobody else of this run uses."""
        ...

    async def tell(self, act: Act, mark: str, body: Any) -> str | None:
        """The id when it was accepted."""
        ...


Turn = Callable[[Teller], Awaitable[None]]


async def proposal(teller: Teller) -> None:
    """Submitted, often supported, sometimes answered; now and then a rule is broken."""
    title = teller.fresh()
    id = await teller.tell(
        SUBMIT, title, {"title": title, "body": "said under load", "category": "production"}
    )
    if id is None:
        return
    supported = teller.chance.random() < 0.5
    if supported and await teller.tell(SUPPORT, id, {"proposal": id}) is None:
        return  # once answered it could not be supported any more
    if teller.chance.random() < 0.1:
        await teller.tell(SUPPORT_OWN, id, {"proposal": id})
    if teller.chance.random() < 0.3:
        answer = {"proposal": id, "decision": "adopted", "reasons": "it is needed"}
        await teller.tell(ANSWER, id, answer)


async def course(teller: Teller) -> None:
    """Opened, taken by one, and completed."""
    title = teller.fresh()
    told = {"title": title, "unit": "demo-qinghe", "starts_on": "2025-05-01", "seats": 3}
    id = await teller.tell(OPEN, title, told)
    if id is None:
        return
    seat = {"course": id, "employee": "D0046"}
    if await teller.tell(ENROL, id, seat):
        await teller.tell(COMPLETE, id, seat | {"result": "passed", "on": "2025-05-03"})


async def newcomer(teller: Teller) -> None:
    """HR hires somebody, who falls ill and is visited; the events come in the wrong order."""
    employee = teller.fresh()
    placed = {"employee": employee, "unit": "demo-qinghe-dianjie-1", "post": "操作工"}
    hired = {"employee": employee, "name": "压测员"}
    day = {"on": "2025-03-01"}
    events = [
        _event("hr.leave-started", f"{employee}-l", {"employee": employee, "kind": "sick"} | day),
        _event("hr.employee-assigned", f"{employee}-a", placed | day),
        _event("hr.employee-hired", f"{employee}-h", hired | day),
    ]
    if await teller.tell(HIRE, employee, events):
        visit = {"employee": employee, "occasion": "hospital", "visitors": ["D0003"]}
        await teller.tell(VISIT, employee, visit | {"on": "2025-03-03", "note": "under load"})


def _event(kind: str, id: str, data: dict[str, str]) -> dict[str, Any]:
    return {"specversion": "1.0", "id": id, "source": "/hr/faults", "type": kind, "data": data}


TURNS: tuple[tuple[int, Turn], ...] = ((15, proposal), (5, course), (1, newcomer))
"""Turn with its weight."""
