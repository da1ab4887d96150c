"""Files that come with a form: looked into one by one, and kept with the form until it is sent.

What is wrong with one stands at the field; the others and all that was typed stay.
"""

from uuid import UUID

from starlette.requests import Request

from services.gateway.files.kinds import Unfit
from services.gateway.files.names import legible, safe_name
from services.gateway.files.shelf import Waiting
from services.gateway.pages.drafts import WRITER, Draft, Wrong, writer_of
from services.gateway.pages.multipart import UNKEPT, Given
from services.gateway.problems import Problem
from services.gateway.site import Site
from shared.messages import uuid7
from shared.rights import Actor

FIELD, SHOWS = "files", "shows"
BUNDLE = "bundle"
"""A hidden field: under which the form's files wait, together with the account."""
LEAVE = "leave-"
"""Before the id of a file that is to be left out."""
LONGEST_WORDS = 200


def new_bundle() -> str:
    return str(uuid7())


async def kept_files(site: Site, actor: Actor, draft: Draft) -> list[Waiting]:
    """Those that wait with the form; a form that was just made has none."""
    if draft.scope["method"] != "POST":
        return []
    return await site.shelf.waiting(_bundle_of(site, actor.account, draft.typed))


async def bring_files(site: Site, request: Request, actor: Actor, draft: Draft) -> bytes:
    """Leaves out what is to be left out and keeps what came. What is wrong is in the draft then.
    Returns the bundle."""
    draft.typed.setdefault(BUNDLE, new_bundle())
    bundle = _bundle_of(site, actor.account, draft.typed)
    leave = [_id(name) for name in draft.typed if name.startswith(LEAVE)]
    if ids := [id for id in leave if id]:
        await site.shelf.leave_out(bundle, ids)
    if draft.looked_at:
        lost = draft[UNKEPT].split("\n") if draft[UNKEPT] else []
        draft.wrongs += [_wrong("file-not-kept", name) for name in lost]
    if actor.person is not None:  # others can say nothing either, as they will hear
        draft.wrongs += await _receive(site, request, actor.account, bundle, draft.typed)
    if draft.wrongs and not draft.looked_at:
        draft.status = 422
        if draft["hidden"] != "true":  # on record it would tell who was about to write
            request.scope["refused"] = draft.wrongs[0].code
    return bundle


async def keep_files(site: Site, request: Request, form: dict[str, str]) -> None:
    """What came without a session, for the person who was signed in before: they find it again
    with the form. Nothing is said of what is wrong but that it was not kept."""
    account = getattr(request.state, "bringer", None)
    if account and form.get(WRITER) == writer_of(site, account) and BUNDLE in form:
        await _receive(site, request, account, _bundle_of(site, account, form), form)


async def _receive(
    site: Site, request: Request, account: str, bundle: bytes, form: dict[str, str]
) -> list[Wrong]:
    wrongs, kept = [], []
    given: list[Given] = getattr(request.state, "files", [])
    shows = " ".join(legible(form.get(SHOWS, "").replace("/", "∕")).split())[:LONGEST_WORDS]
    for one in given:
        try:
            await _keep(site, account, bundle, one, shows)
            kept.append(one.name)
        except Unfit as unfit:
            wrongs.append(_wrong(unfit.code, one.name))
        finally:
            one.content.close()
    request.state.files = []
    if given:
        # Whatever page comes now has it from here.
        request.state.form[UNKEPT] = "\n".join(one.name for one in given if one.name not in kept)
    return wrongs


async def _keep(site: Site, account: str, bundle: bytes, given: Given, shows: str) -> None:
    """Raises `Unfit`."""
    if given.wrong:
        raise Unfit(given.wrong)
    try:
        await site.throttle.at_upload(account).take()
    except Problem as problem:
        if problem.status != 429:
            raise
        raise Unfit("too-many-uploads") from None
    fit = await site.checking.checked(given.content)
    with fit.content:
        await site.shelf.keep(bundle, fit, name=safe_name(given.name, fit.kind), shows=shows)


def _bundle_of(site: Site, account: str, form: dict[str, str]) -> bytes:
    return site.shelf.bundle(account, form.get(BUNDLE, ""))


def _wrong(code: str, name: str) -> Wrong:
    name = legible(name) or "?"
    return Wrong(FIELD, code, {"name": name}, f"{name}: {code}")


def _id(name: str) -> UUID | None:
    try:
        return UUID(name.removeprefix(LEAVE))
    except ValueError:
        return None
