"""A form as a person has it before them: what was typed, what is wrong with it, and the key by
which it is done once only, however often it is sent.

Nothing that was typed gets lost: what a rule refuses, what is malformed and what came while a
service was away is shown again with its content; so is what came without a session, after signing
in (`keeping.py`).
"""

import hmac
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic import ValidationError
from starlette.requests import Request

from services.gateway.pages.forgery import form_of
from services.gateway.pages.form_token import FIELD
from services.gateway.problems import Problem
from services.gateway.site import Site
from shared.messages import Accepted, Command, uuid7
from shared.rights import Actor

KEY, WRITER, LOOK = "key", "writer", "look"
"""Hidden fields: the Idempotency-Key; whose form it is; to be shown again and not sent."""
OURS = {KEY, WRITER, LOOK, FIELD}


class Wrong(NamedTuple):
    """What is wrong with a field, or with the whole (None). `code` is that of a refusal or of
    pydantic's error, `given` what its words are about; `detail` is the last resort."""

    field: str | None
    code: str
    given: Mapping[str, Any]
    detail: str


@dataclass
class Draft:
    """`typed` as it came, field by field. `shown`: what was done shows already. `scope` is that of
    the request, where a refusal is noted for the audit log."""

    scope: MutableMapping[str, Any]
    typed: dict[str, str]
    key: str
    writer: str
    wrongs: list[Wrong] = field(default_factory=list)
    status: int = 200
    looked_at: bool = False
    shown: bool = True

    def __getitem__(self, name: str) -> str:
        return self.typed.get(name, "")

    def of(self, name: str) -> list[Wrong]:
        return [wrong for wrong in self.wrongs if wrong.field == name]

    async def send(
        self, site: Site, actor: Actor, kind: type[Command], fields: Mapping[str, Any]
    ) -> Accepted | None:
        """Asks the owner, as the API does, and waits for the views. None: it is to be shown again,
        because that was asked for, or for what `wrongs` and `status` say, which may be known
        already. An empty field was not filled in."""
        if self.looked_at or self.wrongs:
            return None
        given = {name: value for name, value in fields.items() if value not in ("", None)}
        try:
            command = kind.model_validate(given, extra="forbid")
        except ValidationError as error:
            self.wrongs, self.status = wrongs_in(error), 422
            return None
        try:
            accepted = await site.asking.command(command, actor, self.key)
        except Problem as problem:
            self._refused(problem)
            return None
        self.shown = await site.applied.reached(accepted.facts)
        return accepted

    def _refused(self, problem: Problem) -> None:
        field = problem.more.get("field")
        self.wrongs = [Wrong(field, problem.code, {}, problem.detail)]
        if rows := problem.more.get("rows"):
            self.wrongs = [
                Wrong(field, row["code"], {"row": row["row"]}, row["detail"]) for row in rows
            ]
        self.status = problem.status
        if problem.status == 403:
            self.scope["refused"] = problem.code
        if problem.status != 503:
            # The answer to the old key is that refusal, for good.
            self.key = str(uuid7())


def wrongs_in(error: ValidationError) -> list[Wrong]:
    """One a field, without what was typed."""
    found: dict[str, Wrong] = {}
    for each in error.errors(include_input=False, include_url=False):
        name = str(each["loc"][0]) if each["loc"] else ""
        wrong = Wrong(name or None, each["type"], each.get("ctx", {}), each["msg"])
        found.setdefault(name, wrong)
    return list(found.values())


def writer_of(site: Site, account: str) -> str:
    """Stands for an account in its forms and names nobody."""
    return hmac.digest(site.key_for("drafts"), account.encode(), "sha256").hex()[:32]


async def draft_of(site: Site, request: Request, actor: Actor, **typed: str) -> Draft:
    """A fresh one for a GET, with what is `typed` for the person; for a POST what was sent."""
    if request.method != "POST":
        return Draft(request.scope, typed, str(uuid7()), writer_of(site, actor.account))
    form = await form_of(request)
    kept = {name: value.replace("\r\n", "\n") for name, value in form.items() if name not in OURS}
    return Draft(
        request.scope,
        kept,
        form.get(KEY, "")[:255] or str(uuid7()),
        writer_of(site, actor.account),
        looked_at=LOOK in form,
    )
