"""Accepts a job as the gateway does: one statement, then the relay's fast path. Its route wants a sign-in, or none."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
import uvloop
from fastapi import FastAPI, Request, Response

from bench.accept_baseline import KEY
from chassis.bus.rabbit import RabbitBus
from chassis.delivery.relay import Relay
from chassis.http.places import Places
from chassis.http.protocol import ServerConfig
from chassis.main import tune_gc
from chassis.message.envelope import new_id
from chassis.observe.health import Watchdog
from chassis.observe.logs import configure_logs
from chassis.settings import HttpTimeouts
from chassis.storage.database import open_database
from chassis.storage.keys import Keys
from chassis.stores_in_memory import KeysInMemory
from chassis.web.problems import unauthorized
from chassis.web.proposal import JobAccepted, JobReference
from contracts.catalogue import NOTIFICATION_READ
from contracts.gateway import MarkNotificationRead
from gateway.edge.auth.sessions import Sessions
from gateway.edge.auth.tokens import Tokens
from gateway.edge.callers import bearer_token
from gateway.jobs.accept import Acceptance


def create_app(amqp_url: str, database_url: str, *, signed_in: bool = False) -> FastAPI:
    """Makes the application; its pools have the size that a service's have.

    `signed_in`: each request has an access token, whose session is read before anything else, as the gateway does.
    """
    acceptances: list[Acceptance] = []
    sessions: list[Sessions] = []
    tokens = Tokens(KEY)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        configure_logs("json", logging.WARNING)
        database = open_database(database_url, "gateway", size=8)
        bus = await RabbitBus.connect(amqp_url, "bench-accept")
        relay = Relay("gateway", database, bus, Watchdog().pulse("relay"), 1_000_000, lambda _: None)
        acceptances.append(Acceptance(database, relay, keys=Keys(KeysInMemory())))
        routes = open_database(database_url, "gateway", size=8)
        if signed_in:
            sessions.append(Sessions(routes))
        relaying = asyncio.create_task(relay.run())
        tune_gc()
        yield
        await relay.flush(5.0)
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)
        await bus.close()
        await database.close()
        await routes.close()

    app = FastAPI(lifespan=lifespan)

    @app.post("/accept")
    async def accept(command: MarkNotificationRead, request: Request) -> Response:
        """Answers as the gateway's routes do."""
        for each in sessions:
            if await each.standing(tokens.read(str(bearer_token(request.headers)))) is None:
                raise unauthorized()
        accepted = await acceptances[0].accept(
            NOTIFICATION_READ, command, job_id=new_id(), person_id=command.person_id, idempotency=None
        )
        job = {"id": accepted.job_id, "kind": NOTIFICATION_READ.name, "status": accepted.status}
        body = JobAccepted(job=JobReference.model_validate(job)).model_dump_json()
        return Response(body, 202, {"Location": f"/jobs/{accepted.job_id}"}, "application/json")

    return app


async def _serve(app: FastAPI, port: int) -> None:
    """Serves the application by the server that the gateway has."""
    config = ServerConfig(app, HttpTimeouts(), Places(1_000, per_address=None))
    config.port = port
    async with app.router.lifespan_context(app):
        await uvicorn.Server(config).serve()


def run(*, signed_in: bool) -> None:
    """Serves the application."""
    amqp, dsn, port = sys.argv[1:]
    uvloop.run(_serve(create_app(amqp, dsn, signed_in=signed_in), int(port)))


if __name__ == "__main__":
    run(signed_in=False)
