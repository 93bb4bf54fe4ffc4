"""Surrounds every run of a handler, with one function for each concern; the lists at the end order them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar

from chassis.delivery.consumer import Consumer
from chassis.delivery.inbox import Claim, Received
from chassis.delivery.message_spans import processing
from chassis.errors import ConsentRevoked
from chassis.handler import Handler
from chassis.observe import metrics

T = TypeVar("T")


@dataclass(eq=False)
class Run:
    """Holds one run of a handler, of one claimed message or a batch; `messages` are there once they are decoded."""

    consumer: Consumer
    handler: Handler
    received: Sequence[Received]
    messages: list[Any] = field(default_factory=list)
    claim: Claim | None = None


class Middleware(Protocol):
    """Handles one concern before `work`, after it, or when it raises."""

    async def __call__(self, run: Run, work: Callable[[], Awaitable[T]], /) -> T:
        """Runs `work` and returns its result."""


async def around(middleware: Sequence[Middleware], run: Run, work: Callable[[], Awaitable[T]]) -> T:
    """Runs `work` inside all middleware; the first is the outermost."""
    if not middleware:
        return await work()
    return await middleware[0](run, partial(around, middleware[1:], run, work))


async def die_if_told(run: Run, work: Callable[[], Awaitable[T]]) -> T:
    """Ends the process at a crash point that a fault test has set."""
    run.consumer.failpoint("claimed")
    return await work()


async def measure(run: Run, work: Callable[[], Awaitable[T]]) -> T:
    """Measures the seconds of a run that raises no error."""
    started = time.monotonic()
    result = await work()
    metrics.HANDLING_SECONDS.labels(run.consumer.name).observe(time.monotonic() - started)
    return result


async def trace(run: Run, work: Callable[[], Awaitable[T]]) -> T:
    """Opens the span of a run, as `processing` says."""
    with processing(run.consumer.bus.system, run.consumer.name, run.received, run.claim):
        return await work()


async def decode(run: Run, work: Callable[[], Awaitable[T]]) -> T:
    """Decrypts and reads the messages. Raises as `Consumer.read` does."""
    run.messages = await run.consumer.read(run.handler.message, run.received)
    return await work()


async def ask_consent(run: Run, work: Callable[[], Awaitable[T]]) -> T:
    """Asks whether what the messages want is still agreed to. Raises `ConsentRevoked`, or `DependencyDown`."""
    for message in run.messages:
        if message.consent is not None and message.by_consent:
            purpose, recipient = message.consent
            if not await run.consumer.consents.allows(message.person_id, purpose, recipient):
                raise ConsentRevoked(message.type)
    return await work()


async def limit_time(run: Run, work: Callable[[], Awaitable[T]]) -> T:
    """Limits the handler to its timeout. Raises TimeoutError."""
    async with asyncio.timeout(run.handler.timeout):
        return await work()


#: around a claimed message, from its claim to its settlement
AROUND_CLAIM: Sequence[Middleware] = (die_if_told, trace, measure)
#: around a batch and its transaction
AROUND_BATCH: Sequence[Middleware] = (trace, measure)
#: around the handler's function; of a fast one inside the transaction
AROUND_HANDLER: Sequence[Middleware] = (decode, ask_consent, limit_time)
