"""What every endpoint says of itself: what it does, in Chinese, and for whom."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from fastapi import APIRouter
from fastapi.routing import APIRoute

from shared.for_whom import ForWhom

E = TypeVar("E", bound=Callable[..., Any])


class Door(NamedTuple):
    zh: str
    for_whom: ForWhom


def door(zh: str, for_whom: ForWhom) -> Callable[[E], E]:
    """Marks an endpoint. The check is made by what stands behind it; tests try every door."""

    def mark(endpoint: E) -> E:
        endpoint.__door__ = Door(zh, for_whom)  # type: ignore[attr-defined]
        return endpoint

    return mark


def describe(routers: Iterable[APIRouter]) -> None:
    """Adds to what `/openapi.json` says of each endpoint for whom it is."""
    for route in [route for router in routers for route in router.routes]:
        if isinstance(route, APIRoute) and (found := door_of(route)):
            route.description = f"{route.description}\n\n{found.for_whom.line()}".strip()


def door_of(route: APIRoute) -> Door | None:
    found: Door | None = getattr(route.endpoint, "__door__", None)
    return found
