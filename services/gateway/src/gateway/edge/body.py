"""Limits how slowly a request's body may come, so that no slow client holds a connection and a place for ever."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.types import Message, Receive

from chassis.web.problems import ProblemError
from gateway.edge.problems import REQUEST_TIMEOUT


@dataclass(frozen=True, slots=True)
class Pace:
    """Sets limits: a body is whole within `total` seconds, and each `window` of seconds brings `least` bytes."""

    total: float
    window: float = float("inf")
    least: int = 0


#: how slowly a JSON document may come
JSON_PACE = Pace(total=15)


def paced(receive: Receive, pace: Pace) -> Receive:
    """Returns an ASGI `receive` that raises the 408 of a body that comes too slowly. The time runs from now on.

    What comes after the body, the news that the client has gone, may take as long as it likes.
    """
    loop = asyncio.get_running_loop()
    end, window_end = loop.time() + pace.total, loop.time() + pace.window
    came = 0
    whole = False

    async def next_in_time() -> Message:
        nonlocal window_end, came
        while True:
            now = loop.time()
            if now >= end or (now >= window_end and came < pace.least):
                raise too_slow()
            if now >= window_end:
                window_end, came = now + pace.window, 0
            try:
                async with asyncio.timeout_at(min(end, window_end)):
                    return await receive()
            except TimeoutError:
                continue

    async def receive_in_time() -> Message:
        nonlocal came, whole
        if whole:
            return await receive()
        message = await next_in_time()
        came += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        return message

    return receive_in_time


def too_slow() -> ProblemError:
    """Returns the 408 of a body that comes too slowly; the connection is closed, for its rest would still come."""
    return ProblemError(REQUEST_TIMEOUT, headers={"Connection": "close"})
