"""Limits how slowly a request's body may come, so that a slow client cannot keep a connection and a place."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.types import Message, Receive

from chassis.web.problems import REQUEST_TIMEOUT, ProblemError


@dataclass(frozen=True, slots=True)
class Pace:
    """Sets limits: a body is complete within `total` seconds, and each `window` of seconds brings `least` bytes."""

    total: float
    window: float = float("inf")
    least: int = 0


#: the slowest permitted pace of a JSON document
JSON_PACE = Pace(total=15)


def paced(receive: Receive, pace: Pace) -> Receive:
    """Returns an ASGI `receive` that raises 408 for a body that comes too slowly. The time runs from now on.

    The message after the body, that the client has gone, has no time limit.
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
    """Returns the 408 for a body that comes too slowly. It closes the connection, because the rest would still come."""
    return ProblemError(REQUEST_TIMEOUT, headers={"Connection": "close"})
