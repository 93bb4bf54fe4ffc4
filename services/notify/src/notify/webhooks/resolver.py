"""Resolves the host names of webhooks as the system does, separately from all other names of the process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from uuid import UUID
from weakref import WeakValueDictionary

from notify.webhooks.ssrf import Lookup, NotAsked, Unresolved

#: seconds until a name counts as unresolved, once it has a thread
WITHIN_S = 5.0
#: seconds that a name waits for a thread
WAIT_S = 1.0
#: threads for deliveries, more than there are slots: a slot gives up long before its thread gets an answer
THREADS = 32
#: threads for the names of new webhooks, and how many of them one person may occupy
GIVEN_THREADS, GIVEN_EACH = 8, 2

#: returns the addresses of a host and port. Raises OSError or UnicodeError
Resolve = Callable[[str, int], Sequence[str]]


def system(host: str, port: int) -> Sequence[str]:
    """Asks the system for the addresses of a host. Raises OSError or UnicodeError."""
    return [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Resolver:
    """Resolves names in threads of its own, because a webhook may name a host whose name server never answers.

    A thread cannot be interrupted: it is occupied until the system gives up, usually within 30 s. Other webhooks may
    wait meanwhile; the event loop's few threads, which resolve broker and database, are never occupied.
    """

    def __init__(
        self,
        *,
        threads: int = THREADS,
        each: int = GIVEN_EACH,
        within: float = WITHIN_S,
        wait: float = WAIT_S,
        resolve: Resolve = system,
    ) -> None:
        #: what persons may occupy; a person's goes when nobody holds it any more
        self._places: WeakValueDictionary[UUID, asyncio.Semaphore] = WeakValueDictionary()
        #: what is being asked for, by host and port
        self._asking: dict[tuple[str, int], asyncio.Future[Sequence[str]]] = {}
        self._each = each
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="webhook-names")
        self._within = within
        self._wait = wait
        self._resolve = resolve

    def of(self, person: UUID) -> Lookup:
        """Returns a `look_up` that occupies at most `each` threads at a time for names that one person gives."""
        return partial(self._look_up, person)

    async def look_up(self, host: str, port: int) -> Sequence[str]:
        """Returns the addresses of a host. Raises `Unresolved` after `within` seconds; `NotAsked` without a thread.

        Who asks while the same host is being asked for has the same answer: pushes go to few hosts, and many at once.
        """
        asking = self._asking.get((host, port))
        if asking is None:
            asking = self._asking[host, port] = asyncio.ensure_future(self._look_up(None, host, port))
            asking.add_done_callback(lambda done: self._asked(host, port, done))
        return await asyncio.shield(asking)

    def _asked(self, host: str, port: int, done: asyncio.Future[Sequence[str]]) -> None:
        del self._asking[host, port]
        if not done.cancelled():
            done.exception()  # who waited for it may have gone

    async def _look_up(self, person: UUID | None, host: str, port: int) -> Sequence[str]:
        loop, begun = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with asyncio.timeout(self._wait):
                asked = await self._submit(person, partial(self._begun, loop, begun, host, port))
                try:
                    await begun.wait()
                finally:
                    asked.cancel()  # unless it has begun: nobody waits for it any more
        except TimeoutError:
            raise NotAsked("no thread was free to resolve the name") from None
        try:
            async with asyncio.timeout(self._within):
                return await asyncio.wrap_future(asked)
        except TimeoutError:
            raise Unresolved("the name could not be resolved in time") from None
        except (OSError, UnicodeError):
            raise Unresolved("the name has no address") from None

    def _begun(self, loop: asyncio.AbstractEventLoop, begun: asyncio.Event, host: str, port: int) -> Sequence[str]:
        loop.call_soon_threadsafe(begun.set)
        return self._resolve(host, port)

    async def _submit(self, person: UUID | None, resolve: Callable[[], Sequence[str]]) -> Future[Sequence[str]]:
        """Gives work to a thread, once its person may occupy one more."""
        if person is None:
            return self._threads.submit(resolve)
        loop, places = asyncio.get_running_loop(), self._places.setdefault(person, asyncio.Semaphore(self._each))
        await places.acquire()
        asked = self._threads.submit(resolve)
        asked.add_done_callback(lambda _: loop.call_soon_threadsafe(places.release))
        return asked

    def close(self) -> None:
        """Stops resolving names."""
        self._threads.shutdown(wait=False, cancel_futures=True)
