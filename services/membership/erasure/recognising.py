"""A number that comes anew, in a list or a payroll, after whoever had it was erased."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.membership.erasure.doing import sealed
from shared.database import Session, raw

_ERASED = "SELECT number, person, erased_on FROM erased_number WHERE number = ANY($1)"
_SOMEBODYS = "SELECT employee FROM person WHERE employee = ANY($1)"


class Erased(NamedTuple):
    """The id that is left, and the day from which the number would be somebody new."""

    person: UUID
    on: date


async def erased_among(numbers: Collection[str], session: Session) -> dict[str, Erased]:
    """Of these numbers those of who was erased, as long as nobody else has them."""
    seals = {sealed(number, session): number for number in numbers}
    rows = await raw(session).fetch(_ERASED, list(seals))
    found = {seals[row["number"]]: Erased(row["person"], row["erased_on"]) for row in rows}
    if not found:
        return {}
    since = {row["employee"] for row in await raw(session).fetch(_SOMEBODYS, list(found))}
    return {number: one for number, one in found.items() if number not in since}
