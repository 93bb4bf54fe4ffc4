"""Keeps connections and channels open: each has one loop, which opens it again whenever it is lost."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable
from contextlib import suppress
from typing import TypeVar, cast

from aio_pika import Connection
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.connection import make_url
from aiormq.channel import Channel as RawChannel
from aiormq.exceptions import ChannelNotFoundEntity

from chassis.bus.base import UnknownQueue

log = logging.getLogger(__name__)
T = TypeVar("T")

#: seconds that the broker has to answer any request but a publish
ANSWER_TIMEOUT = 10.0
#: seconds; a broker that vanished without a word is noticed after about three of them
HEARTBEAT = 10
#: how often a consumer is checked, as it may be gone without notice, in seconds, plus or minus a fifth
WATCH_EVERY = 15.0
#: pauses between attempts, in seconds: doubling, with jitter
FIRST_BACKOFF, LONGEST_BACKOFF = 0.2, 5.0


async def within_timeout(call: Awaitable[T]) -> T:
    """Awaits an answer of the client library for at most `ANSWER_TIMEOUT` seconds.

    A lost connection can appear as CancelledError though this task was not cancelled, and would end the loops below.
    This raises ConnectionError instead. A cancellation that arrives together with the answer can also get lost in the
    library, whose `asyncio.wait_for` drops it before Python 3.12: then the calling loop would never end.
    """
    task = asyncio.current_task()
    cancelled = task.cancelling() if task else 0
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT):
            answer = await call
    except asyncio.CancelledError:
        if task and task.cancelling() > cancelled:
            raise
        raise ConnectionError("the connection was lost while waiting for an answer") from None
    if task and task.cancelling() > cancelled:
        raise asyncio.CancelledError
    return answer


async def opened(channel: AbstractChannel) -> AbstractChannel:
    """Opens a channel and returns it. Closes it again when opening fails, or is cancelled together with the answer."""
    try:
        await within_timeout(channel.initialize())
    except BaseException:
        with suppress(Exception):
            await within_timeout(channel.close())
        raise
    return channel


def backoff(failures: int) -> float:
    return float(min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0**failures) * random.uniform(0.5, 1.0))


class SupervisedConnection:
    """Keeps one connection, and opens it again whenever it is lost."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._connection: AbstractConnection | None = None
        self._lost = asyncio.Event()
        self.up = asyncio.Event()
        self.failure: BaseException | None = None
        #: of the broker
        self.version: str | None = None
        self.task = asyncio.create_task(self._keep())

    async def channel(self, *, confirms: bool = False) -> AbstractChannel:
        """Returns a fresh channel, as soon as there is a connection."""
        await self.up.wait()
        if self._connection is None:
            raise ConnectionError("the connection was lost again")
        return await opened(self._connection.channel(publisher_confirms=confirms, on_return_raises=confirms))

    async def close(self) -> None:
        """Closes the connection and makes no other."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def _keep(self) -> None:
        failures = 0
        while True:
            connection = Connection(
                make_url(self._url, heartbeat=HEARTBEAT), client_properties={"connection_name": self._name}
            )
            try:
                await within_timeout(connection.connect())
            except BaseException as error:
                with suppress(Exception):
                    # else garbage collection closes it, possibly without a running loop
                    await within_timeout(connection.close())
                if not isinstance(error, Exception):
                    raise
                self.failure = error
                if failures == 0:
                    log.warning("%s: no broker yet: %s", self._name, str(error) or type(error).__name__)
                await asyncio.sleep(backoff(failures))
                failures += 1
                continue
            failures = 0
            self._lost = asyncio.Event()
            connection.close_callbacks.add(self._on_lost, weak=False)
            self._connection = connection
            if connection.transport is not None:
                self.version = str(connection.transport.connection.server_properties.get("version"))
            self.up.set()
            try:
                await self._lost.wait()
                log.warning("%s: connection lost", self._name)
            finally:
                self.up.clear()
                self._connection = None
                with suppress(Exception):
                    await within_timeout(connection.close())
            await asyncio.sleep(backoff(0))

    def _on_lost(self, *_: object) -> None:
        self._lost.set()


class SupervisedChannel:
    """Keeps a channel, and opens and prepares it again whenever it, its consumer or its connection is gone."""

    def __init__(
        self, connection: SupervisedConnection, what: str, *, confirms: bool = False, watch_every: float = WATCH_EVERY
    ) -> None:
        self._connection = connection
        self._what = what
        self._confirms = confirms
        self._watch_every = watch_every
        self._failures = 0
        self._failure: BaseException | None = None
        self._lost = asyncio.Event()
        self._opened_at = 0.0
        self.raw: RawChannel | None = None
        self.tried = asyncio.Event()
        self.task = asyncio.create_task(self._keep())

    async def first_try(self) -> None:
        """Waits until the channel works or has failed once, but not for a broker. Raises UnknownQueue."""
        if self._connection.up.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(ANSWER_TIMEOUT):
                    await self.tried.wait()
        if isinstance(self._failure, ChannelNotFoundEntity):
            raise UnknownQueue(self._what)

    def renew(self, older: float) -> None:
        """Replaces the channel by another one if it has been open for more than some seconds."""
        if asyncio.get_running_loop().time() > self._opened_at + older:
            self._lost.set()

    async def close(self) -> None:
        """Closes the channel and opens no other."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def _prepare(self, raw: RawChannel) -> None:
        """Prepares a fresh channel for its use."""

    async def _alive(self, raw: RawChannel) -> bool:
        """Tells whether the open channel still serves its purpose. Raises the errors of a dead channel."""
        return True

    def _released(self) -> None:
        """Drops the state that belongs to the old channel, which is closed."""

    async def _keep(self) -> None:
        while True:
            try:
                await self._once()
            except Exception as error:
                self._failure = error
                log.warning("%s: %s", self._what, str(error) or type(error).__name__)
                self.tried.set()
                await asyncio.sleep(backoff(self._failures))
                self._failures += 1

    async def _once(self) -> None:
        channel = await self._connection.channel(confirms=self._confirms)
        lost = self._lost = asyncio.Event()
        channel.close_callbacks.add(lambda *_: lost.set(), weak=False)
        try:
            raw = cast(RawChannel, await channel.get_underlay_channel())
            raw.on_consumer_cancel_callbacks.add(lambda _: lost.set())
            await self._prepare(raw)
            self.raw = raw
            self._opened_at = asyncio.get_running_loop().time()
            self._failures, self._failure = 0, None
            self.tried.set()
            await self._until(lost, raw)
        finally:
            self.raw = None
            self._released()
            with suppress(Exception):
                await within_timeout(channel.close())

    async def _until(self, lost: asyncio.Event, raw: RawChannel) -> None:
        while not lost.is_set():
            try:
                async with asyncio.timeout(self._watch_every * random.uniform(0.8, 1.2)):
                    await lost.wait()
            except TimeoutError:
                if not await self._alive(raw):
                    log.warning("%s: the consumer was silently gone, consuming again", self._what)
                    return
