"""Booking a payroll and taking it back; and what is done about what did not fit."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.membership.dues.matching import findings, is_fault
from services.membership.dues.payrolls import PAYROLL_LEFT, Payroll, the_payroll
from services.membership.dues.rules import Finding
from services.membership.lapse.admonishing import look_again
from shared.calendar import today
from shared.contracts.membership import BookPayroll, Fault, ReversePayroll, Settled, SettleDues
from shared.database import Session
from shared.handling import asked
from shared.messages import Accepted, uuid7
from shared.rights import Actor, RuleBroken
from shared.ticker import no_longer_due

WAYS: Mapping[Fault, frozenset[Settled]] = {
    "missing": frozenset({"paid", "excused", "put-right"}),
    "twice": frozenset({"given-back", "put-right"}),
    "wrong-amount": frozenset({"paid", "given-back", "put-right"}),
    "unknown-person": frozenset({"given-back", "put-right"}),
    "not-a-member": frozenset({"given-back", "put-right"}),
    "malformed": frozenset({"put-right"}),
}
"""How each can be settled."""


@asked(BookPayroll)
async def book_payroll(command: BookPayroll, actor: Actor, session: Session) -> Accepted:
    """It balances, and no other payroll has these people's month: from here dues count as paid."""
    payroll = await the_payroll(command.payroll, session)
    command.for_whom.must_include(actor, at=payroll.path)
    payroll.must_be("open")
    payroll.must_fit()
    await _must_be_the_only_one(payroll, session)
    found, counts = await findings(payroll, session)
    await _keep_faults([each for each in found if is_fault(each)], payroll.id, session)
    await _keep_rows(found, payroll.id, session)
    await session.execute(
        text("""
            UPDATE payroll SET state = 'booked', booked_by = :by, booked_on = :on,
                found = CAST(:found AS jsonb)
            WHERE id = :payroll
        """),
        {
            "payroll": payroll.id,
            "by": actor.signature,
            "on": today(),
            "found": counts.model_dump_json(),
        },
    )
    await no_longer_due(session, PAYROLL_LEFT, key=str(payroll.id))
    await look_again({each.person for each in found if each.person}, session)
    return Accepted(id=payroll.id)


async def _must_be_the_only_one(payroll: Payroll, session: Session) -> None:
    """Of the unit, of what it is part of and of its parts. Raises `RuleBroken` (409)."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('dues of a month'), hashtext(:month))"),
        {"month": str(payroll.month)},
    )
    other = await session.scalar(
        text("""
            SELECT unit.code FROM payroll JOIN unit ON unit.id = payroll.unit
            WHERE payroll.month = :month AND payroll.state = 'booked'
                AND (unit.path = :path OR starts_with(unit.path, :path || '/')
                    OR starts_with(:path, unit.path || '/'))
            LIMIT 1
        """),
        {"month": payroll.month, "path": payroll.path},
    )
    if other is not None:
        raise RuleBroken(
            "booked-already",
            f"that month is booked for {other}; reverse that first, then book the corrected one",
        )


async def _keep_faults(found: list[Finding], payroll: UUID, session: Session) -> None:
    await session.execute(
        text("""
            INSERT INTO dues_fault (id, payroll, place, kind, person, number, lines, why)
            SELECT id, :payroll, place, kind, person, CASE WHEN person IS NULL THEN number END,
                CAST(lines AS int[]), why
            FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:people AS uuid[]),
                CAST(:numbers AS text[]), CAST(:lines AS text[]), CAST(:whys AS text[]))
                WITH ORDINALITY AS found (id, kind, person, number, lines, why, place)
        """),
        {
            "payroll": payroll,
            "ids": [uuid7() for _ in found],
            "kinds": [each.kind for each in found],
            "people": [each.person for each in found],
            "numbers": [each.number for each in found],
            "lines": [f"{{{','.join(map(str, each.lines))}}}" for each in found],
            "whys": [each.why for each in found],
        },
    )


async def _keep_rows(found: list[Finding], payroll: UUID, session: Session) -> None:
    """What the books need: who paid what, and what does not fit. That somebody is on the payroll
    who owes nothing is forgotten, and so are the numbers of those whom the roll knows."""
    by_line = [(line, each) for each in found for line in each.lines]
    await session.execute(
        text("""
            UPDATE payroll_row AS kept SET person = found.person, verdict = found.verdict,
                number = CASE WHEN found.person IS NULL THEN kept.number END
            FROM unnest(CAST(:lines AS int[]), CAST(:people AS uuid[]), CAST(:verdicts AS text[]))
                AS found (line, person, verdict)
            WHERE kept.payroll = :payroll AND kept.line = found.line
        """),
        {
            "payroll": payroll,
            "lines": [line for line, _ in by_line],
            "people": [each.person for _, each in by_line],
            "verdicts": [each.kind for _, each in by_line],
        },
    )
    await session.execute(
        text("DELETE FROM payroll_row WHERE payroll = :payroll AND verdict = 'nothing-due'"),
        {"payroll": payroll},
    )


@asked(ReversePayroll)
async def reverse_payroll(command: ReversePayroll, actor: Actor, session: Session) -> Accepted:
    """It was wrong: nothing of it counts any more, all of it can still be read, and a corrected
    file can be booked."""
    payroll = await the_payroll(command.payroll, session)
    command.for_whom.must_include(actor, at=payroll.path)
    payroll.must_be("booked")
    await session.execute(
        text("""
            UPDATE payroll SET state = 'reversed', reversed_by = :by, reversed_on = :on,
                reason = :reason
            WHERE id = :payroll
        """),
        {
            "payroll": payroll.id,
            "by": actor.signature,
            "on": today(),
            "reason": command.reason,
        },
    )
    await look_again(await _missed_in(payroll.id, session), session)
    return Accepted(id=payroll.id)


async def _missed_in(payroll: UUID, session: Session) -> list[UUID]:
    statement = text("""
        SELECT person FROM dues_fault WHERE payroll = :payroll AND kind = 'missing'
    """)
    return list(await session.scalars(statement, {"payroll": payroll}))


@asked(SettleDues)
async def settle_dues(command: SettleDues, actor: Actor, session: Session) -> Accepted:
    """An officer has seen to it; or it turns out that nobody has."""
    fault = await _fault(command.fault, session)
    command.for_whom.must_include(actor, at=fault.path)
    if fault.state != "booked":
        raise RuleBroken("payroll-reversed", "this payroll is reversed", field="fault")
    if command.how is not None and command.how not in WAYS[fault.kind]:
        ways = ", ".join(sorted(WAYS[fault.kind]))
        raise RuleBroken("settled-otherwise", f"this is settled by one of: {ways}", field="how")
    await session.execute(
        text("""
            UPDATE dues_fault SET settled = :how, settled_on = :on, settled_by = :by
            WHERE id = :fault
        """),
        {
            "fault": command.fault,
            "how": command.how,
            "on": today() if command.how else None,
            "by": actor.signature if command.how else None,
        },
    )
    if fault.person:
        await look_again([fault.person], session)
    return Accepted(id=command.fault)


async def _fault(id: UUID, session: Session) -> Any:
    row = (
        await session.execute(
            text("""
                SELECT dues_fault.kind, dues_fault.person, payroll.state, unit.path
                FROM dues_fault JOIN payroll ON payroll.id = dues_fault.payroll
                JOIN unit ON unit.id = payroll.unit
                WHERE dues_fault.id = :fault FOR UPDATE OF dues_fault
            """),
            {"fault": id},
        )
    ).one_or_none()
    if row is None:
        raise RuleBroken("unknown-fault", f"there is no fault {id}", field="fault")
    return row
