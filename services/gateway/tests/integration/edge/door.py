"""Provides a gateway that forwards to the toys, over one hop or the other."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import uvicorn
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.breaker import Breaker
from chassis.testing import until
from chassis.web.document import fragment_of
from chassis.web.principal import ANONYMOUS, Principal
from chassis.web.problems import CONSENT_REQUIRED, ProblemError, not_found
from chassis.web.testing import Answer
from gateway.edge.forward.forwarder import Forwarded, Forwarder
from gateway.edge.forward.hop import Hop
from gateway.edge.forward.join import join
from gateway.edge.forward.routes import Route, RouteTable
from gateway.edge.forward.serve import Admit, ForwardedRoutes, Propose
from gateway.edge.forward.upstream import Upstream
from libs.chassis.tests.integration.toys import ROUTES

DOCUMENT = join([fragment_of("toys", ROUTES)])


@dataclass
class Door:
    """Asks as a client does."""

    app: ASGIApp
    caller: list[Principal] = field(default_factory=lambda: [ANONYMOUS])

    def by(self, principal: Principal) -> Door:
        self.caller[0] = principal
        return self

    async def __call__(
        self, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        client = Client(method, target, body, headers)
        await self.app(client.scope, client.receive, client.send)
        return client.answer


class Client:
    """Sends one request as a client that reads without delay, and may go away."""

    def __init__(self, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        path, _, query = target.partition("?")
        framed = {"content-type": "application/json", "content-length": str(len(body))} if body else {}
        sent = {**framed, **(headers or {})}
        self.scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        }
        self._body: bytes | None = body
        self.gone, self.reads = asyncio.Event(), asyncio.Event()
        self.reads.set()
        self.messages: list[Message] = []

    async def receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        await self.reads.wait()
        self.messages.append(message)

    @property
    def answer(self) -> Answer:
        start, *rest = self.messages
        body = b"".join(message.get("body", b"") for message in rest)
        return Answer(start["status"], Headers(raw=list(start["headers"])), body)


def door(
    hop: Hop,
    key: bytes,
    *,
    document: Mapping[str, Any] = DOCUMENT,
    accepting: Callable[[RouteTable, Forwarder], Propose] | None = None,
    **options: Any,
) -> Door:
    """Returns a gateway over a hop; `accepting` makes what accepts jobs. `options`: `breaker`, and the forwarder's."""
    caller = [ANONYMOUS]

    async def identify(_: Scope) -> Principal:
        return caller[0]

    upstream = Upstream(key, hop, options.pop("breaker", None) or Breaker())
    forwarder = Forwarder({"toys": upstream}, **options)
    table = RouteTable(document)
    propose = _nobody if accepting is None else accepting(table, forwarder)
    return Door(
        ForwardedRoutes(nothing, table, forwarder, identify, propose, _no_limits, _no_limits, **GATE),
        caller,
    )


async def _no_limits(_: Scope, __: Route, ___: Principal) -> None:
    """Represents the limits, and who notes refusals; no test here needs either."""


async def _gate(caller: Principal, _: tuple[str, str]) -> None:
    """Represents the gate, which nobody has given any consent."""
    if caller.age_band != "of_age":
        raise ProblemError(CONSENT_REQUIRED)


async def _no_guardian(_: Principal, __: UUID) -> bool:
    return False


GATE: dict[str, Any] = {"check_consent": _gate, "acts_for": _no_guardian, "note_reading": _no_limits}


async def _nobody(request: Forwarded, _: Admit) -> Response:
    raise AssertionError(f"{request.route.operation} proposes a job")


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands for the gateway's own application."""
    await not_found().response()(scope, receive, send)


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """Serves an application on a port of this machine, as a service that runs alone does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))

        async def up() -> bool:
            return server.started

        await until(up)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = server.force_exit = True
            await serving
