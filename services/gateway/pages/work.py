"""`/work`: everything that waits for a person in their posts, by the day it is due."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.back.log import stuck
from services.gateway.doors import door
from services.gateway.pages import sheets
from services.gateway.pages.layout import page
from services.gateway.pages.lists import asked_for, given_in
from services.gateway.pages.signing import signed_in
from services.gateway.problems import Problem
from services.gateway.site import Site
from services.gateway.views.work import WorkAsked, work
from shared.contracts.membership import (
    CorrectionLine,
    Corrections,
    CorrectionsOf,
    DeskCounts,
    DeskCountsOf,
    DuesMonths,
    DuesMonthsOf,
    ErasuresWaiting,
    ErasuresWaitingOf,
    LapseCounts,
    LapseCountsOf,
    MissingBodies,
    MissingBodiesOf,
    OwnCorrections,
    OwnCorrectionsOf,
)
from shared.for_whom import SIGNED_IN
from shared.rights import Actor

SHOWN = 200
MONTHS = 12
"""Of the books; the page of dues is led to with as many."""
ANSWERED_LATELY = timedelta(days=14)


def is_news(one: CorrectionLine) -> bool:
    """Waits for an answer, or has had it for two weeks at most."""
    return one.settled_at is None or (
        one.state == "answered" and datetime.now(UTC) - one.settled_at < ANSWERED_LATELY
    )


class Lapsing(NamedTuple):
    to_admonish: int
    over: int


class Books(NamedTuple):
    """Months of which the firm's 2 % is overdue, months that are not booked though they should be,
    and faults in dues that nobody has settled."""

    overdue: int
    unreported: int
    unsettled: int


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def of_hr(actor: Actor) -> DeskCountsOf:
        """How much of what HR says waits: asked of membership, for no view knows it. What else
        waits is shown without it while membership is away."""
        none = DeskCountsOf(unfit=0, drift=0)
        if not DeskCounts.for_whom.includes(actor):
            return none
        try:
            told = await site.asking.query(DeskCounts(), actor)
        except Problem as problem:
            if problem.status != 503:
                raise
            return none
        found = DeskCountsOf.model_validate(told)
        return found if "officer" in actor.roles() else found.model_copy(update={"unfit": 0})

    async def in_the_books(actor: Actor) -> Books:
        """What waits of dues and of the firm's 2 % in the months of a year: as above."""
        if not DuesMonths.for_whom.includes(actor):
            return Books(0, 0, 0)
        try:
            told = await site.asking.query(DuesMonths(months=MONTHS), actor)
        except Problem as problem:
            if problem.status != 503:
                raise
            return Books(0, 0, 0)
        months = DuesMonthsOf.model_validate(told).items
        return Books(
            overdue=sum(each.funds_overdue for each in months),
            unreported=sum(each.unreported_since is not None for each in months),
            unsettled=sum(each.unsettled for each in months if each.state == "booked"),
        )

    async def lapsing(actor: Actor) -> Lapsing:
        """How many members are to be talked to, and about how many is to be decided: as above."""
        if not LapseCounts.for_whom.includes(actor):
            return Lapsing(0, 0)
        try:
            told = await site.asking.query(LapseCounts(), actor)
        except Problem as problem:
            if problem.status != 503:
                raise
            return Lapsing(0, 0)
        units = LapseCountsOf.model_validate(told).items
        return Lapsing(sum(each.to_admonish for each in units), sum(each.over for each in units))

    async def amiss(actor: Actor) -> MissingBodiesOf | None:
        """Places that have no committee though they must, bodies of units that are no more, and who
        is in office without being a member: as above."""
        if not MissingBodies.for_whom.includes(actor) or "it" in actor.roles():
            return None
        try:
            told = await site.asking.query(MissingBodies(), actor)
        except Problem as problem:
            if problem.status != 503:
                raise
            return None
        return MissingBodiesOf.model_validate(told)

    async def corrections(actor: Actor) -> tuple[int, list[CorrectionLine]]:
        """How many others wait for an answer, and what one asked for oneself and has not looked
        through; asked of membership too."""
        waiting, own = 0, list[CorrectionLine]()
        try:
            if Corrections.for_whom.includes(actor):
                told = await site.asking.query(Corrections(limit=1), actor)
                waiting = CorrectionsOf.model_validate(told).waiting
            if actor.person:
                told = await site.asking.query(OwnCorrections(limit=20), actor)
                items = OwnCorrectionsOf.model_validate(told).items
                own = [one for one in items if is_news(one)]
        except Problem as problem:
            if problem.status != 503:
                raise
        return waiting, own

    async def to_erase(actor: Actor) -> int:
        """How many erasures wait for this officer to grant them: as above."""
        if not ErasuresWaiting.for_whom.includes(actor):
            return 0
        try:
            told = await site.asking.query(ErasuresWaiting(), actor)
        except Problem as problem:
            if problem.status != 503:
                raise
            return 0
        return ErasuresWaitingOf.model_validate(told).waiting

    @routes.get("/work", response_class=Response)
    @door("待办页", SIGNED_IN)
    async def waiting(request: Request) -> Response:
        actor = await signed_in(site, request)
        given = given_in(request)
        asked = asked_for(WorkAsked, given)
        async with site.readers.one() as reader:
            found = await work(actor, reader, sort=asked.sort, limit=SHOWN + 1)
            untold = await stuck(reader) if "it" in actor.roles() else 0
        to_correct, own = await corrections(actor)
        return page(
            request,
            "work",
            actor=actor,
            asked=asked,
            query=sheets.query(given),
            waiting=found[:SHOWN],
            more=len(found) > SHOWN,
            of_hr=await of_hr(actor),
            books=await in_the_books(actor),
            months=MONTHS,
            lapses=await lapsing(actor),
            amiss=await amiss(actor),
            untold=untold,
            to_correct=to_correct,
            to_erase=await to_erase(actor),
            own=own,
        )

    @routes.get("/work.xlsx", response_class=Response)
    @door("待办表（Excel）", SIGNED_IN)
    async def sheet(request: Request) -> Response:
        actor = await signed_in(site, request)
        asked = asked_for(WorkAsked, given_in(request))
        async with site.readers.one() as reader:
            found = await work(actor, reader, sort=asked.sort, limit=sheets.MOST_ROWS + 1)
        return await sheets.work_sheet(request, found)

    return routes
