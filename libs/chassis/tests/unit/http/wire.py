"""Drives the protocol of one connection with bytes, a transport and a clock that are held in the hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, cast

import h11
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.server import ServerState

from chassis.http.places import Places
from chassis.http.protocol import Http, ServerConfig
from chassis.settings import HttpTimeouts
from chassis.web.body import too_large

GET = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: a\r\n"
REFUSED = b"POST /refused HTTP/1.1\r\nHost: a\r\n"
SECOND = b"GET /second HTTP/1.1\r\nHost: a\r\n\r\n"
LENGTH = b"Content-Length: 5\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


class Clock:
    """Is all that a protocol uses of a loop: time passes by `pass_time`, tasks run in the test's own loop."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[asyncio.TimerHandle] = []
        self.broken: list[object] = []
        self.loop = cast("asyncio.AbstractEventLoop", self)

    def time(self) -> float:
        return self.now

    def get_debug(self) -> bool:
        return False

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any, **_: Any) -> asyncio.TimerHandle:
        timer = asyncio.TimerHandle(self.now + delay, callback, args, self.loop)
        self.timers.append(timer)
        return timer

    def call_soon(self, callback: Callable[..., object], *args: Any, **_: Any) -> asyncio.TimerHandle:
        return self.call_later(0.0, callback, *args)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.broken.append(context["exception"])

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        if handle in self.timers:  # it may have run
            self.timers.remove(handle)

    def create_task(self, coro: Coroutine[Any, Any, Any], **_: Any) -> asyncio.Task[Any]:
        return asyncio.get_running_loop().create_task(coro)

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [timer for timer in self.timers if timer.when() <= end]:
            timer = min(due, key=asyncio.TimerHandle.when)
            self.timers.remove(timer)
            self.now = timer.when()
            timer._run()
        self.now = end


class Socket:
    """Tells what a connected socket tells."""

    def __init__(self, file: int, host: str) -> None:
        self._file, self._host = file, host

    def fileno(self) -> int:
        return self._file

    def getpeername(self) -> tuple[str, int]:
        return (self._host, 50_000)

    def getsockname(self) -> tuple[str, int]:
        return ("127.0.0.1", 8000)


class Wire(asyncio.Transport):
    """Keeps what is written, and how it ends: half (the sending side), closed, aborted."""

    def __init__(self, socket: Socket) -> None:
        super().__init__({"socket": socket})
        self.written = bytearray()
        self.writes = 0
        self.end = ""
        self.is_paused = False

    def write(self, data: Any) -> None:
        assert not self.end, "written after the end"
        self.written += data
        self.writes += len(data) > 0

    def write_eof(self) -> None:
        self.end = "half"

    def is_closing(self) -> bool:
        return self.end in ("closed", "aborted")

    def close(self) -> None:
        self.end = self.end if self.is_closing() else "closed"

    def abort(self) -> None:
        self.end = "aborted"

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False


@dataclass
class Application:
    """Reads each request whole and answers 200; does not read those of `/refused`, and breaks at `/broken`."""

    seen: list[tuple[str, bytes]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == "/refused":
            await too_large(1).response()(scope, receive, send)
            return
        if path == "/broken":
            raise LookupError("a secret")
        body, more = b"", True
        while more:
            message: Message = await receive()
            if message["type"] == "http.disconnect":
                self.gone.append(path)
                return
            body, more = body + message["body"], message["more_body"]
        self.seen.append((path, body))
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})


class Connection:
    """Is one connection, as its client and its event loop have it."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        places: Places | None = None,
        timeouts: HttpTimeouts | None = None,
        file: int = 50,
        host: str = "192.0.2.1",
    ) -> None:
        self.clock, self.wire, self._state = Clock(), Wire(Socket(file, host)), ServerState()
        config = ServerConfig(app, timeouts or HttpTimeouts(), places or Places(10_000))
        self.protocol = Http(config, self._state, {}, self.clock.loop)
        self.protocol.connection_made(self.wire)

    async def send(self, *parts: bytes) -> None:
        """Sends bytes and lets the application do what it can with them."""
        for part in parts:
            self.protocol.data_received(part)
            for _ in range(20):  # turns of the loop, enough for any of the applications here
                await asyncio.sleep(0)

    def end_sending(self) -> None:
        """Does what an event loop does when the client closes its side alone: it closes what is not to stay open."""
        self.protocol.eof_received()
        self.wire.close()

    def hang_up(self) -> None:
        self.protocol.connection_lost(None)

    def answers(self) -> list[tuple[int, dict[str, str], bytes]]:
        """Returns status, fields and body of each answer that was written. None may be incomplete."""
        found: list[tuple[int, dict[str, str], bytes]] = []
        client = h11.Connection(h11.CLIENT)
        rest = bytes(self.wire.written)
        while rest:
            client = h11.Connection(h11.CLIENT)
            client.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
            client.send(h11.EndOfMessage())
            client.receive_data(rest)
            status, fields, body = 0, {}, b""
            while not isinstance(event := client.next_event(), h11.EndOfMessage):
                assert event is not h11.NEED_DATA, "an answer is incomplete"
                if isinstance(event, h11.Response):
                    status = event.status_code
                    fields = {name.decode(): value.decode() for name, value in event.headers}
                elif isinstance(event, h11.Data):
                    body += event.data
            found.append((status, fields, body))
            rest = client.trailing_data[0]
        return found

    def problem(self) -> tuple[int, str]:
        """Returns status and type of the one problem document that was written, which ends the connection.

        One of the protocol's own quotes a request id of its own.
        """
        [(status, fields, body)] = self.answers()
        assert fields["content-type"] == "application/problem+json"
        assert fields["connection"] == "close"
        assert fields["cache-control"] == "no-store"
        document = json.loads(body)
        assert document.keys() - {"request_id"} == {"type", "title", "status", "detail"}
        assert fields.get("x-request-id") == document.get("request_id")
        assert document["status"] == status
        return status, document["type"]
