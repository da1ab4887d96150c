"""The compliance check of the SCIM libraries' makers, against a running site."""

from sqlalchemy import text

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from tests.scim.compliance import check
from tests.scim.conftest import ENTERPRISE, Directory

AT_LEAST = 60


async def test_the_compliance_check_finds_nothing(site: Home, directory: Directory) -> None:
    """It looks for what it made on the first page of a list, so other tests' people leave first."""
    async with gateway_session(site) as session:
        await session.execute(text("DELETE FROM scim_user"))
        await session.commit()
    verdict = await check(f"{site.url}/scim/v2", directory.company.tokens["hr"])
    assert verdict.ended["SUCCESS"] >= AT_LEAST, verdict.said
    assert set(verdict.ended) <= {"SUCCESS", "SKIPPED"}, verdict.said
    types = (await directory.ask("GET", "/ResourceTypes")).json()["Resources"]
    [people] = [each for each in types if each["id"] == "User"]
    assert people["schemaExtensions"] == [{"schema": ENTERPRISE, "required": True}]


async def test_the_check_would_find_a_door_that_is_closed(site: Home, directory: Directory) -> None:
    """With the token of somebody else nothing succeeds."""
    verdict = await check(f"{site.url}/scim/v2", directory.company.tokens["officer"])
    assert verdict.ended["SUCCESS"] == 0, verdict.said
    assert "this is for hr" in verdict.said
