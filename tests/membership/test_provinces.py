"""In which province a plant lies, and by whose rules its matters are judged."""

from collections.abc import AsyncIterator
from datetime import date

import pytest

from deploy.local.home import Home
from services.membership.dues.payrolls import payroll_seen
from services.membership.dues.queries import dues_report
from services.membership.dues.rules import rule
from services.membership.provinces import Map, provinces, provinces_known, set_province
from shared.contracts import membership as m
from shared.database import ReadSession, Session
from shared.messages import uuid7
from shared.rights import Actor, Grant, RuleBroken
from tests.membership.dues_made import HEAD, OTHER, PLANT, entered, two_plants
from tests.membership.planted import sheet_of
from tests.membership.refusals import refused

CHAIR = Actor("chair", uuid7(), (Grant("chair", f"company/{PLANT}"),))
IT = Actor("it", None, (Grant("it", "company"),))


@pytest.fixture
async def session(home: Home) -> AsyncIterator[Session]:
    async with two_plants(home) as session:
        yield session


def test_a_unit_lies_where_the_nearest_at_or_above_it_does() -> None:
    known = Map({"company": "CN-ZJ", "company/a": "CN-SX"})
    assert known.at("company/a/shop/team") == "CN-SX"
    assert known.at("company/ab") == known.at("company") == "CN-ZJ"
    assert Map({}).at("company/a") == Map({"company/a": "CN-SX"}).at(None) == "*"


async def said(session: Session, province: m.Province | None, unit: str = PLANT) -> None:
    await set_province(m.SetProvince(unit=unit, province=province), CHAIR, session)


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
    assert (await provinces_known(session)).at(f"company/{PLANT}/du-team") == "*"


async def test_a_payroll_keeps_the_province_in_which_it_was_opened(session: Session) -> None:
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
