"""Serves a service's streams: WebSockets that the gateway opens for a client, with a signed principal.

A stream writes nothing by itself, so it is opened once and never again, and claims no record. What is refused before
it is accepted is a problem document, as of any request.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from chassis.errors import VoxbusError
from chassis.handler import Deps
from chassis.observe import request_spans
from chassis.web.access import Word, check_access
from chassis.web.context import OwnerContext
from chassis.web.failures import problem_of
from chassis.web.operation import operation_id
from chassis.web.principal import Principal, SignedRequest
from chassis.web.problems import NO_ROUTE, ProblemError, ProblemType, not_written

#: the gateway's header with the key of a provider that a client has sent; it crosses in no other
PROVIDER_KEY = "voxbus-provider-key"
#: bytes of one message of a client, with some room so that a little too much is answered and not cut
MESSAGE_BYTES = 1024 * 1024 + 64 * 1024
#: closes by which a client says that it is done (normal, no code at all), or the gateway that its sign-in has ended
_CLEAN = frozenset({1000, 1005, 1008})

StreamFunction = Callable[..., Awaitable[None]]
#: verifies the principal of a request for an operation with that id
Verify = Callable[["Stream", str, str, Headers], tuple[Principal, SignedRequest]]


class StreamEnded(VoxbusError):
    """Says that the client has gone. `is_clean`: it has said that it is done; otherwise it is lost."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the stream has ended: {code}")
        self.is_clean = code in _CLEAN


@dataclass(frozen=True, kw_only=True, slots=True)
class Stream:
    """Declares a stream; `Routes.stream` makes it. Its path has no parameters."""

    path: str
    function: StreamFunction
    access: tuple[Word, ...]
    problems: tuple[ProblemType, ...] = ()

    @property
    def id(self) -> str:
        """Returns its operationId."""
        return operation_id(self.function.__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamCall:
    """Holds who opens a stream, and with what. `key` is the key of a provider that the client has sent."""

    principal: Principal
    query: Mapping[str, str]
    deps: Deps
    key: str | None = field(default=None, repr=False)


class StreamSocket:
    """Holds one stream; the next message is read from the client when it is asked for."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def accept(self) -> None:
        """Lets the stream begin; until then a `ProblemError` refuses it."""
        await self._socket.accept()

    async def receive(self) -> str:
        """Returns the next message, an empty text for one that is no text. Raises `StreamEnded`."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise StreamEnded(message.get("code", 1006))
        return message.get("text") or ""

    async def send(self, text: str) -> None:
        """Sends a message, once the client has room for it. Raises `StreamEnded`."""
        try:
            await self._socket.send_text(text)
        except (WebSocketDisconnect, OSError, RuntimeError):
            raise StreamEnded(1006) from None

    async def close(self, code: int) -> None:
        """Closes the stream; nothing happens to one that has ended."""
        with contextlib.suppress(WebSocketDisconnect, OSError, RuntimeError):
            await self._socket.close(code)


class Streams:
    """Serves the streams of one owner."""

    def __init__(self, context: OwnerContext, streams: Sequence[Stream], verify: Verify) -> None:
        self._context = context
        self._streams = {stream.path: stream for stream in streams}
        self._verify = verify

    async def serve(self, scope: Scope, receive: Receive, send: Send, *, refusing: bool) -> None:
        """Serves one, of which the connection has come. `refusing`: the owner begins nothing more."""
        socket = WebSocket(scope, receive, send)
        try:
            stream = self._streams.get(scope["path"])
            if stream is None:
                raise ProblemError(NO_ROUTE)
            if refusing:
                raise not_written()
            await stream.function(call=self._admit(stream, scope), socket=StreamSocket(socket))
        except Exception as error:
            with request_spans.refusing(socket.headers.get("traceparent")):
                refusal = problem_of(error, "none").response()
            with contextlib.suppress(WebSocketDisconnect, OSError, RuntimeError):
                if socket.application_state.name == "CONNECTING":
                    await socket.send_denial_response(refusal)
                else:
                    await socket.close(1011)

    def _admit(self, stream: Stream, scope: Scope) -> StreamCall:
        headers, query = Headers(scope=scope), scope["query_string"].decode("latin-1")
        path = scope["raw_path"].decode("latin-1")
        principal, _ = self._verify(stream, "GET", f"{path}?{query}" if query else path, headers)
        check_access(stream.access, principal)
        return StreamCall(
            principal=principal,
            query=dict(parse_qsl(query)),
            deps=self._context.deps,
            key=headers.get(PROVIDER_KEY),
        )


def described_streams(service: str, streams: Sequence[Stream]) -> dict[str, Any]:
    """Returns what the public document says of streams, by path: OpenAPI has no WebSockets."""
    return {
        stream.path: {
            "operationId": stream.id,
            "description": " ".join((stream.function.__doc__ or "").split()),
            "x-service": service,
            "x-access": list(stream.access),
            "x-problems": sorted(problem.name for problem in stream.problems),
        }
        for stream in streams
    }
