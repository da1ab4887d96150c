"""PostgreSQL: a service reaches the rows of its own schema, and nothing else at all."""

from collections.abc import AsyncIterator

import pytest

from deploy.local.home import SERVICES, Home
from deploy.local.provision import build_walls
from tests.walls.database import admin_of, doors_tried, statements_tried
from tests.walls.tries import Try, judged

OWNS = {
    "membership": {"membership"},
    "democracy": {"democracy"},
    "training": {"training"},
    "welfare": {"welfare"},
    "gateway": {"gateway", "views"},
}
IN_ITS_OWN = {"USE"} | {
    form.format(verb)
    for form in ("{}", "hold {}")
    for verb in ("SELECT", "INSERT", "UPDATE", "DELETE")
}
EVERYONES = {("USE", "public")}
"""The extensions live there; no table of it is anybody's."""


TO_ADD_TO_ONLY = {"gateway.audit_entry", "gateway.audit_seal"}
CHANGES = {"UPDATE", "DELETE", "hold UPDATE", "hold DELETE"}


def lawful(each: Try) -> bool:
    assert each.who in OWNS, f"{each.who} is new: say what it owns"
    if each.what in TO_ADD_TO_ONLY and each.verb in CHANGES:
        return False
    own = each.what.partition(".")[0] in OWNS[each.who]
    return (own and each.verb in IN_ITS_OWN) or (each.verb, each.what) in EVERYONES


@pytest.fixture
async def foreign(home: Home) -> AsyncIterator[str]:
    """A schema that belongs to no service, such as one that a bench leaves behind."""
    async with admin_of(home) as admin:
        await admin.execute("CREATE SCHEMA foreigner; CREATE TABLE foreigner.rows (id int)")
        yield "foreigner"
        await admin.execute("DROP SCHEMA foreigner CASCADE")


async def test_a_role_reads_and_writes_the_rows_of_its_schema_and_can_do_nothing_else(
    home: Home, foreign: str
) -> None:
    outcomes = await statements_tried(home)
    assert Try("democracy", "SELECT", f"{foreign}.rows") in outcomes
    judged(outcomes, lawful).must_be_lawful("PostgreSQL, role by schema by verb")


async def test_a_role_enters_one_database_with_its_own_password_only(home: Home) -> None:
    def enters(each: Try) -> bool:
        return (each.who in SERVICES and each.verb, each.what) == ("its own password", "tongxin")

    judged(await doors_tried(home), enters).must_be_lawful("PostgreSQL, role by database")


async def test_what_was_opened_is_seen_and_nothing_else_and_provisioning_closes_it(
    home: Home,
) -> None:
    async with admin_of(home) as admin:
        await admin.execute("GRANT USAGE ON SCHEMA membership TO democracy")
        await admin.execute("GRANT SELECT (id) ON membership.person TO democracy")
        await admin.execute("GRANT membership_owner TO gateway")
    seen = judged(await statements_tried(home), lawful)
    assert seen.allows == {
        Try("democracy", "USE", "membership"),
        Try("democracy", "SELECT", "membership.person"),
        Try("democracy", "hold SELECT", "membership.person"),
        Try("gateway", "SET ROLE", "membership_owner"),
    }
    assert not seen.refusals
    await build_walls(home)
    judged(await statements_tried(home), lawful).must_be_lawful("PostgreSQL, provisioned again")
