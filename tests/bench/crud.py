"""What a team would otherwise build for the same command: one hop, one insert, one commit.

FastAPI on the server and loop that our gateway uses, a bearer token believed for as long, the same
body, the same table. No outbox, no once-only, no other process to be told of it.
"""

import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, NamedTuple
from uuid import UUID

import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import async_sessionmaker

from deploy.local.home import Home
from services.democracy.proposals import Proposal
from services.gateway.accounts import token_hash
from services.gateway.tokens import TRUST_SECONDS
from shared.calendar import today
from shared.contracts.democracy import SubmitProposal
from shared.messages import uuid7
from tests.bench.rig import bench_engine

_USER = text("""
    SELECT person.id AS person, stay.unit FROM session
    JOIN account ON account.name = session.account AND account.active
    JOIN person ON person.employee = account.employee
    JOIN stay ON stay.person = person.id AND stay.during @> CAST(:today AS date)
    WHERE session.token_hash = :hash AND session.expires_at > now()
""")


class User(NamedTuple):
    person: UUID
    unit: UUID


class Made(BaseModel):
    id: UUID


def create_app(home: Home) -> FastAPI:
    engine = bench_engine(home)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    known: dict[bytes, tuple[float, User]] = {}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)

    async def signed_in(
        token: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())],
    ) -> User:
        hashed = token_hash(token.credentials)
        found = known.get(hashed)
        if found and found[0] > time.monotonic():
            return found[1]
        async with sessions() as session:
            row = (await session.execute(_USER, {"hash": hashed, "today": today()})).one_or_none()
        if row is None:
            raise HTTPException(401)
        known[hashed] = (time.monotonic() + TRUST_SECONDS, User(*row))
        return User(*row)

    @app.post("/proposals", status_code=201)
    async def submit(said: SubmitProposal, user: Annotated[User, Depends(signed_in)]) -> Made:
        proposal = Proposal(
            id=uuid7(),
            unit=user.unit,
            author=None if said.hidden else user.person,
            author_seal=b"",
            category=said.category.value,
            title=said.title,
            body=said.body,
            state="open",
            supports=0,
            submitted_on=today(),
            due_on=today() + timedelta(days=30),
            due_verdict={},
            overdue=False,
        )
        async with sessions() as session:
            session.add(proposal)
            await session.commit()
        return Made(id=proposal.id)

    return app


if __name__ == "__main__":
    uvicorn.run(
        create_app(Home(Path(sys.argv[1]))),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
    )
