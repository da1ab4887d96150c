"""What cannot be fitted, and which events are read at all."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import NamedTuple

from shared.contracts.hr import HrEvent

_NEVER = datetime.max.replace(tzinfo=UTC)


class Unfit(NamedTuple):
    """An event that contradicts the others, for a person to look at. It is kept, and the result is
    as if it had not come. `reason` is a code for programs, `sentence` is for people and names
    days and units only, never a person."""

    source: str
    id: str
    reason: str
    sentence: str


def unfit(event: HrEvent, reason: str, sentence: str) -> Unfit:
    return Unfit(event.source, event.id, reason, sentence)


def age(event: HrEvent) -> tuple[datetime, str, str]:
    """Of two that contradict each other the older holds; one without a time counts as younger.
    Source and id settle what is left, so that no order of arrival ever does."""
    return event.time or _NEVER, event.source, event.id


def without_repeats(events: Iterable[HrEvent], report: list[Unfit]) -> Iterator[HrEvent]:
    """Each event once, oldest first.

    Source and id are an event's identity (CloudEvents 1.0), so the same two again are a repeat;
    if they say something else the second time, that is reported.
    """
    firsts: dict[tuple[str, str], HrEvent] = {}
    for event in oldest_first(events):
        first = firsts.get((event.source, event.id))
        if first is None:
            firsts[event.source, event.id] = event
            yield event
        elif first.data != event.data:
            one = unfit(event, "id-used-twice", "two different events have this source and id")
            if one not in report:
                report.append(one)


def oldest_first(events: Iterable[HrEvent]) -> Iterator[HrEvent]:
    """In the order of `seniority`; what it asks last is written out only where it decides."""
    for _, equal in groupby(sorted(events, key=age), age):
        several = list(equal)
        yield from sorted(several, key=seniority) if len(several) > 1 else several


def seniority(event: HrEvent) -> tuple[datetime, str, str, str]:
    """Of several contents under one identity the first counts."""
    return *age(event), json.dumps([event.type, event.raw], sort_keys=True)
