"""Settling: an officer decides about an event of HR, or takes a decision back."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text

from services.membership import hr, numbers, people, units
from services.membership.desk.choices import Case
from services.membership.desk.rules import must_be_whole, must_settle
from services.membership.desk.rulings import keep_ruling, rulings_about_units, rulings_of
from services.membership.histories import History, histories_of
from services.membership.timeline.rulings import Ruling, standing
from services.membership.whereabouts import place_of
from shared.contracts.membership import SettleUnfit, TakeBackRuling
from shared.database import ReadSession, Session
from shared.handling import asked
from shared.messages import Accepted, uuid7
from shared.rights import Actor, RuleBroken


@asked(SettleUnfit)
async def settle_unfit(command: SettleUnfit, actor: Actor, session: Session) -> Accepted:
    """From here on the person's days are computed with the ruling, and what follows is stated."""
    await people.hold([command.employee], session)
    whose = await place_of(command.employee, session)
    command.for_whom.must_include(actor, at=whose.path)
    whose.must_be_known()
    must_be_whole(command, corrects=("on", "unit", "from_unit"))
    case = await case_of(command.employee, session)
    ruling = Ruling(
        id=uuid7(),
        decided_at=datetime.now(UTC),
        kind=command.ruling,
        event=command.event,
        over=command.over,
        on=command.on,
        unit=command.unit,
        from_unit=command.from_unit,
    )
    must_settle(ruling, case, case.units, unit_in="unit")
    return await _decide(ruling, case.number(ruling.event), command.reason, actor, session)


@asked(TakeBackRuling)
async def take_back_ruling(command: TakeBackRuling, actor: Actor, session: Session) -> Accepted:
    """As if the ruling had never been made; both stay in the history."""
    made = text("SELECT employee, about_unit FROM ruling WHERE id = :id AND kind IS NOT NULL")
    whom = (await session.execute(made, {"id": command.ruling})).one_or_none()
    if whom is not None and whom.about_unit is not None:
        return await _take_back_of_unit(whom.about_unit, command, actor, session)
    employee: str | None = whom.employee if whom else None
    await people.hold([employee] if employee else [], session)
    whose = await place_of(employee, session)
    command.for_whom.must_include(actor, at=whose.path)
    if employee is None:
        raise RuleBroken("unknown-ruling", f"there is no ruling {command.ruling}", field="ruling")
    near = await numbers.people_of(command.ruling, session)
    if near:
        await must_reach_all(near, command, actor, session)
    back = _taking_back(command, await rulings_of(employee, session))
    if near:
        why = {"employee": employee, "reason": command.reason}
        await keep_ruling(back, session, **why, decided_by=actor.must_be_someone())
        await hr.place_again(await numbers.settle([employee], near, session), session)
        return Accepted(id=back.id)
    return await _decide(back, employee, command.reason, actor, session)


async def must_reach_all(
    near: Collection[UUID], command: TakeBackRuling, actor: Actor, session: Session
) -> None:
    """A ruling about two people is taken back by who looks after both."""
    called = text("SELECT employee FROM person WHERE id = ANY(:people)")
    employees = list(await session.scalars(called, {"people": list(near)}))
    await people.hold(employees, session)
    for employee in employees:
        whose = await place_of(employee, session)
        command.for_whom.must_include(actor, at=whose.path)


async def _take_back_of_unit(
    unit: str, command: TakeBackRuling, actor: Actor, session: Session
) -> Accepted:
    command.for_whom.must_include(actor)
    await units.lock(session)
    back = _taking_back(command, await rulings_about_units(session))
    return await decide_of_unit(back, unit, command.reason, actor, session)


def _taking_back(command: TakeBackRuling, rulings: Iterable[Ruling]) -> Ruling:
    if command.ruling not in {ruling.id for ruling in standing(rulings)}:
        raise RuleBroken("taken-back", "this ruling was taken back already", field="ruling")
    return Ruling(id=uuid7(), decided_at=datetime.now(UTC), takes_back=command.ruling)


async def decide_of_unit(
    ruling: Ruling, unit: str, reason: str, actor: Actor, session: Session
) -> Accepted:
    """The caller has locked the tree."""
    why = {"about_unit": unit, "reason": reason, "decided_by": actor.must_be_someone()}
    await keep_ruling(ruling, session, **why)
    await hr.grow(session)
    return Accepted(id=ruling.id)


async def _decide(
    ruling: Ruling, employee: str, reason: str, actor: Actor, session: Session
) -> Accepted:
    why = {"employee": employee, "reason": reason, "decided_by": actor.must_be_someone()}
    await keep_ruling(ruling, session, **why)
    await hr.place_again([employee], session)
    return Accepted(id=ruling.id)


async def case_of(employee: str, session: Session | ReadSession) -> Case:
    """All that the person's days follow from, as it is now."""
    told = await histories_of([employee], session)
    whose = await place_of(employee, session)
    history = next((one for one in told if one.called == whose.employee), History(employee, (), ()))
    return Case(history, *await units.places(session))
