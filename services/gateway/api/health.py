"""`/health` speaks of the whole site, `/livez` and `/readyz` of this process alone."""

import asyncio
from typing import Any, Literal

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from services.gateway.api.schema import good
from services.gateway.doors import door
from services.gateway.site import Site
from shared.broker import durables
from shared.for_whom import ANYONE
from shared.health import ServiceHealth
from shared.ops import look
from shared.settled import ask_health


class Health(BaseModel):
    """`status` is ok, or names what is away."""

    status: str


class SiteHealth(Health):
    """What a person on call asks first."""

    site: str
    services: dict[str, Literal["ready", "away"]]
    durables: list[dict[str, Any]] = Field(description="service, stream, how far it is behind")
    oldest_unsent_seconds: float
    held: int = Field(description="facts that failed and will be tried again")
    dead: int = Field(description="facts that need a person")


NO_STORE = {"Cache-Control": "no-store"}


async def site_health(site: Site) -> dict[str, Any]:
    """Everything a person on call asks first. `status` is ok, or names what is away."""
    others = sorted({durable.name for durable in durables(site.settings.site)} - {"gateway"})
    client = site.client
    own, *told = await asyncio.gather(
        look(site.health),
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

    @routes.get(
        "/health",
        summary="The whole site",
        responses=good(200, "All are ready", SiteHealth) | good(503, "Not ready", SiteHealth),
    )
    @door("整个站点是否正常", ANYONE)
    async def health() -> JSONResponse:
        """Each service, each durable's lag, the oldest unsent fact, held and dead counts. 503
        until all are ready."""
        said = await site_health(site)
        return JSONResponse(said, 200 if said["status"] == "ok" else 503, headers=NO_STORE)

    @routes.get("/livez", summary="This process lives", responses=good(200, "It does", Health))
    @door("本进程是否活着", ANYONE)
    async def livez() -> JSONResponse:
        """200 while the process answers at all."""
        return JSONResponse({"status": "ok"}, headers=NO_STORE)

    @routes.get(
        "/readyz",
        summary="This process can work",
        responses=good(200, "Ready", Health) | good(503, "Not ready", Health),
    )
    @door("本进程能否工作", ANYONE)
    async def readyz() -> JSONResponse:
        """200 when this process reaches its database and NATS."""
        ready = await look(site.health) is not None
        status = {"status": "ok" if ready else "away"}
        return JSONResponse(status, 200 if ready else 503, headers=NO_STORE)

    if site.settings.url.startswith("http:"):
        # Such a site is reached over loopback alone. Behind a front that ends TLS everybody comes
        # from loopback, so there the port of its own, `TONGXIN_OPS_PORT`, is the only door.
        @routes.get(
            "/metrics",
            summary="What this process counts",
            response_class=Response,
            responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
        )
        @door("本进程的指标", ANYONE)
        async def metrics() -> Response:
            """Prometheus' text format."""
            site.metrics.show(await look(site.health))
            return Response(generate_latest(site.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return routes
