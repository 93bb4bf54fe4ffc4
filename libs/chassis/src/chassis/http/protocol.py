"""Speaks HTTP/1.1 as uvicorn does, with limits of time and size that it does not have, and closes with care.

A refusal below the application is a problem document. A connection whose client is still sending when it has been
answered lingers: what comes is read and dropped, because the kernel would otherwise reset the connection, and the
client would lose the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.http11 import Request

from chassis.http.applications import TakesMessages
from chassis.http.head import HeadLimits, is_handshake, malformed
from chassis.http.lingering_transport import Lingering
from chassis.http.parser import CheckedConnection
from chassis.http.places import Places, Verdict
from chassis.http.quiet_logs import of_requests, of_sockets
from chassis.http.refusal import origin_in, origin_of, rendered, response_of
from chassis.http.turns import Turns
from chassis.observe import metrics
from chassis.settings import HttpTimeouts
from chassis.web.problems import BUSY, INTERNAL, REQUEST_TIMEOUT, TOO_MANY_CONNECTIONS, ProblemError

#: how long, and for how many bytes, an answered connection goes on reading
LINGER_S = 30.0
LINGER_BYTES = 64 * 1024 * 1024
#: bytes of one WebSocket message from a client: a small JSON document
_WEBSOCKET_BYTES = 16 * 1024
_CLOSE = (b"connection", b"close")
_LOST = 1006


class ServerConfig(uvicorn.Config):
    """Configures uvicorn for a port of ours, and holds what each connection needs."""

    def __init__(
        self,
        app: ASGIApp,
        timeouts: HttpTimeouts,
        places: Places,
        head: HeadLimits | None = None,
        message_bytes: Callable[[str], int | None] | None = None,
    ) -> None:
        """Takes `message_bytes`, of a WebSocket by its path; by default the application says it, if it can."""
        self.timeouts = timeouts
        self._message_bytes = message_bytes or (app.message_bytes if isinstance(app, TakesMessages) else None)
        self.places = places
        self.turns = Turns()
        self.head = head or HeadLimits()
        super().__init__(
            app,
            http=Http,
            ws=WebSocket,
            ws_max_size=_WEBSOCKET_BYTES,
            ws_per_message_deflate=False,
            log_config=None,
            access_log=False,
            lifespan="off",
            proxy_headers=False,  # it would believe whoever connects from this machine
            server_header=False,
            timeout_graceful_shutdown=5,
        )

    def message_bytes(self, path: str) -> int:
        """Returns the most bytes of one message over the WebSocket of a path."""
        return (self._message_bytes and self._message_bytes(path)) or _WEBSOCKET_BYTES


class Http(H11Protocol):
    """Serves one connection."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        assert isinstance(config, ServerConfig)
        super().__init__(config, server_state, app_state, _loop)
        self._application: ASGIApp = self.app
        self.app = self._answer
        self.logger = of_requests
        self.conn: CheckedConnection = CheckedConnection(config.head)
        self.timeout_keep_alive = config.timeouts.idle  # type: ignore[assignment]  # a part of a second will do too
        self._timeouts, self._places, self._turns = config.timeouts, config.places, config.turns
        self._socket: asyncio.Transport
        self._verdict = Verdict.OPEN
        self._head_timer: asyncio.TimerHandle | None = None
        self._is_late = False
        self._linger_timer: asyncio.TimerHandle | None = None
        self._has_ended = False
        self._dropped = 0

    # what the event loop calls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins a connection: its first head has to be complete in time."""
        self._socket = transport
        self._lingering = Lingering(self, transport, self.loop)
        super().connection_made(self._lingering)
        connected = transport.get_extra_info("socket")
        self._verdict = self._places.enter(transport, (self.client or ("",))[0], connected.fileno())
        if self._verdict is Verdict.CUT:
            transport.abort()
        else:
            self._head_timer = self.loop.call_later(self._timeouts.head, self._head_is_late)

    def data_received(self, data: bytes) -> None:
        """Takes what has come. After the last request of the connection that is dropped."""
        if self._has_ended:
            self._dropped += len(data)
            if self._dropped > LINGER_BYTES:
                self._socket.abort()
        elif self._verdict is Verdict.ADDRESS:
            self._refuse(ProblemError(TOO_MANY_CONNECTIONS), data)
        elif self._verdict is Verdict.FULL:
            self._refuse(ProblemError(BUSY), data)
        elif self.conn.their_state is not h11.MUST_CLOSE:
            super().data_received(data)
            self._watch_head()

    def eof_received(self) -> None:
        """Answers a client that ends its side within a request, as it may still read. The connection then closes."""
        if not self._has_ended and self.conn.is_partial:
            self._refuse(malformed("It ended before its head or its body did."), self.conn.trailing_data[0])

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends a connection."""
        self._has_ended = True
        self._places.leave(self._socket)
        self._stop_timers()
        super().connection_lost(exc)

    # what uvicorn calls

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Gives the connection to the WebSocket's own protocol, unless that would refuse it with a text of its own."""
        if not is_handshake(event.method, event.http_version, list(event.headers)):
            self._refuse(malformed("It is no WebSocket handshake of version 13 (RFC 6455)."))
            return
        self._stop_timers()
        self.transport = self._socket
        super().handle_websocket_upgrade(event)

    def send_400_response(self, msg: str) -> None:
        """Refuses what could not be parsed; `msg` is uvicorn's, and the same for everything."""
        self._refuse(self.conn.refusal or malformed(), self.conn.refused)

    def on_response_complete(self) -> None:
        """Waits for the next request."""
        super().on_response_complete()
        self._watch_head()

    def shutdown(self) -> None:
        """Begins to end the connection; one that lingers ends by itself."""
        if not self._has_ended:
            super().shutdown()

    # what stands between uvicorn and the application, and between uvicorn and the socket

    @property
    def is_closing(self) -> bool:
        """Tells whether no more answers go out."""
        return self._has_ended or self._socket.is_closing()

    def close(self) -> None:
        """Closes the connection, at once if its client has sent all."""
        if not self.is_closing and self.conn.is_unread:
            self._linger()
        elif not self.is_closing:
            self._socket.close()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs the application. Its answer announces when the connection ends with it.

        It does if the body was not read to its end, and after each `chunked` body: readers differ in what they take
        for the end of one, so nothing that follows it is read as a request.
        """
        is_chunked = any(name == b"transfer-encoding" for name, _ in scope["headers"])
        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = list(message.get("headers", ()))
                if (is_chunked or self.conn.their_state is h11.SEND_BODY) and _CLOSE not in headers:
                    message = {**message, "headers": [*headers, _CLOSE]}
                self._lingering.hold()
            await send(message)

        try:
            await self._application(scope, receive, answer)
        except Exception:
            if not started:
                broken = ProblemError(INTERNAL, headers={"Connection": "close"})
                await response_of(broken, self._application, origin_in(scope["headers"]))(scope, receive, answer)
            raise  # to be logged

    def _watch_head(self) -> None:
        """Gives a head that has begun its time, and takes the time away from one that is complete."""
        if self.conn.their_state is not h11.IDLE or self.is_closing:
            self._stop_head_timer()
        elif self._head_timer is None and not self._is_late and self.conn.begun:
            self._head_timer = self.loop.call_later(self._timeouts.head, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head_timer = None
        self._is_late = True
        self._turns.add(self.loop, self._end_late_head)

    def _end_late_head(self) -> None:
        if not self._is_late:  # it has come, or the connection has ended, while others had their turn
            return
        self._is_late = False
        if self.conn.begun:
            late = ProblemError(REQUEST_TIMEOUT, "The head of the request came too slowly.")
            self._refuse(late, self.conn.trailing_data[0])
        else:
            self.close()

    def _refuse(self, problem: ProblemError, head: bytes = b"") -> None:
        """Answers in place of the application and ends the connection. Does not answer twice.

        `head` is what has arrived of a head that the application does not see.
        """
        self._stop_head_timer()
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE) and not self.is_closing:
            metrics.HTTP_REFUSED.labels(str(problem.problem.status)).inc()
            is_read = self.conn.our_state is h11.SEND_RESPONSE
            origin = origin_in(self.scope["headers"]) if is_read else origin_of(head)
            response = response_of(problem, self._application, origin)
            has_body = not (is_read and self.scope["method"] == "HEAD")
            self._socket.write(rendered(response, self.server_state.default_headers, has_body=has_body))
            self._linger()
        else:
            self.close()

    def _linger(self) -> None:
        """Closes the sending side and reads on until the client closes too, for limited time and bytes."""
        self._stop_timers()
        self._has_ended = True
        self._linger_timer = self.loop.call_later(LINGER_S, self._socket.abort)
        self.flow.resume_reading()
        self._socket.write_eof()

    def _stop_head_timer(self) -> None:
        self._is_late = False
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_timers(self) -> None:
        self._stop_head_timer()
        self._unset_keepalive_if_required()
        if self._linger_timer is not None:
            self._linger_timer.cancel()


class WebSocket(WebSocketsSansIOProtocol):
    """Serves one WebSocket, which keeps the place of its connection."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.logger = of_sockets

    def send_500_response(self) -> None:
        """Answers for an application that broke, or a server that ends, before the handshake was complete."""
        if not self.initial_response and not self.handshake_complete:
            self.transport.write(rendered(response_of(ProblemError(INTERNAL), None, None), self.default_headers))

    def handle_connect(self, event: Request) -> None:
        """Begins a connection, whose messages may be as large as its path permits."""
        assert isinstance(self.config, ServerConfig)
        self.conn.max_message_size = self.config.message_bytes(event.path.partition("?")[0])
        super().handle_connect(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends a connection; one that nobody has closed is lost (1006), which uvicorn does not tell apart."""
        assert isinstance(self.config, ServerConfig)
        if self.handshake_complete and self.conn.close_rcvd is None:
            self.queue.put_nowait({"type": "websocket.disconnect", "code": _LOST})
        self.config.places.leave(self.transport)
        super().connection_lost(exc)
