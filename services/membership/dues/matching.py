"""A payroll beside the roll of its month: few statements, however many rows."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.membership.dues.payrolls import Payroll
from services.membership.dues.rules import Finding, Given, matched, next_month
from services.membership.whose import IDS, WHOSE_ON
from shared.contracts.membership import Found
from shared.database import ReadSession, Session

_TREE = """
        SELECT placed.unit AS id FROM unit_placement AS here JOIN unit_placement AS placed
            ON placed.path = here.path OR starts_with(placed.path, here.path || '/')
        WHERE here.unit = :unit AND here.during @> CAST({day} AS date)
            AND placed.during @> CAST({day} AS date)
"""
# Whom a payroll is of, is seen by the tree of the month's last day.
_COVERED = f"covered AS MATERIALIZED ({_TREE.format(day=':last')})"
_COVERED_FIRST = f"covered_first AS MATERIALIZED ({_TREE.format(day=':month')})"
# Within the month people move, and so do units with their people.
_STOOD = """
    SELECT bool_or(stood.began_there OR stood.ended_there)
        AND NOT bool_and(stood.began_there AND stood.ended_there) AS moved
    FROM (
        SELECT CASE WHEN lower(during) <= CAST(:month AS date)
                THEN unit IN (SELECT id FROM covered_first)
                ELSE unit IN (SELECT id FROM covered) END AS began_there,
            CASE WHEN during @> CAST(:last AS date) OR lower(during) > CAST(:month AS date)
                THEN unit IN (SELECT id FROM covered)
                ELSE unit IN (SELECT id FROM covered_first) END AS ended_there
        FROM stay WHERE stay.person = known.id AND during && {month}
    ) AS stood
"""
_ELSEWHERE = f"""
    SELECT count(*) > 0 AS paid
    FROM payroll_row AS other JOIN payroll ON payroll.id = other.payroll
    WHERE other.person = ANY({IDS}) AND other.money IN ('right', 'wrong')
        AND payroll.state = 'booked' AND payroll.month = :month AND payroll.id <> :payroll
"""  # noqa: S608 - all of it is ours
_MONTH = "daterange(CAST(:month AS date), CAST(:next AS date))"
# A number is whose it was on the month's last day. Person by person, by index, whatever the planner
# believes: OFFSET 0 keeps it from joining freely.
GIVEN = f"""
    WITH {_COVERED}, {_COVERED_FIRST}
    SELECT given.line, given.number, given.money, given.wrong, known.id AS person,
        coalesce(union_days.standing, 'none') AS standing,
        coalesce(other.paid, false) AS elsewhere, coalesce(stood.moved, false) AS moved
    FROM payroll_row AS given
    LEFT JOIN LATERAL (
        SELECT ({WHOSE_ON.format(number="given.number", on=":last")}) AS id OFFSET 0
    ) AS known ON true
    LEFT JOIN LATERAL (
        SELECT CASE WHEN range_agg(during) @> {_MONTH} THEN 'whole'
            WHEN count(*) > 0 THEN 'part' END AS standing
        FROM member WHERE member.person = known.id AND member.during && {_MONTH}
    ) AS union_days ON true
    LEFT JOIN LATERAL ({_ELSEWHERE.format(person="known.id")}) AS other ON true
    LEFT JOIN LATERAL ({_STOOD.format(month=_MONTH)}) AS stood ON true
    WHERE given.payroll = :payroll ORDER BY given.line
"""  # noqa: S608 - all of it is ours
# Who keeps a membership after employment has no wage here, and is not missed.
OWING = f"""
    WITH {_COVERED}, there AS MATERIALIZED (
        SELECT theirs.person FROM covered CROSS JOIN LATERAL (
            SELECT person FROM stay
            WHERE stay.unit = covered.id AND stay.during @> CAST(:last AS date) OFFSET 0
        ) AS theirs
        UNION ALL
        SELECT unplaced.person FROM (
            SELECT person FROM employment
            WHERE CAST(:whole AS boolean) AND during @> CAST(:last AS date) OFFSET 0
        ) AS unplaced CROSS JOIN LATERAL (
            SELECT count(*) AS stays FROM stay
            WHERE stay.person = unplaced.person AND stay.during @> CAST(:last AS date)
        ) AS placed
        WHERE placed.stays = 0
    )
    SELECT theirs.id, theirs.employee, other.paid AS elsewhere
    FROM there
    CROSS JOIN LATERAL (
        SELECT range_agg(during) @> {_MONTH} AS whole FROM member
        WHERE member.person = there.person AND during && {_MONTH}
    ) AS union_days
    CROSS JOIN LATERAL (
        SELECT range_agg(during) @> {_MONTH} AS whole FROM employment
        WHERE employment.person = there.person AND during && {_MONTH}
    ) AS work
    CROSS JOIN LATERAL (
        SELECT id, employee FROM person WHERE person.id = there.person OFFSET 0
    ) AS theirs
    CROSS JOIN LATERAL ({_ELSEWHERE.format(person="there.person")}) AS other
    WHERE union_days.whole AND work.whole
"""  # noqa: S608


async def findings(payroll: Payroll, session: Session | ReadSession) -> tuple[list[Finding], Found]:
    """What became of everybody, and how many of each there are."""
    given = _given(payroll)
    rows = (await session.execute(text(GIVEN), given)).all()
    owing = (await session.execute(text(OWING), given)).all()
    found = matched(
        [Given(*row) for row in rows],
        {row.id: row.employee for row in owing if not row.elsewhere},
    )
    return found, counted(found, members=len(owing))


def _given(payroll: Payroll) -> dict[str, Any]:
    after = next_month(payroll.month)
    return {
        "payroll": payroll.id,
        "unit": payroll.unit,
        "whole": payroll.kind == "company",
        "month": payroll.month,
        "next": after,
        "last": after.fromordinal(after.toordinal() - 1),
    }


def counted(found: list[Finding], *, members: int) -> Found:
    kinds = [each.kind for each in found]
    return Found(
        members=members,
        paid=kinds.count("paid"),
        missing=kinds.count("missing"),
        twice=kinds.count("twice"),
        wrong_amount=kinds.count("wrong-amount"),
        unknown_person=kinds.count("unknown-person"),
        not_a_member=kinds.count("not-a-member"),
        malformed=kinds.count("malformed"),
        nothing_due=kinds.count("nothing-due"),
    )


def is_fault(finding: Finding) -> bool:
    return finding.kind not in ("paid", "nothing-due")


async def names_of(people: list[UUID], session: Session | ReadSession) -> dict[UUID, Any]:
    """Number and name, by person."""
    rows = await session.execute(
        text("SELECT id, employee, name FROM person WHERE id = ANY(:people)"), {"people": people}
    )
    return {row.id: row for row in rows}
