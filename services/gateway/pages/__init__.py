"""Pages for people: server-rendered, Chinese first, the same views as the API underneath.

They work without scripts, at a kiosk as on a phone. The session is a cookie; the API knows bearer
tokens only, so that no other site can make a browser speak to it.
"""

from fastapi import Depends, FastAPI

from services.gateway.pages import (
    account,
    audit,
    back,
    bodies,
    body_forms,
    company,
    corrections,
    courses,
    desk,
    desk_numbers,
    desk_pairs,
    desk_pairs_settled,
    desk_settled,
    desk_units,
    documents,
    drift,
    drift_forms,
    dues,
    erasures,
    files,
    home,
    joining,
    kiosk,
    language,
    lapses,
    live,
    members,
    members_sheet,
    messages,
    news,
    own_data,
    payroll_sheet,
    people,
    pin,
    plants,
    posters,
    posts,
    posts_sheet,
    proposals,
    provinces,
    receipts,
    records,
    saying,
    signing,
    snapshot,
    taking_along,
    teaching,
    visiting,
    visits,
    wall,
    work,
)
from services.gateway.pages.errors import response_to
from services.gateway.pages.forgery import guard
from services.gateway.pages.layout import Files
from services.gateway.site import Site

__all__ = ["install", "response_to"]

PARTS = (
    home,
    signing,
    company,
    language,
    account,
    messages,
    pin,
    kiosk,
    joining,
    saying,
    news,
    proposals,
    teaching,
    courses,
    posters,
    files,
    work,
    people,
    records,
    lapses,
    own_data,
    taking_along,
    corrections,
    erasures,
    members,
    members_sheet,
    desk_numbers,
    desk_pairs,
    desk_pairs_settled,
    desk_settled,
    desk_units,
    desk,
    drift,
    drift_forms,
    posts_sheet,
    posts,
    body_forms,
    bodies,
    plants,
    provinces,
    snapshot,
    payroll_sheet,
    dues,
    receipts,
    visiting,
    visits,
    audit,
    back,
    wall,
    live,
    documents,
)
"""The first whose path fits is asked: `/proposals/new` comes before `/proposals/{id}`."""


def install(app: FastAPI, site: Site) -> None:
    """Hangs the pages and their files into the gateway's app; none of it is in OpenAPI."""
    ours = [Depends(guard(site))]
    for part in PARTS:
        app.include_router(part.router(site), include_in_schema=False, dependencies=ours)
    documents.viewer_files(app)
    app.mount("/static", Files(), name="static")
