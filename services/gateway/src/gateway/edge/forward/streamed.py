"""Serves the WebSockets that services own: opens a stream to the owner, and passes messages both ways as they are."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from chassis.observe import metrics
from chassis.web.access import check_access
from chassis.web.principal import Principal
from chassis.web.problems import ProblemError
from gateway.edge.forward.forwarder import Forwarded, Forwarder
from gateway.edge.forward.headers import returned
from gateway.edge.forward.hop import HopAnswer, HopEnded, HopSocket
from gateway.edge.forward.in_process_socket import LOST
from gateway.edge.forward.routes import Route, RouteTable

_GOING_AWAY, _POLICY, _BROKEN = 1001, 1008, 1011
#: seconds that an owner has to close its streams itself when the process stops
_LAST_WORDS_S = 0.5
#: closes that may not be sent
_UNSENDABLE = {1005: 1000, LOST: _BROKEN}


@dataclass(frozen=True, kw_only=True, slots=True)
class Opener:
    """Holds who opens a stream, what of the query goes on, and the key of a provider that came with it.

    `ended` is set once the sign-in has ended.
    """

    principal: Principal
    query: bytes
    subprotocol: str | None
    ended: asyncio.Event
    key: str | None = field(default=None, repr=False)


#: finds out who opens a stream, and holds their place while it is open; raises the problem of who may not
Open = Callable[[Scope, Route], AbstractAsyncContextManager[Opener]]
#: makes the problem document of an unforeseen error
ProblemOf = Callable[[Exception, Scope], ProblemError]


class ForwardedStreams:
    """Serves the streams that services own; `own` gets everything else."""

    def __init__(
        self,
        own: ASGIApp,
        table: RouteTable,
        forwarder: Forwarder,
        open: Open,
        stopping: asyncio.Event,
        problem_of: ProblemOf,
    ) -> None:
        self._own = own
        self._table = table
        self._forwarder = forwarder
        self._open = open
        self._stopping = stopping
        self._problem_of = problem_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Implements ASGI."""
        route = self._table.streams.get(scope["path"]) if scope["type"] == "websocket" else None
        if route is None:
            await self._own(scope, receive, send)
            return
        scope["route"] = route
        socket = WebSocket(scope, receive, send)
        try:
            async with self._open(scope, route) as opener:
                await self._serve(socket, route, opener)
        except WebSocketDisconnect:
            return
        except Exception as error:
            problem = error if isinstance(error, ProblemError) else self._problem_of(error, scope)
            await _refuse(socket, problem.response())

    async def _serve(self, socket: WebSocket, route: Route, opener: Opener) -> None:
        check_access(route.access, opener.principal)  # type: ignore[arg-type]
        request = Forwarded(
            route=route,
            method="GET",
            path=route.path.encode(),
            query=opener.query,
            headers=[],
            body=b"",
            principal=opener.principal,
            key=opener.key,
        )
        opened = await self._forwarder.open(request)
        if isinstance(opened, HopAnswer):
            await _refuse(socket, await _answer(route, opened))
            return
        try:
            await socket.accept(opener.subprotocol)
            with metrics.SOCKETS.track_inprogress():
                await self._pass(socket, opened, opener.ended)
        finally:
            await opened.close(LOST)

    async def _pass(self, socket: WebSocket, hop: HopSocket, ended: asyncio.Event) -> None:
        """Passes messages until one side ends, the sign-in does, or the process stops."""
        to_owner = asyncio.create_task(_to_owner(socket, hop))
        to_client = asyncio.create_task(_to_client(socket, hop))
        stopping, signed_out = asyncio.create_task(self._stopping.wait()), asyncio.create_task(ended.wait())
        tasks: list[asyncio.Task[object]] = [to_owner, to_client, stopping, signed_out]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if stopping.done():  # an owner in this process is stopping as well, and has its own last words
                await asyncio.wait([to_client], timeout=_LAST_WORDS_S)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if not to_client.cancelled():
            code = to_client.result()
            await _close(socket, _UNSENDABLE.get(code, code))
        elif not to_owner.cancelled():
            await hop.close(to_owner.result())
        elif not signed_out.cancelled():
            await hop.close(_POLICY)
            await _close(socket, _POLICY)
        else:
            await _close(socket, _GOING_AWAY)


async def _to_owner(socket: WebSocket, hop: HopSocket) -> int:
    """Passes on what the client sends, and returns the code of its close."""
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return int(message.get("code", LOST))
        with contextlib.suppress(HopEnded):  # the other task hears of it as well, with the code
            await hop.send(message.get("text") or "")


async def _to_client(socket: WebSocket, hop: HopSocket) -> int:
    """Passes on what the owner sends, and returns the code of its close, or of the client's."""
    while True:
        try:
            text = await hop.receive()
        except HopEnded as ended:
            return ended.code
        try:
            await socket.send_text(text)
        except (WebSocketDisconnect, OSError, RuntimeError):
            await asyncio.Event().wait()  # the other task hears of it, with the code


async def _close(socket: WebSocket, code: int) -> None:
    with contextlib.suppress(WebSocketDisconnect, OSError, RuntimeError):
        await socket.close(code)


async def _refuse(socket: WebSocket, response: Response) -> None:
    with contextlib.suppress(WebSocketDisconnect, OSError, RuntimeError):
        await socket.send_denial_response(response)


async def _answer(route: Route, answer: HopAnswer) -> Response:
    body = b"".join([piece async for piece in answer.pieces])
    await answer.close()
    response = Response(status_code=answer.status)
    response.body, response.raw_headers = body, returned(route, answer.status, answer.headers)
    return response
