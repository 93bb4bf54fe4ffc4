"""Surrounds every run of a handler, with one function for each concern; the lists at the end order them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar

from chassis.delivery.consumer import Consumer
from chassis.delivery.inbox import Received
from chassis.handler import Handler
from chassis.observe import metrics
from chassis.observe.traces import span

T = TypeVar("T")


@dataclass(eq=False)
class Run:
    """Holds one run of a handler, of one claimed message or a batch; `messages` are there once they are decoded."""

    consumer: Consumer
    handler: Handler
    received: Sequence[Received]
    messages: list[Any] = field(default_factory=list)


class Middleware(Protocol):
    """Does something before `work`, after it, or with what it raises: one concern."""

    async def __call__(self, run: Run, work: Callable[[], Awaitable[T]], /) -> T:
        """Does `work` and returns what it returns."""


async def around(middleware: Sequence[Middleware], run: Run, work: Callable[[], Awaitable[T]]) -> T:
    """Does `work` inside all middleware, the first outermost."""
    if not middleware:
        return await work()
    return await middleware[0](run, partial(around, middleware[1:], run, work))


async def die_if_told(run: Run, work: Callable[[], Awaitable[T]]) -> T:
    """Ends the process where a fault test says so."""
    run.consumer.failpoint("claimed")
    return await work()


async def measure(run: Run, work: Callable[[], Awaitable[T]]) -> T:
    """Measures the seconds of a run that raises nothing."""
    started = time.monotonic()
    result = await work()
    metrics.HANDLING_SECONDS.labels(run.consumer.name).observe(time.monotonic() - started)
    return result


async def trace(run: Run, work: Callable[[], Awaitable[T]]) -> T:
    """Opens a span, as a child or with links of those that the messages came from."""
    with span(run.consumer.name, *(received.envelope.traceparent for received in run.received)):
        return await work()


async def decode(run: Run, work: Callable[[], Awaitable[T]]) -> T:
    """Decrypts and reads the messages. Raises as `Consumer.read` does."""
    run.messages = await run.consumer.read(run.handler.message, run.received)
    return await work()


async def limit_time(run: Run, work: Callable[[], Awaitable[T]]) -> T:
    """Gives the handler its own time. Raises TimeoutError."""
    async with asyncio.timeout(run.handler.timeout):
        return await work()


#: around a claimed message, from its claim to its settlement
AROUND_CLAIM: Sequence[Middleware] = (die_if_told, measure, trace)
#: around a batch and its transaction
AROUND_BATCH: Sequence[Middleware] = (measure, trace)
#: around the handler's function; of a fast one inside the transaction
AROUND_HANDLER: Sequence[Middleware] = (decode, limit_time)
