"""What the gateway does when a person is erased: accounts, sessions, what the directory wrote, and
the names in the audit log go, in the transaction in which the views hear of it.

The views themselves follow from facts alone (`views.erasing`); the record does not, so it is no
reaction of theirs, and a rebuild does not run it.
"""

from collections.abc import Sequence
from uuid import UUID

from services.gateway.inventory.record import RECORD
from services.gateway.sheets_in.kept import forget_sheets
from services.gateway.telling.following import follower_of
from services.gateway.views.erasing import REDACTED
from shared.contracts.democracy import ProposalRedacted, ProposalSubmitted
from shared.contracts.membership import PersonErased, PersonPlaced
from shared.database import Session, raw
from shared.erasing import erase_rows, forget_mentions, number_of, redact_put_aside
from shared.facts import Heard
from shared.numbers_held import Span, as_parameters
from shared.personal import erased_number
from shared.reacting import React
from shared.sealing import seal

_ERASED = """
    INSERT INTO erased_number (number, person) VALUES ($1, $2)
    ON CONFLICT (number) DO UPDATE SET person = excluded.person
"""
_WAS_ERASED = """
    SELECT EXISTS (SELECT FROM erased_number WHERE number = $1)
        AND NOT EXISTS (SELECT FROM person WHERE employee = $2)
"""


def with_record(views: React, following: bytes) -> React:
    """The views' reactions, each fact about an erasure with what the record does about it.
    `following`: the key by which people follow proposals."""

    async def react(batch: Sequence[Heard], session: Session) -> None:
        begun = 0
        for place, one in enumerate(batch):
            if isinstance(one.message, PersonErased | ProposalRedacted):
                await views(batch[begun:place], session)
                begun = place
                if isinstance(one.message, PersonErased):
                    await erase_record(one.message.person, following, session)
                else:
                    await drop_files(one.message.proposal, session)
        await views(batch[begun:], session)

    return react


async def erase_record(person: UUID, following: bytes, session: Session) -> None:
    """By the number, which the views still know."""
    number = await number_of(person, session)
    nobody = erased_number(person)
    await erase_rows(
        RECORD,
        session,
        people=[person],
        **as_parameters([Span(number or nobody)]),
        followers=[follower_of(following, person)],
    )
    await redact_put_aside(PersonPlaced, [person], {"employee": nobody, "numbers": []}, session)
    if number:
        await forget_mentions([number], session, answers=False)
        await forget_sheets(number, session)
        await raw(session).execute(_ERASED, _sealed(number, session), person)


async def was_erased(number: str, session: Session) -> bool:
    """And nobody has the number since."""
    return bool(await raw(session).fetchval(_WAS_ERASED, _sealed(number, session), number))


def _sealed(number: str, session: Session) -> bytes:
    return seal(session, "erased number", number)


async def drop_files(proposal: UUID, session: Session) -> None:
    """What its author attached; those of the answer are the plant's."""
    await raw(session).execute("DELETE FROM file WHERE proposal = $1 AND part = 'matter'", proposal)
    await redact_put_aside(ProposalSubmitted, [proposal], REDACTED, session)
