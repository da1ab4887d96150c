"""In which province a plant lies, and by whose rules its matters are judged."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from deploy.local.home import Home
from services.membership import clock
from services.membership.app import service
from services.membership.corrections.asking import ask_correction
from services.membership.dues.months import dues_months
from services.membership.dues.payrolls import payroll_seen
from services.membership.dues.queries import dues_report
from services.membership.dues.rules import rule
from services.membership.provinces.lying import (
    province_of,
    province_of_person,
    provinces_known,
)
from services.membership.provinces.map import Map
from services.membership.provinces.saying import provinces, set_province
from shared.contracts import membership as m
from shared.database import ReadSession, Session
from shared.messages import uuid7
from shared.rights import Actor, Grant, RuleBroken
from tests.membership.dues_made import HEAD, OTHER, PLANT, entered, placed, two_plants
from tests.membership.planted import Worker, sheet_of
from tests.membership.refusals import refused
from tests.membership.test_hr_events import event, take

CHAIR = Actor("chair", uuid7(), (Grant("chair", f"company/{PLANT}"),))
IT = Actor("it", None, (Grant("it", "company"),))


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with two_plants(home) as session:
        yield session


MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


def test_a_unit_lies_where_the_nearest_at_or_above_it_does() -> None:
    known = Map.of(
        [
            ("company", m.InProvince(province="CN-ZJ")),
            ("a", m.InProvince(province="CN-SX", until=JUNE)),
            ("a", m.InProvince(province="CN-AH", since=JULY)),
        ]
    )
    team = "company/a/shop/team"
    assert [known.at(team, on) for on in (MAY, JUNE, JULY)] == ["CN-SX", "CN-ZJ", "CN-AH"]
    assert known.at("company/ab", MAY) == known.at("company", MAY) == "CN-ZJ"
    assert Map({}).at("company/a", MAY) == known.at(None, MAY) == "*"
    assert known.codes() == {"*", "CN-ZJ", "CN-SX", "CN-AH"}


async def said(
    session: Session, province: m.Province | None, unit: str = PLANT, on: date | None = None
) -> None:
    await set_province(m.SetProvince(unit=unit, province=province, on=on), CHAIR, session)


async def due_by(session: Session, unit: str) -> str:
    asked = m.DuesReport(unit=unit, month="2026-03")
    return (await dues_report(asked, HEAD, ReadSession(session))).funds.due_by.citation


async def test_the_rules_of_a_province_hold_for_its_plant_and_no_other(session: Session) -> None:
    before = await due_by(session, PLANT)
    await said(session, "CN-SX")
    assert "山西" in await due_by(session, PLANT)
    assert await due_by(session, OTHER) == before
    await said(session, "CN-ZJ")
    assert await due_by(session, PLANT) == before, "Zhejiang has no version of its own"
    await said(session, None)
    assert (await provinces_known(session)).at(f"company/{PLANT}/du-team", MAY) == "*"


async def test_a_payroll_keeps_the_province_that_was_known_when_it_was_opened(
    session: Session,
) -> None:
    await said(session, "CN-SX")
    payroll = await entered(sheet_of(("DU1", 5_000_00, 25_00)), session)
    await said(session, "CN-ZJ")
    assert (await payroll_seen(payroll, session)).province == "CN-SX"


async def test_chairs_of_the_place_and_it_say_so_and_officers_read_it(session: Session) -> None:
    await set_province(m.SetProvince(unit="company", province="CN-JS"), IT, session)
    await said(session, "CN-SX")
    read = await provinces(m.Provinces(), HEAD, ReadSession(session))
    seen = {each.unit: (each.province, each.holds) for each in read.items}
    assert seen["company"] == ("CN-JS", "CN-JS")
    assert seen[PLANT] == ("CN-SX", "CN-SX")
    assert seen[OTHER] == (None, "CN-JS")
    for actor, unit in ((CHAIR, OTHER), (HEAD, PLANT)):
        with pytest.raises(RuleBroken) as broken:
            await set_province(m.SetProvince(unit=unit), actor, session)
        assert broken.value.answer.status == 403
    team = m.SetProvince(unit="du-team", province="CN-SX")
    assert (await refused(set_province(team, CHAIR, session))).code == "no-plant"


def test_the_day_is_that_of_the_rule() -> None:
    assert rule("funds-due", date(2001, 12, 31), "CN-SX").province == "*"
    assert rule("funds-due", date(2002, 1, 1), "CN-SX").province == "CN-SX"


async def due_of(month: str, session: Session) -> str:
    asked = m.DuesReport(unit=PLANT, month=month)
    return (await dues_report(asked, HEAD, ReadSession(session))).funds.due_by.citation


async def test_a_change_from_a_day_on_leaves_what_is_of_earlier_days_to_the_earlier_province(
    session: Session,
) -> None:
    await said(session, "CN-SX")
    await said(session, "CN-ZJ", on=JUNE)
    assert "山西" in await due_of("2026-05", session)
    assert "山西" not in await due_of("2026-06", session)
    payroll = await entered(sheet_of(("DU1", 5_000_00, 25_00)), session)
    assert (await payroll_seen(payroll, session)).province == "CN-SX", "it is of March"
    months = m.DuesMonths(until="2026-06", months=2)
    assert await dues_months(months, HEAD, ReadSession(session))
    await said(session, "CN-AH", on=MAY)
    assert await periods(session) == [("CN-SX", None, MAY), ("CN-AH", MAY, None)], "June is gone"
    await said(session, None, on=JULY)
    assert await periods(session) == [("CN-SX", None, MAY), ("CN-AH", MAY, JULY)]
    await said(session, "CN-ZJ")
    assert await periods(session) == [("CN-ZJ", None, None)]


async def periods(session: Session) -> list[tuple[str, date | None, date | None]]:
    told = await provinces(m.Provinces(), HEAD, ReadSession(session))
    [held] = [each.periods for each in told.items if each.unit == PLANT]
    return [(each.province, each.since, each.until) for each in held]


DAYS = st.none() | st.dates(date(2026, 1, 1), date(2026, 1, 9))
SAID = st.lists(st.tuples(st.sampled_from(["CN-SX", "CN-ZJ", None]), DAYS), max_size=6)


@given(SAID)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None
)
async def test_each_day_has_the_last_that_was_said_of_it(
    session: Session, words: list[tuple[m.Province | None, date | None]]
) -> None:
    await said(session, None)
    for province, on in words:
        await said(session, province, on=on)
    known = await provinces_known(session)
    for day in range(1, 11):
        on = date(2026, 1, day)
        of_it = [province for province, since in words if since is None or since <= on]
        expected = (of_it[-1] if of_it else None) or "*"
        assert known.at(f"company/{PLANT}/du-team", on) == expected
        unit = await session.scalar(text("SELECT id FROM unit WHERE code = 'du-team'"))
        assert await province_of(unit, on, session) == expected


async def test_a_workshop_that_moved_is_judged_by_where_it_hung_on_the_day(
    session: Session,
) -> None:
    await said(session, "CN-SX")
    await take([event("unit-moved", unit="du-team", parent=OTHER, on=str(JUNE))], session)
    unit = await session.scalar(text("SELECT id FROM unit WHERE code = 'du-team'"))
    assert await province_of(unit, JUNE - timedelta(1), session) == "CN-SX"
    assert await province_of(unit, JUNE, session) == "*"


def told(session: Session) -> list[m.UnitPlaced]:
    return [one for one in session.info.pop("stated", []) if isinstance(one, m.UnitPlaced)]


async def test_it_is_told_of_the_plant_alone_and_whatever_else_is_said_of_it_repeats_it(
    session: Session,
) -> None:
    await said(session, "CN-SX")
    await said(session, "CN-ZJ", on=JUNE)
    _, fact = told(session)
    lies = (
        m.InProvince(province="CN-SX", until=JUNE),
        m.InProvince(province="CN-ZJ", since=JUNE),
    )
    assert (fact.code, fact.provinces) == (PLANT, lies)
    await take([event("unit-renamed", unit=PLANT, name="新名", on="2024-05-01")], session)
    [renamed] = told(session)
    assert (renamed.name, renamed.provinces) == ("新名", lies)
    assert [one.name for one in renamed.earlier] == [PLANT]
    await said(session, None)
    [gone] = told(session)
    assert (gone.provinces, gone.earlier) == ((), renamed.earlier)


async def test_what_was_said_before_facts_carried_it_is_told_once(session: Session) -> None:
    assert clock.provinces_are_untold in service.clocks
    await said(session, "CN-SX")
    [fact] = told(session)
    await clock.provinces_are_untold("company", session)
    again = [each for each in told(session) if each.code == PLANT]
    assert [each.model_dump(exclude={"time"}) for each in again] == [
        fact.model_dump(exclude={"time"})
    ]


async def test_a_request_for_correction_is_due_by_the_rules_where_the_person_is(
    session: Session,
) -> None:
    await said(session, "CN-SX")
    ids = await placed([Worker("DU9")], session)
    person = ids["DU9"]
    actor = Actor("du9", person, ())
    asked = m.AskCorrection(about="person", wrong="错", should_be="对")
    id = (await ask_correction(asked, actor, session)).id
    verdict = await session.scalar(
        text("SELECT due_verdict FROM correction WHERE id = :id"), {"id": id}
    )
    assert verdict["inputs"]["province"] == "CN-SX"
    assert await province_of_person(person, session) == "CN-SX"
