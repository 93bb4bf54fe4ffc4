"""Serves a stand-in on a port of this machine, which can be slow, down, and restarted."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.testing import until


class Behaviour:
    """Lets an application be slow or down, and counts what it is asked."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.down = False
        self.asked: list[str] = []
        self.answers = asyncio.Event()
        self.answers.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Implements ASGI."""
        self.asked.append(f"{scope['method']} {scope['path']}")
        await self.answers.wait()
        if self.down:
            await PlainTextResponse("upstream connect error", 503)(scope, receive, send)
            return
        await self._app(scope, receive, send)


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serves an application and provides its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
        running = asyncio.create_task(server.serve(sockets=[listener]))

        async def up() -> bool:
            return server.started

        await until(up)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = server.force_exit = True
            await running
