"""hr, auditor and it: from the provider's groups, or from the account here."""

from collections.abc import AsyncIterator, Callable

import pytest

from deploy.local.home import Home
from shared.settings import Settings
from tests.pages.company.conftest import NEWCOMER, Browser, gateway_of, leads_to
from tests.pages.company.provider import Company
from tests.pages.conftest import said_to_record

OWN = f"{NEWCOMER}@company"


@pytest.fixture
async def by_groups(
    at_door: Browser, told_of: Callable[..., None], settings: Callable[[str], Settings]
) -> AsyncIterator[Browser]:
    """At a gateway that takes the roles from groups."""
    told_of(roles="union-hr=hr, CN=union-it=it", roles_claim="memberOf")
    async with gateway_of(settings("gateway")) as browser:
        yield browser


async def roles(browser: Browser) -> set[str]:
    """Those that the session has. The session is a token of the API's too, for the test alone."""
    known = await browser.site.tokens.known(browser.client.cookies["session"])
    return set(known.actor.roles())


async def test_roles_are_those_of_the_groups_anew_at_each_sign_in(
    by_groups: Browser, company: Company, site: Home
) -> None:
    for groups, expected in (
        (["union-hr", "others", "CN=union-it"], {"hr", "it"}),
        (["union-hr"], {"hr"}),
        ("union-hr", {"hr"}),
        (["union", 7, None], set()),
        ({"union-hr": True}, set()),
        ([], set()),
    ):
        company.employs("new", employee_number=NEWCOMER, memberOf=groups)
        leads_to(await by_groups.sign_in("new"))
        assert await roles(by_groups) == expected
    ours = "SELECT cardinality(roles) FROM account WHERE name = :name"
    assert await said_to_record(site, ours, name=OWN) == 0, "they end with the session"


async def test_who_is_in_no_group_has_no_role_even_where_the_account_has_one(
    by_groups: Browser, company: Company, site: Home
) -> None:
    company.employs("new", employee_number=NEWCOMER)
    leads_to(await by_groups.sign_in("new"))
    given = "UPDATE account SET roles = '{it}' WHERE name = :name"
    await said_to_record(site, given, name=OWN)
    by_groups.site.tokens.forget()
    assert await roles(by_groups) == set()


async def test_without_a_mapping_roles_are_ours(
    at_door: Browser, company: Company, site: Home
) -> None:
    company.employs("new", employee_number=NEWCOMER, groups=["hr", "it"])
    leads_to(await at_door.sign_in("new"))
    assert await roles(at_door) == set()
    given = "UPDATE account SET roles = '{auditor}' WHERE name = :name"
    await said_to_record(site, given, name=OWN)
    at_door.site.tokens.forget()
    assert await roles(at_door) == {"auditor"}


async def test_no_group_gives_a_role_that_posts_give(
    told_of: Callable[..., None], settings: Callable[[str], Settings]
) -> None:
    told_of(roles="bosses=chair")
    with pytest.raises(ValueError, match="chair"):
        async with gateway_of(settings("gateway")):
            pass
