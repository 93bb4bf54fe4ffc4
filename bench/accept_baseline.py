"""Accepts a job as one would write it by hand: FastAPI and one insert with asyncpg, without log or bus.

Its route wants a sign-in, or none.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import jwt
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel

from chassis.message.envelope import new_id

#: signs the access tokens of this run
KEY = "of the bench alone " * 2
_INSERT = "INSERT INTO baseline.requests (id, person_id, body) VALUES ($1, $2, $3)"

# $1 session $2 person
_SESSION = """
SELECT p.roles, p.birth_date FROM gateway.sessions s JOIN gateway.people p ON p.id = s.person_id
 WHERE s.id = $1 AND s.person_id = $2 AND s.why_ended IS NULL AND s.ends_at > now()
"""


class Body(BaseModel):
    """Holds the request's fields, the same that the product is asked for."""

    notification_id: UUID
    person_id: UUID


def create_app(database_url: str, *, signed_in: bool = False) -> FastAPI:
    """Makes the application. `signed_in`: each request has an access token, whose session is read."""
    pools: list[asyncpg.Pool[asyncpg.Record]] = []

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(database_url, min_size=8, max_size=8) as pool:
            pools.append(pool)
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/accept", status_code=202)
    async def accept(body: Body, request: Request) -> dict[str, str]:
        if signed_in:
            await _check(pools[0], request.headers["authorization"].removeprefix("Bearer "))
        identity = new_id()
        await pools[0].execute(_INSERT, identity, body.person_id, body.model_dump_json())
        return {"job_id": str(identity), "status": "accepted"}

    return app


async def _check(pool: asyncpg.Pool[asyncpg.Record], token: str) -> None:
    """Raises 401 without a good token of a session that has not ended."""
    try:
        claims = jwt.decode(token, KEY, algorithms=["HS256"], audience="voxbus", issuer="voxbus")
    except jwt.PyJWTError:
        raise HTTPException(401) from None
    if await pool.fetchrow(_SESSION, UUID(claims["sid"]), UUID(claims["sub"])) is None:
        raise HTTPException(401)


def run(*, signed_in: bool) -> None:
    """Serves the application."""
    _amqp, dsn, port = sys.argv[1:]
    app = create_app(dsn, signed_in=signed_in)
    uvicorn.run(app, port=int(port), loop="uvloop", log_level="warning", access_log=False)


if __name__ == "__main__":
    run(signed_in=False)
