"""`/kiosk`: a shared terminal where phones are forbidden. Gloves on, noise, a queue behind you.

Its pages are its own: they show what a worker does for oneself, as large as a hand, and sign
themselves out. No other page is open to a session that began here (`tokens.Tokens`).
"""

from fastapi import APIRouter

from services.gateway.pages.kiosk import door, matters, pin, saying
from services.gateway.site import Site


def router(site: Site) -> APIRouter:
    routes = APIRouter()
    for part in (door, pin, saying, matters):
        routes.include_router(part.router(site))
    return routes
