"""Whoever has left the company has left their rights behind, whatever posts they still hold."""

from deploy.local.gateway import gateway_session
from deploy.local.home import Home
from services.gateway.accounts import begin_session, keep_account
from shared.calendar import today
from tests.journeys.conftest import PLANT, Company, event

LEAVER, ELSEWHERE = "J-leaver", "j-elsewhere"


async def test_a_post_and_a_role_give_rights_until_the_last_day_of_work(
    company: Company, site: Home
) -> None:
    day = {"employee": LEAVER, "on": "2024-03-01"}
    hired = await company.feed(
        event("unit-created", unit=ELSEWHERE, name="别处", kind="plant", parent="company"),
        event("employee-hired", name="路过", **day),
        event("employee-assigned", unit=ELSEWHERE, **day),
    )
    assert hired.status_code == 200
    async with gateway_session(site) as session:
        await keep_account(session, "j-leaver", employee=LEAVER, roles=["hr"])
        company.tokens["leaver"], _ = await begin_session(session, "j-leaver")
        await session.commit()
    post = {"employee": LEAVER, "role": "officer", "unit": PLANT, "on": "2024-03-02"}
    assert (await company.ask("it", "membership/appoint-post", post)).status_code == 201
    assert (await company.get("leaver", "views/person", employee="J1")).status_code == 200
    assert (await company.get("leaver", "membership/heads", on="2024-03-05")).status_code == 200
    left = await company.feed(event("employee-left", employee=LEAVER, on=today().isoformat()))
    assert left.status_code == 200
    assert (await company.get("leaver", "views/person", employee="J1")).status_code == 403
    assert (await company.get("leaver", "membership/heads", on="2024-03-05")).status_code == 403
