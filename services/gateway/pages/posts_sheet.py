"""`/posts/sheet`: posts by the sheet, each row an appointment with rights and a key of its own."""

from collections.abc import Iterator, Mapping, Sequence

from fastapi import APIRouter
from pydantic import ValidationError

from services.gateway.pages import words
from services.gateway.pages.bulk import Account, Bulk, Job, Verdict, steps
from services.gateway.pages.bulk.by_rows import done_by_rows, each_row
from services.gateway.pages.drafts import wrongs_in
from services.gateway.pages.languages import marked as _
from services.gateway.sheets_in.columns import EMPLOYEE, Field, plain
from services.gateway.sheets_in.kinds import Row
from services.gateway.sheets_in.values import NotSo, code_of, day_of, words_of
from services.gateway.site import Site
from shared.contracts.membership import AppointPost, MayAppoint, PostRole
from shared.for_whom import reaching

FIELDS = (
    EMPLOYEE,
    Field("role", _("Post"), ("职务", "工会职务", "岗位角色", "post", "role"), required=True),
    Field("unit", _("Unit code"), ("单位代码", "部门代码", "单位", "unit"), required=True),
    Field("on", _("From"), ("任职日期", "开始日期", "起始日期", "从", "from", "since", "on")),
    Field("until", _("Until before"), ("届满日期", "结束日期", "截止日期", "到", "until", "to")),
)
ROLES: Mapping[str, PostRole] = {
    "班组长": "leader",
    "工会小组长": "leader",
    "工会干事": "officer",
    "干事": "officer",
    "工会主席": "chair",
    "主席": "chair",
    "厂长": "manager",
    "总经理": "director",
    **{plain(name): role for role, name in words.POSTS.items()},  # type: ignore[misc]
    **{role: role for role in words.POSTS},  # type: ignore[misc]
}
"""What a sheet may call them."""
OUTCOMES = {"appoint": _("Will be appointed"), "appointed": _("Appointed")}


def router(site: Site) -> APIRouter:
    return steps(
        site,
        Bulk(
            kind="posts",
            path="/posts/sheet",
            back="/posts",
            title=_("Posts from a sheet"),
            about=_(
                "A row for each post: who, which post, where, from when, and until when if that is "
                "known. What you may not appoint is refused row by row, the rest goes on."
            ),
            deed=_("Appoint them"),
            for_whom=reaching(*AppointPost.for_whom.roles),
            fields=FIELDS,
            outcomes=OUTCOMES,
            weigh=weigh,
            do=do,
            most_rows=2000,
        ),
    )


def _about(post: AppointPost) -> str:
    return post.employee


async def weigh(job: Job) -> Account:
    """Each row is asked about; nothing is changed."""

    async def ask(row: Row, post: AppointPost) -> Verdict:
        await job.site.asking.query(MayAppoint.model_validate(post.model_dump()), job.actor)
        return Verdict(row.number, post.employee, "appoint")

    return await each_row(job, [*posts_in(job)], _about, ask)


async def do(job: Job) -> Account:
    """Each row by itself, and nobody is appointed twice."""
    return await done_by_rows(job, [*posts_in(job)], _about, "appointed")


def posts_in(job: Job) -> Iterator[tuple[Row, AppointPost | Verdict]]:
    """Each row as the command that it is, or why it is none."""
    seen: dict[tuple[str, str, str], list[AppointPost]] = {}
    for row in job.sheet.rows:
        read = _post(job, row)
        if isinstance(read, AppointPost):
            same = seen.setdefault((read.employee, read.role, read.unit), [])
            if any(_overlap(read, other) for other in same):
                detail = "this post stands in the sheet already, in days that overlap"
                read = Verdict.refused(row, read.employee, "twice-in-sheet", detail)
            else:
                same.append(read)
        yield row, read


def _post(job: Job, row: Row) -> AppointPost | Verdict:
    employee = code_of(job.cell(row, "employee"))
    role = words_of(job.cell(row, "role"))
    try:
        days = {name: day_of(job.cell(row, name)) for name in ("on", "until")}
    except NotSo as wrong:
        return Verdict.refused(row, employee, wrong.code)
    if plain(role) not in ROLES:
        return Verdict.refused(row, employee, "unknown-role", f"there is no post {role!r}")
    given = {
        "employee": employee,
        "role": ROLES[plain(role)],
        "unit": code_of(job.cell(row, "unit")),
        **days,
    }
    try:
        return AppointPost.model_validate(given)
    except ValidationError as error:
        return _malformed(row, employee, error)


def _malformed(row: Row, employee: str, error: ValidationError) -> Verdict:
    wrong = wrongs_in(error)[0]
    field: Sequence[str] = [each.label for each in FIELDS if each.name == wrong.field]
    return Verdict.refused(row, employee, "bad-cell", wrong.detail, column=(*field, "?")[0])


def _overlap(one: AppointPost, other: AppointPost) -> bool:
    """A day that is not given is today; the owner counts the days, this finds repeats only."""
    ends_before = one.until and other.on and one.until <= other.on
    begins_after = other.until and one.on and other.until <= one.on
    return not (ends_before or begins_after)
