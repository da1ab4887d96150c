"""`/account/messages`: whether, when and where to somebody is sent what is new for them."""

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.doors import door
from services.gateway.pages import reading
from services.gateway.pages.done import go_on
from services.gateway.pages.drafts import Draft, Wrong, draft_of, wrongs_in
from services.gateway.pages.keeping import keeps
from services.gateway.pages.languages import language_of
from services.gateway.pages.layout import page
from services.gateway.pages.message import SETTINGS, code_words
from services.gateway.pages.signing import NO_STORE, signed_in
from services.gateway.problems import Problem
from services.gateway.site import Site
from services.gateway.telling.channel import LONGEST_ADDRESS, Channel
from services.gateway.telling.confirming import (
    Asked,
    ask_for_code,
    asked_of,
    confirm,
    forget_asked,
    new_code,
)
from services.gateway.telling.digests import digest_of, keep_digest, stop_digest
from services.gateway.telling.due import EARLIEST, LATEST
from services.gateway.telling.sending import Message, Sender
from shared.for_whom import OWN_ACCOUNT, SIGNED_IN
from shared.messages import NO_NUL
from shared.rights import Actor

CODE = SETTINGS + "/code"


class Wanted(BaseModel):
    """The form. `hour` in the plant's zone."""

    every: Literal["off", "day", "week"]
    hour: int = Field(default=8, ge=EARLIEST, le=LATEST)
    address: str = Field(default="", max_length=LONGEST_ADDRESS, pattern=NO_NUL)


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    def channel() -> Channel | None:
        return Channel.of(site.settings.secrets)

    async def form(
        request: Request, actor: Actor, draft: Draft | None = None, code: Draft | None = None
    ) -> Response:
        async with site.sessions() as session:
            digest = await digest_of(actor.account, session)
            asked = await asked_of(actor.account, session)
        now: dict[str, Any] = vars(digest) if digest else {"every": "off", "hour": 8}
        typed = {name: str(now.get(name) or "") for name in ("every", "hour", "address")}
        fresh = await draft_of(site, request, actor, **typed)
        if code and request.method == "POST":  # what was sent belongs to the other form
            fresh.typed = typed
        draft = draft or fresh
        return page(
            request,
            "account_messages",
            (code or draft).status,
            actor=actor,
            channel=channel(),
            digest=digest,
            asked=asked,
            draft=draft,
            code=code or Draft(request.scope, {}, draft.key, draft.writer),
            earliest=EARLIEST,
            latest=LATEST,
            longest=LONGEST_ADDRESS,
        )

    @routes.get(SETTINGS, response_class=Response)
    @door("消息设置表单", SIGNED_IN)
    async def messages(request: Request) -> Response:
        return await form(request, await signed_in(site, request))

    @routes.post(SETTINGS, response_class=Response)
    @door("改消息设置", OWN_ACCOUNT)
    @keeps(site)
    async def choose(request: Request) -> Response:
        """Off at once; an address that is new begins to count with the code that is sent to it."""
        actor = await signed_in(site, request)
        draft = await draft_of(site, request, actor)
        if draft.looked_at:
            return await form(request, actor, draft)
        filled = {name: value for name, value in draft.typed.items() if value.strip()}
        try:
            wanted = Wanted.model_validate_strings(
                {name: filled[name].strip() for name in Wanted.model_fields if name in filled}
            )
        except ValidationError as error:
            draft.wrongs, draft.status = wrongs_in(error), 422
            return await form(request, actor, draft)
        if wanted.every == "off":
            async with site.sessions() as session:
                await stop_digest(actor.account, session)
                await session.commit()
            return go_on(SETTINGS, "messages-off")
        try:
            done = await _begin(site, request, actor, wanted, channel())
        except _CannotBeSentError as cannot:
            draft.wrongs, draft.status = [cannot.wrong], cannot.status
            return await form(request, actor, draft)
        return go_on(SETTINGS, done)

    @routes.get(CODE, response_class=Response)
    @door("回到消息设置", SIGNED_IN)
    async def coding(request: Request) -> Response:
        """The form for it is on the page of the settings."""
        await signed_in(site, request)
        return RedirectResponse(SETTINGS, 303, headers=NO_STORE)

    @routes.post(CODE, response_class=Response)
    @door("确认消息地址", OWN_ACCOUNT)
    @keeps(site)
    async def code(request: Request) -> Response:
        actor = await signed_in(site, request)
        draft = await draft_of(site, request, actor)
        if draft.looked_at:
            return await form(request, actor, code=draft)
        async with site.sessions() as session:
            right = await confirm(actor.account, draft["code"].strip(), session)
            await session.commit()
        if right:
            return go_on(SETTINGS, "messages-on")
        draft.wrongs, draft.status = [Wrong("code", "wrong-code", {}, "not this code")], 422
        return await form(request, actor, code=draft)

    return routes


class _CannotBeSentError(Exception):
    """Why not, at which field."""

    def __init__(self, field: str | None, code: str, status: int = 422) -> None:
        super().__init__(code)
        self.wrong, self.status = Wrong(field, code, {}, code), status


async def _begin(
    site: Site, request: Request, actor: Actor, wanted: Wanted, channel: Channel | None
) -> str:
    """What was done. Raises `_CannotBeSentError`."""
    assert wanted.every != "off"
    if channel is None:
        raise _CannotBeSentError(None, "no-channel", 409)
    language, address = language_of(request).code, wanted.address or None
    if not channel.asks:
        async with site.readers.one() as reader:
            number = await reading.employee_of(actor.person, reader)
        if number is None or not channel.takes(number):
            raise _CannotBeSentError(None, "no-number", 409)
        address = None
    elif address is None:
        raise _CannotBeSentError("address", "missing")
    elif not channel.takes(address):
        raise _CannotBeSentError("address", "bad-address")
    async with site.sessions() as session:
        digest = await digest_of(actor.account, session)
        if address is None or (digest and digest.address == address):
            await keep_digest(actor.account, wanted.every, wanted.hour, language, address, session)
            await session.commit()
            return "messages-on"
    asked = Asked(wanted.every, wanted.hour, language, address)
    await _send_code(site, actor, asked, channel)
    return "code-sent"


async def _send_code(site: Site, actor: Actor, asked: Asked, channel: Channel) -> None:
    """Seldom enough that nobody can be pestered by it. Raises `_CannotBeSentError`."""
    try:
        await site.throttle.at_code(actor.account, asked.address.lower()).take()
    except Problem as problem:
        if problem.status != 429:
            raise
        raise _CannotBeSentError("address", "too-many-codes", 429) from None
    code = new_code()
    async with site.sessions() as session:
        await ask_for_code(actor.account, asked, code, session)
        await session.commit()
    words = code_words(code, asked.language)
    async with Sender() as sender:
        outcome = await sender.send(Message(channel.to(asked.address), *words))
    if outcome != "sent":
        async with site.sessions() as session:
            await forget_asked(actor.account, session)
            await session.commit()
        raise _CannotBeSentError("address", "not-through", 503)
