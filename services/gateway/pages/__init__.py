"""Pages for people."""

from fastapi import FastAPI

from services.gateway.site import Site


def install(app: FastAPI, site: Site) -> None: ...
