"""Resolves the host names of webhooks as the system does, separately from all other names of the process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from notify.webhooks.ssrf import NotAsked, Unresolved

#: seconds until a name counts as unresolved, once it has a thread
WITHIN_S = 5.0
#: seconds that a name waits for a thread
WAIT_S = 1.0
#: threads for deliveries, more than there are slots: a slot gives up long before its thread gets an answer
THREADS = 32
#: threads for the names of new webhooks
GIVEN_THREADS = 4

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
        within: float = WITHIN_S,
        wait: float = WAIT_S,
        resolve: Resolve = system,
    ) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="webhook-names")
        self._within = within
        self._wait = wait
        self._resolve = resolve

    async def look_up(self, host: str, port: int) -> Sequence[str]:
        """Returns the addresses of a host. Raises `Unresolved` after `within` seconds; `NotAsked` without a thread."""
        loop, begun = asyncio.get_running_loop(), asyncio.Event()

        def resolve() -> Sequence[str]:
            loop.call_soon_threadsafe(begun.set)
            return self._resolve(host, port)

        asked = self._threads.submit(resolve)
        try:
            async with asyncio.timeout(self._wait):
                await begun.wait()
        except TimeoutError:
            raise NotAsked("no thread was free to resolve the name") from None
        finally:
            asked.cancel()  # unless it has begun: nobody waits for it any more
        try:
            async with asyncio.timeout(self._within):
                return await asyncio.wrap_future(asked)
        except TimeoutError:
            raise Unresolved("the name could not be resolved in time") from None
        except (OSError, UnicodeError):
            raise Unresolved("the name has no address") from None

    def close(self) -> None:
        """Stops resolving names."""
        self._threads.shutdown(wait=False, cancel_futures=True)
