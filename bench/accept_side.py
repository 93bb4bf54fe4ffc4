"""Accepts a job as the gateway does, on a route without sign-in: one statement, then the relay's fast path."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, Response

from chassis.bus.rabbit import RabbitBus
from chassis.delivery.relay import Relay
from chassis.main import tune_gc
from chassis.message.envelope import new_id
from chassis.observe.health import Watchdog
from chassis.observe.logs import configure_logs
from chassis.storage.database import open_database
from chassis.storage.keys import Keys
from chassis.testing import KeysInMemory
from chassis.web.proposal import JobAccepted, JobReference
from contracts.catalogue import NOTIFICATION_READ
from contracts.gateway import MarkNotificationRead
from gateway.jobs.accept import Acceptance


def create_app(amqp_url: str, database_url: str) -> FastAPI:
    """Makes the application; its pool has the size that a service's has."""
    acceptances: list[Acceptance] = []

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        configure_logs("json", logging.WARNING)
        database = open_database(database_url, "gateway", size=8)
        bus = await RabbitBus.connect(amqp_url, "bench-accept")
        relay = Relay("gateway", database, bus, Watchdog().pulse("relay"), 1_000_000, lambda _: None)
        acceptances.append(Acceptance(database, relay, keys=Keys(KeysInMemory())))
        relaying = asyncio.create_task(relay.run())
        tune_gc()
        yield
        await relay.flush(5.0)
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)
        await bus.close()
        await database.close()

    app = FastAPI(lifespan=lifespan)

    @app.post("/accept")
    async def accept(command: MarkNotificationRead) -> Response:
        """Answers as the gateway's routes do."""
        accepted = await acceptances[0].accept(
            NOTIFICATION_READ, command, job_id=new_id(), person_id=command.person_id, idempotency=None
        )
        job = {"id": accepted.job_id, "kind": NOTIFICATION_READ.name, "status": accepted.status}
        body = JobAccepted(job=JobReference.model_validate(job)).model_dump_json()
        return Response(body, 202, {"Location": f"/jobs/{accepted.job_id}"}, "application/json")

    return app


if __name__ == "__main__":
    amqp, dsn, port = sys.argv[1:]
    uvicorn.run(create_app(amqp, dsn), port=int(port), loop="uvloop", log_level="warning", access_log=False)
