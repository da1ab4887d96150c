"""`/hr/snapshot`: HR's list of who is where, as a sheet: compared with the roll, then taken in."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date

from fastapi import APIRouter
from pydantic import TypeAdapter, ValidationError

from services.gateway.pages.bulk import Account, Bulk, Job, Verdict, steps
from services.gateway.pages.drafts import Draft, Wrong
from services.gateway.pages.languages import marked as _
from services.gateway.site import Site
from services.gateway.snapshot.door import Asked, Compared, Door
from services.gateway.snapshot.listed import FIELDS
from services.gateway.views.codes import codes
from shared.calendar import today
from shared.contracts.hr import HrEvent
from shared.contracts.hr_units import ROOT
from shared.contracts.membership import PlacedOn
from shared.database import reading
from shared.messages import DAY, UNIT
from shared.publishing import Outgoing

OUTCOMES = {
    "same": _("As on the roll"),
    "hired": _("New on the roll"),
    "assigned": _("Placed in a unit"),
    "moved": _("Moved to another unit"),
    "retitled": _("Another job"),
    "unassigned": _("In no unit any more"),
    "left": _("Left"),
    "missing": _("On the roll, not on the list"),
}
LABELS = {
    "on": _("As of"),
    "unit": _("List of"),
    "complete": _("Everybody is on this list"),
    "ends": _("Who is missing"),
    "count": _("How many are missing"),
}
_DAY: TypeAdapter[object] = TypeAdapter(DAY)
_UNIT: TypeAdapter[object] = TypeAdapter(UNIT)
AGAIN = 5.0
"""Seconds after which it is said again that it is worked on, while services are hearing."""
BATCH = 1000


def router(site: Site) -> APIRouter:
    return steps(
        site,
        Bulk(
            kind="snapshot",
            path="/hr/snapshot",
            back="/",
            title=_("HR's list of who is where"),
            about=_(
                "A row for each person: number, name, unit, and since when if it is known. It is "
                "compared with the roll of its day, row by row; what differs becomes events of HR."
            ),
            deed=_("Take it into the roll"),
            for_whom=PlacedOn.for_whom,
            fields=FIELDS,
            outcomes=OUTCOMES,
            weigh=weigh,
            do=do,
            asks="bulk/snapshot_asks.html",
            asked=asked,
            first=lambda: {"on": today().isoformat(), "unit": ROOT},
            confirms="bulk/snapshot_confirms.html",
            confirmed=confirmed,
            labels=LABELS,
        ),
    )


def asked(draft: Draft) -> Mapping[str, str]:
    """The list's day, the unit that it is of, and whether it claims to be complete."""
    given = {"on": draft["on"], "unit": draft["unit"] or ROOT, "complete": draft["complete"]}
    for name, kind, code in (("on", _DAY, "no-day"), ("unit", _UNIT, "string_pattern_mismatch")):
        try:
            kind.validate_python(given[name])
        except ValidationError:
            draft.wrongs.append(Wrong(name, code, {}, "this cannot be so"))
            return given
    if given["on"] > today().isoformat():
        draft.wrongs.append(Wrong("on", "day-ahead", {}, "that day is still to come"))
    return given


def confirmed(draft: Draft, account: Account) -> Mapping[str, str]:
    """Nobody's days end by a file that was cut off: that they do is said for itself; of many, with
    their number."""
    ends = draft["ends"] == "true"
    if ends and account.more["cut_off"] and draft["count"].strip() != str(account.more["missing"]):
        detail = "write how many they are"
        draft.wrongs.append(Wrong("count", "wrong-count", {}, detail))
    return {"ends": "true" if ends else ""}


async def weigh(job: Job) -> Account:
    """Nothing is changed in the roll; the meter is told how far list and roll are apart."""
    door = await _door(job)
    seen = await door.compare(job.sheet, job.columns, asked_of(job))
    await door.note(seen)
    return account_of(job, seen, ends=False)


async def do(job: Job) -> Account:
    """Compares again, says what differs as events, waits until all have heard, and then looks
    whether the roll is as the list says: what did not take stands at the desk."""
    ends = job.asked.get("ends") == "true"

    async def publish(events: Sequence[HrEvent]) -> None:
        await published(job.site, events, job.tell)

    door = await _door(job)
    taken, after = await door.take(
        job.sheet, job.columns, asked_of(job), ends=ends, publish=publish
    )
    await door.note(after)
    return account_of(job, taken, ends=ends)


def asked_of(job: Job) -> Asked:
    on = date.fromisoformat(job.asked["on"])
    return Asked(on, job.asked["unit"], job.asked.get("complete") == "true")


async def _door(job: Job) -> Door:
    async with reading(job.site.sessions) as session:
        units = frozenset(await codes(session))
    return Door(job.site.asking, job.actor, units, job.tell)


async def published(
    site: Site, events: Sequence[HrEvent], tell: Callable[[int], Awaitable[None]]
) -> None:
    """Returns when every service has heard; `tell` is called meanwhile."""
    last = 0
    for start in range(0, len(events), BATCH):
        some = events[start : start + BATCH]
        places = await site.publish(
            [Outgoing(each.address(site.settings.site), None, each.body, each.id) for each in some]
        )
        last = max(last, *places)
        await tell(0)
    settled = asyncio.ensure_future(site.settled.after(last))
    try:
        while not settled.done():
            await asyncio.wait({settled}, timeout=AGAIN)
            await tell(0)
        await settled
    finally:
        settled.cancel()


def account_of(job: Job, seen: Compared, *, ends: bool) -> Account:
    verdicts = [
        Verdict(
            line.row,
            line.employee,
            line.difference.becomes,
            line.difference.why,
            line.difference.why,
            line.given,
        )
        for line in seen.lines
    ]
    verdicts += [
        Verdict(0, line.employee, line.difference.becomes if ends else "missing")
        for line in seen.missing
    ]
    more = {
        "on": seen.asked.on.isoformat(),
        "missing": len(seen.missing),
        "have": seen.have,
        "cut_off": seen.may_be_cut_off,
        "whole": seen.asked.unit == ROOT,
        "drift": dict(seen.drift()),
    }
    return Account(job.sheet.header, verdicts, more)
