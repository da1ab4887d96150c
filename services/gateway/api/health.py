"""`/health` speaks of the whole site, `/livez` and `/readyz` of this process alone."""

import asyncio
from typing import Any

import structlog
from fastapi import APIRouter
from starlette.responses import JSONResponse

from services.gateway.site import Site
from shared.broker import durables
from shared.health import ServiceHealth
from shared.settled import ask_health
from shared.telemetry import fault

log = structlog.get_logger(__name__)

NO_STORE = {"Cache-Control": "no-store"}


async def own_health(site: Site) -> ServiceHealth | None:
    """The gateway's own: its durable and its held facts; None when a part it needs is away."""
    try:
        return await site.health()
    except Exception as error:
        log.info("not ready", **fault(error))
        return None


async def site_health(site: Site) -> dict[str, Any]:
    """Everything a person on call asks first. `status` is ok, or names what is away."""
    others = sorted({durable.name for durable in durables(site.settings.site)} - {"gateway"})
    client = site.client
    own, *told = await asyncio.gather(
        own_health(site),
        *(ask_health(client, site.settings.site, name) for name in others if client),
    )
    services = dict(zip(["gateway", *others], [own, *told], strict=False))
    away = [name for name in ["gateway", *others] if not _ready(services.get(name))]
    unsent = [s.outbox.oldest_unsent_seconds for s in services.values() if s and s.outbox]
    return {
        "status": "ok" if not away else f"away: {', '.join(away)}",
        "site": site.settings.site,
        "services": {
            name: "ready" if _ready(services.get(name)) else "away" for name in ["gateway", *others]
        },
        "durables": [
            {"service": name} | durable.model_dump()
            for name, health in services.items()
            if health
            for durable in health.durables
        ],
        "oldest_unsent_seconds": max((age for age in unsent if age is not None), default=0),
        "held": sum(health.held for health in services.values() if health),
        "dead": sum(health.dead for health in services.values() if health),
    }


def _ready(health: ServiceHealth | None) -> bool:
    return health is not None and health.ready


def router(site: Site) -> APIRouter:
    routes = APIRouter(tags=["health"])

    @routes.get("/health", summary="The whole site", responses={503: {"description": "Not ready"}})
    async def health() -> JSONResponse:
        """Each service, each durable's lag, the oldest unsent fact, held and dead counts. 503
        until all are ready."""
        said = await site_health(site)
        return JSONResponse(said, 200 if said["status"] == "ok" else 503, headers=NO_STORE)

    @routes.get("/livez", summary="This process lives")
    async def livez() -> JSONResponse:
        """200 while the process answers at all."""
        return JSONResponse({"status": "ok"}, headers=NO_STORE)

    @routes.get(
        "/readyz", summary="This process can work", responses={503: {"description": "Not ready"}}
    )
    async def readyz() -> JSONResponse:
        """200 when this process reaches its database and NATS."""
        ready = await own_health(site) is not None
        status = {"status": "ok" if ready else "away"}
        return JSONResponse(status, 200 if ready else 503, headers=NO_STORE)

    return routes
