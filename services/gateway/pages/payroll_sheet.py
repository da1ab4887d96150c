"""`/dues/sheet`: a month's payroll by the sheet. The rows are one whole: the dry run brings them to
membership, which says what booking them would find; and they are booked together or not at all."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from services.gateway.pages import reading, words
from services.gateway.pages.bulk import Account, Bulk, Job, Verdict, steps
from services.gateway.pages.drafts import Draft, Wrong
from services.gateway.pages.languages import marked as _
from services.gateway.pages.languages import yuan
from services.gateway.pages.lists import pieces
from services.gateway.sheets_in.columns import EMPLOYEE, Field
from services.gateway.sheets_in.values import NotSo, fen_of, words_of
from services.gateway.site import Site
from shared.calendar import today
from shared.contracts.membership import (
    AddPayroll,
    BookPayroll,
    DuesFault,
    DuesFaults,
    DuesFaultsOf,
    Found,
    OpenPayroll,
    PayrollCheck,
    PayrollChecked,
    PayrollFault,
    PayrollRow,
)
from shared.for_whom import reaching
from shared.messages import uuid7
from shared.rights import Actor

PIECE = 500
MOST_TOLD = 1000
FOR_WHOM = reaching(*OpenPayroll.for_whom.roles)
FIELDS = (
    EMPLOYEE,
    Field(
        "wages",
        _("Wage income of the month"),
        ("工资收入", "应发工资", "应发合计", "工资总额", "月工资", "工资", "wages", "wage"),
        required=True,
    ),
    Field(
        "dues",
        _("Dues withheld"),
        ("代扣会费", "扣缴会费", "工会会费", "会费", "dues withheld", "dues"),
        required=True,
    ),
)
LABELS = {
    "unit": _("Unit"),
    "month": _("Month"),
    "wages": _("Wages of all rows together, in yuan"),
    "dues": _("Dues of all rows together, in yuan"),
    "all_wages": _("Wages of all workers, in yuan"),
}
MONEY = ("wages", "dues", "all_wages")


async def choices(site: Site, actor: Actor) -> Mapping[str, Any]:
    """The plants and the company, as far as the post of who asks reaches."""
    async with site.readers.one() as reader:
        there_are = await reading.plants(reader, on=reading.a_year_ago())
    enters = OpenPayroll.for_whom
    return {"places": [each for each in there_are if enters.includes(actor, at=each.path)]}


def asked(draft: Draft) -> Mapping[str, str]:
    """The totals as fen; what cannot be so stands at its field."""
    found = {name: draft[name].strip() for name in ("unit", "month")}
    for name in MONEY:
        try:
            fen = fen_of(draft[name].strip() or None)
        except NotSo as wrong:
            draft.wrongs.append(Wrong(name, wrong.code, {}, wrong.code))
            continue
        if fen is not None:
            found[name] = str(fen)
        elif name != "all_wages":
            draft.wrongs.append(Wrong(name, "missing", {}, "fill it in"))
    for name in ("unit", "month"):
        if not found[name]:
            draft.wrongs.append(Wrong(name, "missing", {}, "fill it in"))
    return found


def confirmed(draft: Draft, account: Account) -> Mapping[str, str]:
    if not account.more["fits"]:
        draft.wrongs.append(Wrong(None, "does-not-balance", {}, "the totals differ"))
    return {"payroll": account.more["payroll"]}


def router(site: Site) -> APIRouter:
    return steps(
        site,
        Bulk(
            kind="payroll",
            path="/dues/sheet",
            back="/dues",
            title=_("A month's payroll"),
            about=_(
                "A row for each worker: number, wage income of the month, dues withheld. The rows "
                "must come to the totals, or nothing is booked. Wages are compared and not kept."
            ),
            deed=_("Book it"),
            for_whom=FOR_WHOM,
            fields=FIELDS,
            outcomes={**words.DUES_FAULTS, "fits": _("Without fault")},
            weigh=weigh,
            do=do,
            asks="bulk/payroll_asks.html",
            asked=asked,
            first=lambda: {"month": f"{today():%Y-%m}"},
            choices=choices,
            confirms="bulk/payroll_confirms.html",
            confirmed=confirmed,
            calm={"fits"},
            labels=LABELS,
        ),
    )


async def weigh(job: Job) -> Account:
    """Each dry run is a payroll of its own, which counts nothing; those that nobody books are
    thrown away by their owner."""
    payroll = await _brought(job)
    query = PayrollCheck(payroll=payroll, limit=MOST_TOLD)
    told = PayrollChecked.model_validate(await job.site.asking.query(query, job.actor))
    more = {
        **told.model_dump(mode="json", exclude={"items"}),
        "cut": faults_in(told.found) > len(told.items),
    }
    return Account(job.sheet.header, list(_verdicts(job, told.items, cut=more["cut"])), more)


async def _brought(job: Job) -> UUID:
    attempt = uuid7()
    given = {name: value for name, value in job.asked.items() if name in LABELS}
    sums = {name: int(given[name]) for name in MONEY if name in given}
    opened = OpenPayroll.model_validate(given | sums | {"rows": len(job.sheet.rows)})
    key = f"sheet {job.id} {attempt}"
    payroll = (await job.site.asking.command(opened, job.actor, key)).id
    for start in range(0, len(job.sheet.rows), PIECE):
        rows = [
            PayrollRow.model_validate(
                {"line": row.number}
                | {each.name: words_of(job.cell(row, each.name))[:64] for each in FIELDS}
            )
            for row in job.sheet.rows[start : start + PIECE]
        ]
        piece = AddPayroll(payroll=payroll, rows=rows)
        await job.site.asking.command(piece, job.actor, f"{key} {start}")
        await job.tell(start + len(rows))
    return payroll


def faults_in(found: Found) -> int:
    return sum(
        count
        for name, count in found.model_dump().items()
        if name not in ("members", "paid", "nothing_due")
    )


async def do(job: Job) -> Account:
    """Booked once, however often it is begun."""
    payroll = UUID(job.asked["payroll"])
    command = BookPayroll(payroll=payroll)
    await job.site.asking.command(command, job.actor, f"sheet {job.id} {payroll}")

    async def ask(query: DuesFaults) -> DuesFaultsOf:
        return DuesFaultsOf.model_validate(await job.site.asking.query(query, job.actor))

    query = DuesFaults(unit=job.asked["unit"], month=job.asked["month"])
    items: list[DuesFault] = []
    async for told in pieces(ask, query, limit=MOST_TOLD):
        items += told.items
    return Account(job.sheet.header, list(_verdicts(job, items, cut=False)))


def _verdicts(job: Job, faults: Iterable[PayrollFault], *, cut: bool) -> Iterable[Verdict]:
    """One a row, and one for everybody who has none. Where faults were left out, nothing is said of
    the other rows."""
    told: set[int] = set()
    for fault in faults:
        about = " ".join(filter(None, (fault.employee, fault.name)))
        why, given = reason(fault)
        for line in fault.lines or [0]:
            told.add(line)
            yield Verdict(line, about, fault.kind, why, why, given)
    for row in job.sheet.rows:
        if row.number not in told and not cut:
            yield Verdict(row.number, words_of(job.cell(row, "employee"))[:64], "fits")


def reason(fault: PayrollFault) -> tuple[str, Mapping[str, str]]:
    """A code that `wrongs.py` has words for, and what they are about."""
    withheld = yuan(fault.withheld or 0)
    match fault.kind:
        case "malformed":
            return fault.why or "malformed", {}
        case "twice":
            rows = ", ".join(map(str, fault.lines))
            return "dues-twice", {"rows": rows, "withheld": withheld}
        case "missing" if fault.owed is None:
            return "", {}
        case "missing" | "wrong-amount":
            return "dues-differ", {"owed": yuan(fault.owed or 0), "withheld": withheld}
    return "dues-taken", {"withheld": withheld}
