"""`/members/sheet`: applications that were signed on paper, by the sheet: each row a consent with
its day and where the paper lies."""

from collections.abc import Iterator

from fastapi import APIRouter
from pydantic import ValidationError

from services.gateway.pages.bulk import Account, Bulk, Job, Verdict, steps
from services.gateway.pages.bulk.by_rows import done_by_rows, each_row
from services.gateway.pages.drafts import wrongs_in
from services.gateway.pages.languages import marked as _
from services.gateway.sheets_in.columns import EMPLOYEE, Field
from services.gateway.sheets_in.kinds import Row
from services.gateway.sheets_in.values import NotSo, code_of, day_of, words_of
from services.gateway.site import Site
from shared.contracts.membership import AdmitMember, MayAdmit
from shared.for_whom import reaching

FIELDS = (
    EMPLOYEE,
    Field(
        "on",
        _("Signed on"),
        ("申请日期", "签字日期", "入会日期", "日期", "signed on", "applied on", "on"),
        required=True,
    ),
    Field(
        "reference",
        _("Where the paper lies"),
        ("申请书编号", "档案号", "文号", "存放处", "依据", "reference", "file"),
        required=True,
    ),
)
OUTCOMES = {"admit": _("Will be a member"), "admitted": _("Member from that day on")}


def router(site: Site) -> APIRouter:
    return steps(
        site,
        Bulk(
            kind="members",
            path="/members/sheet",
            back="/members",
            title=_("Members from a sheet"),
            about=_(
                "A row for each application that a worker has signed on paper: who, the day of the "
                "signature, and where the paper lies. Without a signed paper nobody is a member."
            ),
            deed=_("Admit them"),
            for_whom=reaching(*AdmitMember.for_whom.roles),
            fields=FIELDS,
            outcomes=OUTCOMES,
            weigh=weigh,
            do=do,
            most_rows=2000,
        ),
    )


def _about(command: AdmitMember) -> str:
    return command.employee


async def weigh(job: Job) -> Account:
    """Each row is asked about; nothing is changed."""

    async def ask(row: Row, one: AdmitMember) -> Verdict:
        await job.site.asking.query(MayAdmit(employee=one.employee, on=one.on), job.actor)
        return Verdict(row.number, one.employee, "admit")

    return await each_row(job, [*applications_in(job)], _about, ask)


async def do(job: Job) -> Account:
    """Each row by itself, and none twice."""
    return await done_by_rows(job, [*applications_in(job)], _about, "admitted")


def applications_in(job: Job) -> Iterator[tuple[Row, AdmitMember | Verdict]]:
    """Each row as the command that it is, or why it is none. Of one person the first counts."""
    seen: set[str] = set()
    for row in job.sheet.rows:
        read = _application(job, row)
        if isinstance(read, AdmitMember):
            if read.employee in seen:
                read = Verdict.refused(row, read.employee, "twice-in-sheet")
            else:
                seen.add(read.employee)
        yield row, read


def _application(job: Job, row: Row) -> AdmitMember | Verdict:
    employee = code_of(job.cell(row, "employee"))
    try:
        on = day_of(job.cell(row, "on"))
    except NotSo as wrong:
        return Verdict.refused(row, employee, wrong.code)
    given = {"employee": employee, "reference": words_of(job.cell(row, "reference"))}
    try:
        return AdmitMember.model_validate(given | ({"on": on} if on else {}))
    except ValidationError as error:
        fault = wrongs_in(error)[0]
        label = next((each.label for each in FIELDS if each.name == fault.field), "?")
        cell = job.cell(row, fault.field or "")
        code = "empty-cell" if cell is None else "bad-cell"
        return Verdict.refused(row, employee, code, fault.detail, column=label)
