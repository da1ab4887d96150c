"""One line of the drift: left, opened again, and settled when the roll says what the list says."""

from collections.abc import AsyncIterator
from datetime import date
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from deploy.local.home import Home
from services.gateway.snapshot.one_line import weighed
from services.membership.drift_lines import (
    agree,
    drift_case,
    leave_drift,
    open_by_plant,
    reopen_drift,
    settle_drift,
)
from services.membership.units import open_root
from shared.contracts.membership import (
    DriftCase,
    DriftCaseOf,
    DriftKind,
    DriftLine,
    LeaveDrift,
    Placement,
    ReopenDrift,
    SettleDrift,
)
from shared.database import ReadSession, Session
from shared.rights import Actor, Grant, RuleBroken
from tests.conftest import rolled_back
from tests.membership.test_drift import GONE, HR, MAY, MOVED, NEW, counted, note, seen, told
from tests.membership.test_hr_events import event, take
from tests.membership.test_roll import OF_ONE, story

OFFICER = Actor("o", None, (Grant("officer", "company"),))


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with rolled_back(home, "membership") as session:
        await open_root(session)
        await take(story(), session)
        yield session


async def of(session: Session, employee: str, **asked: Any) -> UUID:
    found = (await told(session, limit=1000, **asked)).items
    return next(each.drift for each in found if each.employee == employee)


async def case_of(session: Session, drift: UUID, actor: Actor = HR) -> DriftCaseOf:
    return await drift_case(DriftCase(drift=drift), actor, ReadSession(session))


async def settle(session: Session, drift: UUID, actor: Actor = HR) -> None:
    await settle_drift(SettleDrift(drift=drift), actor, session)


async def test_a_case_has_all_that_the_list_says(session: Session) -> None:
    said = NEW.model_copy(
        update={"post": "操作工", "employed_since": date(2024, 4, 1), "unit_since": MAY}
    )
    await note(session, said, GONE, unit="company")
    case = await case_of(session, await of(session, "R9"))
    assert (case.name, case.post, case.hr_unit, case.unit) == ("孙九", "操作工", "r-two", "r-two")
    assert (case.employed_since, case.unit_since, case.left_on) == (date(2024, 4, 1), MAY, None)
    assert (case.list_of, case.on) == ("company", MAY)
    with pytest.raises(RuleBroken, match="forbidden"):
        await case_of(session, case.drift, OF_ONE)
    assert (await case_of(session, await of(session, "R1"), OF_ONE)).our_unit == "r-one"
    with pytest.raises(RuleBroken, match="unknown-drift"):
        await case_of(session, UUID(int=7))


async def test_a_case_says_that_they_retired_and_is_applied_like_that(session: Session) -> None:
    left = GONE.model_copy(update={"kind": "left", "left_on": MAY, "name": "李", "retired": True})
    await note(session, left, unit="company")
    case = await case_of(session, await of(session, left.employee))
    assert (case.left_on, case.retired) == (MAY, True)
    have = Placement(
        employee=left.employee,
        name="李",
        employed_since=date(2024, 1, 1),
        left_on=None,
        unit="r-one",
        post=None,
        since=date(2024, 1, 1),
        unplaced_since=None,
    )
    said = {"employee": left.employee, "on": str(MAY), "reason": "retired"}
    assert weighed(case, have, {"r-one"}).events == (("hr.employee-left", said),)


async def test_what_was_left_is_opened_again(session: Session) -> None:
    await note(session, MOVED)
    drift = await of(session, "R4")
    await leave_drift(LeaveDrift(drift=drift, reason="借调"), OF_ONE, session)
    assert await seen(session) == []
    case = await case_of(session, drift)
    assert (case.reason, case.left_by) == ("借调", OF_ONE.signature)
    with pytest.raises(RuleBroken, match="forbidden"):
        await reopen_drift(ReopenDrift(drift=drift), HR, session)
    await reopen_drift(ReopenDrift(drift=drift), OF_ONE, session)
    assert await seen(session) == [("R4", "moved")]
    assert (await case_of(session, drift)).left_by is None


async def test_it_is_settled_once_the_roll_says_it_and_no_sooner(session: Session) -> None:
    await note(session, MOVED, NEW)
    drift = await of(session, "R4")
    with pytest.raises(RuleBroken, match="still-differs"):
        await settle(session, drift)
    moved = {"employee": "R4", "unit": "r-two", "from_unit": "r-team", "on": str(MAY)}
    await take([event("employee-transferred", **moved)], session)
    before = await counted(session)
    await settle(session, drift)
    assert await seen(session) == [("R9", "unknown-to-us")]
    after = await counted(session)
    gone = {
        place: {kind: n - after[place].get(kind, 0) for kind, n in counts.items()}
        for place, counts in before.items()
    }
    assert sum(sum(each.values()) for each in gone.values()) == 1
    with pytest.raises(RuleBroken, match="unknown-drift"):
        await settle(session, drift, OFFICER)
    with pytest.raises(RuleBroken, match="forbidden"):
        await settle(session, await of(session, "R9"), OF_ONE)


async def test_who_is_new_and_who_left_are_settled_by_their_events(session: Session) -> None:
    await note(session, NEW, GONE)
    new, gone = await of(session, "R9"), await of(session, "R1")
    for drift in (new, gone):
        with pytest.raises(RuleBroken, match="still-differs"):
            await settle(session, drift)
    hired = {"employee": "R9", "name": "孙九", "on": str(MAY)}
    await take(
        [
            event("employee-hired", **hired),
            event("employee-assigned", employee="R9", unit="r-two", on=str(MAY)),
            event("employee-left", employee="R1", on=str(MAY)),
        ],
        session,
    )
    await settle(session, new)
    await settle(session, gone)
    assert await seen(session) == []


async def test_what_is_open_is_counted_by_plant_and_kind(session: Session) -> None:
    await note(session, MOVED, NEW, GONE)
    found = await open_by_plant(ReadSession(session))
    assert (found["r-two", "unknown-to-us"], found["r-two", "moved"]) == (1, 0)
    assert found["r-one", "unknown-to-hr"] == 1
    await leave_drift(LeaveDrift(drift=await of(session, "R9"), reason="新来的"), OFFICER, session)
    assert (await open_by_plant(ReadSession(session)))["r-two", "unknown-to-us"] == 0


KINDS: tuple[DriftKind, ...] = ("unknown-to-us", "unknown-to-hr", "duplicate", "left", "moved")


@pytest.mark.parametrize(("kind", "gone"), [*product(KINDS, (True, False))])
def test_list_and_roll_agree_only_where_they_say_the_same(kind: DriftKind, gone: bool) -> None:
    def with_roll(employed: bool, unit: str | None, *, whole: bool = True) -> bool:
        told = {"hr_unit": "a", "gone": gone, "whole": whole, "on_list": unit == "a"}
        return agree(kind, employed=employed, unit=unit, **told)  # type: ignore[arg-type]

    is_there, elsewhere, nowhere = (
        with_roll(True, "a"),
        with_roll(True, "b"),
        with_roll(False, None),
    )
    assert not elsewhere, "employed, and not where the list has them"
    if kind == "duplicate":
        assert (is_there, nowhere) == (False, False)
    elif kind == "unknown-to-hr":
        assert (is_there, nowhere) == (False, True)
        assert [with_roll(True, unit, whole=False) for unit in ("a", "b", None)] == [
            *(False, True, True)
        ]
    else:
        assert (is_there, nowhere) == (not gone, gone)


def test_a_line_that_says_nothing_but_its_kind_is_taken() -> None:
    """As it came before lines said more."""
    assert DriftLine(kind="moved", employee="R4").post is None
