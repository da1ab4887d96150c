"""Signing in at a kiosk: the number on a badge and a PIN."""

from starlette.requests import Request

from services.gateway import audit
from services.gateway.accounts import begin_session, end_session, token_hash
from services.gateway.pins import account_of, end_at_kiosks, prove_pin, set_pin
from services.gateway.problems import Problem
from services.gateway.site import Site
from services.gateway.tokens import Known
from shared.database import Session


def must_stand_there(site: Site, request: Request) -> None:
    """Raises `Problem` (403) for whoever comes from where no kiosk stands."""
    if not site.door.is_kiosk(site.throttle.where(request)):
        raise Problem(403, "no-kiosk-here", "no kiosk stands where this comes from")


async def sign_in_at_kiosk(
    site: Site, request: Request, badge: str, pin: str, *, instead_of: str | None
) -> str:
    """The token of a new session; the one with the token `instead_of` ends, and so does the
    account's at another kiosk, which was left open. Raises `Problem`: 401 for a wrong badge or PIN,
    whichever; 403 where no kiosk stands; 429 after too many tries."""
    must_stand_there(site, request)
    tries = site.throttle.at_kiosk(badge, site.throttle.address(request))
    await tries.take()
    proved = await prove_pin(site.sessions, site.pin_key, badge, pin)
    if proved is None:
        account = await account_of(badge, site.sessions)
        await site.audit.note(audit.Entry("not signed in", "kiosk", account))
        raise Problem(401, "wrong-pin", "badge or PIN is wrong")
    await tries.give_back()
    async with site.sessions() as session:
        token = await _begin(site, request, proved.account, proved.stored, session)
        await audit.add(session, audit.Entry("signed in", "kiosk", proved.account))
        if instead_of:
            await end_session(session, instead_of)
        await session.commit()
    site.tokens.forget()
    return token


async def _begin(site: Site, request: Request, account: str, stored: str, session: Session) -> str:
    token, _ = await begin_session(
        session,
        account,
        length=site.door.kiosk_length,
        kind="kiosk",
        agent=request.headers.get("user-agent", ""),
        proved=stored,
    )
    await end_at_kiosks(session, account, but=token_hash(token))
    return token


async def choose_own_pin(
    site: Site, request: Request, known: Known, pin: str, instead_of: str
) -> str:
    """Instead of one that IT has given; the token under which the session goes on. Raises
    `Problem` (401) when the PIN is another by now."""
    account, hashed = known.actor.account, await site.pin_key.hashed(pin)
    async with site.sessions() as session:
        if not await set_pin(session, account, hashed, given=False, instead_of=instead_of):
            raise Problem(401, "wrong-pin", "the PIN was changed meanwhile")
        await audit.add(session, audit.Entry.by(known.actor, "PIN changed", "kiosk"))
        token = await _begin(site, request, account, hashed, session)
        await session.commit()
    return token
