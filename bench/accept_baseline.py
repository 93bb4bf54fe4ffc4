"""Accepts a job as one would write it by hand: FastAPI and one insert with asyncpg, without log or bus."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from chassis.message.envelope import new_id

_INSERT = "INSERT INTO baseline.requests (id, person_id, body) VALUES ($1, $2, $3)"


class Body(BaseModel):
    """Holds the request's fields, the same that the product is asked for."""

    notification_id: UUID
    person_id: UUID


def create_app(database_url: str) -> FastAPI:
    """Makes the application."""
    pools: list[asyncpg.Pool[asyncpg.Record]] = []

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(database_url, min_size=8, max_size=8) as pool:
            pools.append(pool)
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/accept", status_code=202)
    async def accept(body: Body) -> dict[str, str]:
        identity = new_id()
        await pools[0].execute(_INSERT, identity, body.person_id, body.model_dump_json())
        return {"job_id": str(identity), "status": "accepted"}

    return app


if __name__ == "__main__":
    _amqp, dsn, port = sys.argv[1:]
    uvicorn.run(create_app(dsn), port=int(port), loop="uvloop", log_level="warning", access_log=False)
