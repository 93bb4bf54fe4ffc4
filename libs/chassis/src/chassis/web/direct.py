"""Lets a direct answer end with its client: it writes nothing, so nothing is left to be done for nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

#: the answer of a direct operation, which `whole` and `in_pieces` make
DirectResponse = Response
#: seconds that answers which are being made have when their process is stopped
END_S = 20.0
#: seconds until they have ended
LONGEST_END_S = END_S + 1
#: the direct answers that this process makes or passes on
_running: set[asyncio.Future[None]] = set()


def whole(content: str | bytes, media_type: str, headers: Mapping[str, str], status: int = 200) -> DirectResponse:
    """Returns an answer that is there."""
    return Response(content, status, headers, media_type)


def in_pieces(
    pieces: AsyncIterator[bytes], media_type: str, headers: Mapping[str, str], close: Callable[[], Awaitable[None]]
) -> DirectResponse:
    """Returns an answer that is still being made: the next piece is taken when the client has room for it.

    `close` is called at its end, also where the client has gone before the first piece, or while it took one.
    """
    return _Closing(pieces, close, media_type, headers)


class _Closing(StreamingResponse):
    """Closes what its pieces are made of, however it ends: a generator that is left alone is closed some time later."""

    def __init__(
        self,
        pieces: AsyncIterator[bytes],
        close: Callable[[], Awaitable[None]],
        media_type: str,
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(pieces, headers=headers, media_type=media_type)
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._close()


async def all_ended(within: float = LONGEST_END_S) -> None:
    """Returns when no direct answer is being made any more, after so many seconds at the latest."""
    if _running:
        await asyncio.wait(_running, timeout=within)


async def until_gone(receive: Receive, answering: Awaitable[None]) -> None:
    """Answers, and stops at once when the client goes away. The request's body has been read."""
    work, gone = asyncio.ensure_future(answering), asyncio.ensure_future(_gone(receive))
    _running.add(work)
    work.add_done_callback(_running.discard)
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            await work
    finally:
        for task in (work, gone):
            task.cancel()
        await asyncio.gather(work, gone, return_exceptions=True)


def body_alone(body: bytes) -> Receive:
    """Returns a `receive` that delivers a body, and then nothing: somebody else looks whether the client goes."""
    told = False

    async def receive() -> Message:
        nonlocal told
        if told:
            await asyncio.Event().wait()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
