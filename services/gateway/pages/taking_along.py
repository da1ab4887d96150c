"""`/me/data/all`, `/me/data.zip`: all that is held of oneself, to look at and to take along."""

import asyncio
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.doors import door
from services.gateway.held import all_held, all_readings
from services.gateway.pages import reading
from services.gateway.pages.languages import language_of, speaking
from services.gateway.pages.layout import STATIC, TEMPLATES, page
from services.gateway.pages.signing import signed_in
from services.gateway.problems import Problem
from services.gateway.readings import ReadingSeen
from services.gateway.site import Site
from shared.calendar import today
from shared.contracts.own_data import OwnTable
from shared.for_whom import A_PERSON
from shared.rights import Actor

STYLE = (STATIC / "export.css").read_text(encoding="utf-8")
Held = Mapping[str, list[OwnTable]]


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    async def comer(request: Request) -> tuple[Actor, str]:
        """And their number. Raises `Problem`."""
        actor = await signed_in(site, request)
        A_PERSON.must_include(actor)
        async with site.readers.one() as reader:
            employee = await reading.employee_of(actor.person, reader)
        if employee is None:
            raise Problem(404, "unknown-employee", "you are not on the roll")
        return actor, employee

    @routes.get("/me/data/all", response_class=Response)
    @door("本人信息全文", A_PERSON)
    async def whole(request: Request) -> Response:
        """Table by table, row by row."""
        actor, employee = await comer(request)
        held = await all_held(employee, actor, site)
        return page(request, "held", actor=actor, held=held)

    @routes.get("/me/data.zip", response_class=Response)
    @door("带走本人信息", A_PERSON)
    async def taken_along(request: Request) -> Response:
        """Made in memory when it is asked for; no copy of it stays here."""
        actor, employee = await comer(request)
        held = await all_held(employee, actor, site)
        read = await all_readings(actor, site)
        language = language_of(request)
        with speaking(language):
            html = TEMPLATES.get_template("export.html").render(
                held=held,
                read=read,
                employee=employee,
                language=language,
                on=today(),
                style=STYLE,
            )
        body = await asyncio.to_thread(packed, employee, held, read, html)
        headers = {
            "Content-Disposition": f'attachment; filename="tongxin-{today()}.zip"',
            "Content-Language": language.code,
            "Cache-Control": "no-store",
            "Vary": "Accept, Accept-Language, Cookie",
        }
        return Response(body, media_type="application/zip", headers=headers)

    return routes


def packed(employee: str, held: Held, read: list[ReadingSeen], html: str) -> bytes:
    """`data.json` for machines, `readings.json` with it, `data.html` for people."""
    told = {
        "employee": employee,
        "made_at": datetime.now(UTC).isoformat(),
        "services": {
            owner: {table.table: table.rows for table in tables} for owner, tables in held.items()
        },
    }
    readings = [one.model_dump(mode="json") for one in read]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("data.json", _json(told))
        file.writestr("readings.json", _json(readings))
        file.writestr("data.html", html)
    return out.getvalue()


def _json(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, indent=1)
