"""Servers that a site is given, where it does not start its own."""

import os
from dataclasses import dataclass

from deploy.local.errors import SiteError


@dataclass(frozen=True)
class Servers:
    """PostgreSQL and NATS that somebody else runs: containers, or a company's own.

    `postgres` is a host, or the directory of a socket. TLS is told by the variables that libpq has
    for it (`PGSSLMODE`, `PGSSLROOTCERT`), and by an address that begins with `tls://`.
    """

    postgres: str
    postgres_port: int
    nats_url: str

    @classmethod
    def from_environment(cls) -> "Servers | None":
        """From `TONGXIN_POSTGRES` (`host` or `host:port`) and `TONGXIN_NATS_URL`; None without
        them: then the servers are the home's own."""
        postgres = os.environ.get("TONGXIN_POSTGRES")
        if not postgres:
            return None
        host, _, port = postgres.partition(":")
        if not host or not (port or "5432").isdecimal():
            raise SiteError(f"TONGXIN_POSTGRES is host or host:port, not {postgres!r}.")
        nats_url = os.environ.get("TONGXIN_NATS_URL")
        if not nats_url:
            raise SiteError("TONGXIN_NATS_URL is missing beside TONGXIN_POSTGRES.")
        return cls(host, int(port or 5432), nats_url)
