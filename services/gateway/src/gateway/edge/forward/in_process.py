"""Hops inside one process: calls the owner's ASGI application with the data that would cross a port, and no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextvars import Context
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Message, Scope

from chassis.observe.health import Condition
from chassis.observe.logs import logger
from gateway.edge.forward.hop import HopAnswer, HopRequest, HopSocket, NoAnswer, NotSent, OwnerHealth
from gateway.edge.forward.in_process_socket import DENIALS, LOST, InProcessSocket

_log = logger(__name__)


class InProcessHop:
    """Calls one application, each time in a task and a context of its own. There is no lifespan."""

    def __init__(
        self, find: Callable[[], ASGIApp | None], conditions: Callable[[], Mapping[str, Condition]] = dict
    ) -> None:
        """Takes `find`, which returns the application, None as long as its service has not opened, and its parts'."""
        self._find = find
        self._conditions = conditions
        self._running: set[asyncio.Task[None]] = set()

    async def send(self, request: HopRequest, *, within: float, ends: float) -> HopAnswer:
        """See `Hop`. A client that goes away cancels nothing; the application gets a disconnect, as from a server."""
        app = self._find()
        if app is None:
            raise NotSent("not open yet")
        exchange = _Exchange(request)
        task = asyncio.create_task(exchange.run(app, _scope(request)), context=Context())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            async with asyncio.timeout_at(min(asyncio.get_running_loop().time() + within, ends)):
                status, headers = await exchange.begun
        except TimeoutError:
            exchange.leave()
            raise NoAnswer("no answer in time", late=True) from None
        except BaseException:
            exchange.leave()
            raise

        async def close() -> None:
            exchange.leave()

        return HopAnswer(status, headers, exchange.pieces(), close)

    async def open(self, request: HopRequest, *, within: float) -> HopSocket | HopAnswer:
        """See `Hop`."""
        app = self._find()
        if app is None:
            raise NotSent("not open yet")
        socket = InProcessSocket()
        scope = {**_scope(request), "type": "websocket", "scheme": "ws", "subprotocols": [], **DENIALS}
        task = asyncio.create_task(socket.run(app, scope), context=Context())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            async with asyncio.timeout(within):
                return await socket.begun
        except BaseException as error:
            await socket.close(LOST)
            if isinstance(error, TimeoutError):
                raise NoAnswer("no answer in time", late=True) from None
            raise

    async def state(self) -> OwnerHealth:
        """See `Hop`."""
        return OwnerHealth("down") if self._find() is None else OwnerHealth("ok", self._conditions())

    async def aclose(self) -> None:
        """Does nothing: running requests end by themselves."""


class _Exchange:
    """Holds one request and its answer, between two tasks."""

    def __init__(self, request: HopRequest) -> None:
        self._body: bytes | None = request.body
        self._gone = asyncio.Event()
        #: at most one piece waits here; the next one is made when it is taken. None: the answer ended early
        self._pieces: asyncio.Queue[Message | None] = asyncio.Queue(maxsize=1)
        self._complete = False
        self.begun: asyncio.Future[tuple[int, list[tuple[bytes, bytes]]]] = asyncio.get_running_loop().create_future()

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        """Runs the application to its end, whatever happens to its client."""
        try:
            await app(scope, self._receive, self._send)
        except Exception as error:
            _log.error("an owner has ended an answer early", exc_info=error)
        finally:
            if not self.begun.done():
                self.begun.set_exception(NoAnswer("no answer"))
            elif not self._complete and not self._gone.is_set():
                await self._pieces.put(None)

    def leave(self) -> None:
        """Tells the application that the client has gone, and lets it go on if it waits for a reader."""
        self._gone.set()
        while not self._pieces.empty():
            self._pieces.get_nowait()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yields the body."""
        while True:
            message = await self._pieces.get()
            if message is None:
                raise NoAnswer("an answer that ends early")
            if piece := message.get("body", b""):
                yield piece
            if not message.get("more_body", False):
                return

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if self._gone.is_set() or self.begun.cancelled():  # cancelled: the time is over
            return
        if message["type"] == "http.response.start":
            self.begun.set_result((message["status"], list(message.get("headers", ()))))
            return
        self._complete = not message.get("more_body", False)
        await self._pieces.put(message)


def _scope(request: HopRequest) -> dict[str, Any]:
    """Returns the ASGI scope that a server on a port would make for a request."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote_to_bytes(request.path).decode(errors="replace"),
        "raw_path": request.path,
        "query_string": request.query,
        "root_path": "",
        "headers": list(request.headers),
    }
