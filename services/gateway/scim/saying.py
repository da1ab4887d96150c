"""What a change of a SCIM user says in HR's language. Pure functions, no I/O.

SCIM knows only what is now; HR's events say from which day something holds. So the difference
between what was said and what is now becomes events of today. On one day HR's events take effect in
an order of their own, whatever the order in which they came; a change that this order cannot carry
(left in the morning, back in the afternoon) holds from the first day on that can.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from shared.contracts.hr import (
    DATA,
    Data,
    EmployeeAssigned,
    EmployeeHired,
    EmployeeLeft,
    EmployeeRenamed,
    EmployeeRetitled,
    EmployeeTransferred,
    EmployeeUnassigned,
)

Said = tuple[str, dict[str, Any]]
"""Type of the event and its data, as they are kept."""
_TYPE = {data: type_ for type_, data in DATA.items()}
_ORDER: tuple[tuple[type[Data], ...], ...] = (
    (EmployeeHired,),
    (EmployeeUnassigned,),
    (EmployeeAssigned, EmployeeTransferred),
    (EmployeeRetitled,),
    (EmployeeLeft,),
)


class Standing(BaseModel):
    """Where somebody stands. Who is not employed is in no unit, and a post is one in a unit."""

    model_config = ConfigDict(frozen=True)

    employed: bool = False
    unit: str | None = None
    post: str | None = None

    @classmethod
    def of(cls, *, employed: bool, unit: str | None, post: str | None) -> Self:
        unit = unit if employed else None
        return cls(employed=employed, unit=unit, post=post if unit else None)


class Told(BaseModel):
    """What was said of one employee number: `before` the last `day` of which something was said,
    `said` on it, and `now`. `name` is not known of who came by another door."""

    model_config = ConfigDict(frozen=True)

    now: Standing = Standing()
    name: str | None = None
    day: date | None = None
    before: Standing = Standing()
    said: tuple[Said, ...] = ()


def tell(
    told: Told, employee: str, name: str, to: Standing, today: date
) -> tuple[list[Said], Told]:
    """The events that lead to where the person stands now, and what was told with them."""
    day = first = max(today, told.day or today)
    before, said = (told.before, told.said) if told.day == day else (told.now, ())
    news = _steps(told.now, to, employee, name, day)
    if ends_in(before, [data_of(each) for each in said] + news) != to:
        day, before, said = day + timedelta(1), told.now, ()
        news = _steps(told.now, to, employee, name, day)
    events = [written(each) for each in news]
    renamed = to.employed and told.now.employed and told.name not in (None, name)
    more = (
        [
            written(
                EmployeeRenamed.model_validate(
                    {"employee": employee, "on": str(first), "name": name}
                )
            )
        ]
        if renamed
        else []
    )
    if events:
        told = Told(now=to, day=day, before=before, said=(*said, *events))
    # Of who has left the name is not kept here.
    return more + events, told.model_copy(update={"name": name if to.employed else None})


def written(data: Data) -> Said:
    return _TYPE[type(data)], data.model_dump(mode="json", exclude_none=True)


def data_of(said: Said) -> Data:
    kind, data = said
    return DATA[kind].model_validate(data)


def _steps(now: Standing, to: Standing, employee: str, name: str, on: date) -> list[Data]:
    return list(_stepping(now, to, {"employee": employee, "on": str(on)}, name))


def _stepping(now: Standing, to: Standing, who: dict[str, Any], name: str) -> Iterator[Data]:
    if not now.employed and to.employed:
        yield EmployeeHired(**who, name=name)
    if now.employed and not to.employed:
        yield EmployeeLeft(**who)
    elif now.unit and not to.unit:
        yield EmployeeUnassigned(**who)
    elif now.unit and to.unit and now.post and not to.post:
        # HR has no word for a post that ends while the person stays.
        yield EmployeeUnassigned(**who)
        yield EmployeeAssigned(**who, unit=to.unit)
    elif to.unit and not now.unit:
        yield EmployeeAssigned(**who, unit=to.unit, post=to.post)
    elif to.unit:
        if now.unit and now.unit != to.unit:
            yield EmployeeTransferred(**who, unit=to.unit, from_unit=now.unit)
        if to.post and now.post != to.post:
            yield EmployeeRetitled(**who, post=to.post)


def ends_in(before: Standing, said: Sequence[Data]) -> Standing | None:
    """Where HR's order of one day leads; None when something of it does not fit there."""
    if len(set(said)) < len(said):
        return None  # what is said twice on a day counts once
    here = before
    for line in _ORDER:
        waiting = [data for data in said if isinstance(data, line)]
        if line == (EmployeeRetitled,) and len(waiting) > 1:
            return None
        while waiting:
            fitting = next(((d, s) for d in waiting if (s := _after(here, d))), None)
            if fitting is None:
                return None
            waiting.remove(fitting[0])
            here = fitting[1]
    return here


def _after(here: Standing, data: Data) -> Standing | None:
    match data:
        case EmployeeHired() if not here.employed:
            return Standing(employed=True)
        case EmployeeUnassigned() if here.unit:
            return Standing(employed=True)
        case EmployeeAssigned(unit=unit, post=post) if here.employed and not here.unit:
            return Standing(employed=True, unit=unit, post=post)
        case EmployeeTransferred(unit=unit, from_unit=before) if here.unit == before:
            return Standing(employed=True, unit=unit, post=here.post)
        case EmployeeRetitled(post=post) if here.unit:
            return Standing(employed=True, unit=here.unit, post=post)
        case EmployeeLeft() if here.employed:
            return Standing()
    return None
