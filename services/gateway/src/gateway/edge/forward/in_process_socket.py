"""Holds a stream to an owner inside one process, with one message at most on its way in each direction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar

from starlette.types import ASGIApp, Message, Scope

from chassis.observe.logs import logger
from gateway.edge.forward.hop import HopAnswer, HopEnded, HopSocket, NoAnswer

#: the close of a stream that is broken off
LOST = 1006
#: what an application needs to know to refuse a stream with an answer
DENIALS: dict[str, Any] = {"extensions": {"websocket.http.response": {}}}
_BROKEN = 1011

T = TypeVar("T")

_log = logger(__name__)


class InProcessSocket:
    """Calls an application with the events that a server would make of a connection."""

    def __init__(self) -> None:
        self._to_owner: asyncio.Queue[Message] = asyncio.Queue(maxsize=1)
        self._from_owner: asyncio.Queue[str] = asyncio.Queue(maxsize=1)
        #: the code of a close, by either side
        self._closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._head: Message | None = None
        self._body = b""
        self._is_connected = False
        self.begun: asyncio.Future[HopSocket | HopAnswer] = asyncio.get_running_loop().create_future()

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        """Runs the application to its end."""
        try:
            await app(scope, self._receive, self._send)
        except Exception as error:
            _log.error("an owner has ended a stream early", exc_info=error)
        finally:
            self._end(_BROKEN)
            if not self.begun.done():
                self.begun.set_exception(NoAnswer("no answer"))

    async def receive(self) -> str:
        """See `HopSocket`."""
        if self._from_owner.empty():
            return await self._unless_closed(self._from_owner.get())
        return self._from_owner.get_nowait()

    async def send(self, text: str) -> None:
        """See `HopSocket`."""
        await self._unless_closed(self._to_owner.put({"type": "websocket.receive", "text": text}))

    async def close(self, code: int) -> None:
        """See `HopSocket`."""
        self._end(code)

    def _end(self, code: int) -> None:
        if not self._closed.done():
            self._closed.set_result(code)

    async def _unless_closed(self, work: Coroutine[Any, Any, T]) -> T:
        """Returns what a coroutine does. Raises `HopEnded` when the stream is closed first."""
        task = asyncio.ensure_future(work)
        try:
            waiting: set[asyncio.Future[Any]] = {task, self._closed}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if task.done():
            return task.result()
        task.cancel()
        raise HopEnded(self._closed.result())

    async def _receive(self) -> Message:
        if not self._is_connected:
            self._is_connected = True
            return {"type": "websocket.connect"}
        try:
            if self._to_owner.empty():
                return await self._unless_closed(self._to_owner.get())
            return self._to_owner.get_nowait()
        except HopEnded as ended:
            return {"type": "websocket.disconnect", "code": ended.code}

    async def _send(self, message: Message) -> None:
        match message["type"]:
            case "websocket.accept":
                self._begin(self)
            case "websocket.send":
                try:
                    await self._unless_closed(self._from_owner.put(message["text"]))
                except HopEnded:
                    raise OSError("the client has gone") from None
            case "websocket.close":
                if not self.begun.done():
                    self.begun.set_exception(NoAnswer("closed before it was accepted"))
                self._end(message.get("code", 1000))
            case "websocket.http.response.start":
                self._head = message
            case "websocket.http.response.body" if self._head is not None:
                self._body += message.get("body", b"")
                if not message.get("more_body", False):
                    headers = list(self._head.get("headers", ()))
                    self._begin(HopAnswer(self._head["status"], headers, pieces_of(self._body), nothing))

    def _begin(self, begun: HopSocket | HopAnswer) -> None:
        if not self.begun.done():
            self.begun.set_result(begun)


async def pieces_of(body: bytes) -> AsyncIterator[bytes]:
    """Yields a body that is there."""
    yield body


async def nothing() -> None:
    """Closes an answer that is complete."""
