"""Asks the small model of `make model`, which a child process serves, and starts that again when it has died."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from pathlib import Path

from chassis.loops import every
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from chassis.privacy.law import Recipient
from chassis.privacy.outside import MayBegin
from chassis.worker_process import WorkerProcess
from feedback.models.errors import NO_CHILD, ProviderError
from feedback.models.providers.late import LateProvider
from feedback.models.providers.small_server import serve
from feedback.models.request import ModelRequest, Piece
from feedback.models.secret import Secret

#: seconds between two looks at the child
EVERY_S = 1.0
#: seconds after which a child is started again that has died at its start, at most: they double
_LONGEST_S = 60.0
#: seconds in which the child starts and loads the model
_START_S = 45.0
#: how often they double, which is more than it takes
_DOUBLINGS = 6

_log = logger(__name__)


def threads_of(cores: int) -> int:
    """Returns how many threads compute: never all, since they wait for each other at barriers and others work, too."""
    return max(1, cores // 2)


class SmallProvider:
    """Asks the small model. Without a child that serves it a call fails at once, as one of a server that is away."""

    name = "local"
    recipient: Recipient = "voxbus"

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Takes the model's file."""
        key = secrets.token_urlsafe(32)
        self._key = Secret(key)
        threads = threads_of(len(os.sched_getaffinity(0)))
        self._child: WorkerProcess[None, str] = WorkerProcess(partial(serve, str(path), threads, key), "small-model")
        self._clock = clock
        self._client: LateProvider | None = None
        self._address: str | None = None
        self._failures = 0
        #: when the child is started again, on the clock, if there is none
        self.again_at = 0.0

    @property
    def pid(self) -> int | None:
        """Returns the process id of the child, if there is one."""
        return self._child.pid

    async def look(self) -> None:
        """Starts the child if there is none, or if it has died."""
        if self._clock() < self.again_at:
            return
        try:
            address = await self._child.call(None, _START_S)
        except Exception as error:  # whatever an engine does that does not load: the rules answer meanwhile
            self._failures += 1
            wait = min(_LONGEST_S, 2.0 ** min(self._failures - 1, _DOUBLINGS) - 1)
            self.again_at = self._clock() + wait
            await self._turn_to(None)
            _log.error(
                "the small model is away and will be started again",
                error=str(error) or type(error).__name__,
                seconds=wait,
            )
        else:
            self._failures = 0
            if address != self._address:
                await self._turn_to(address)
                _log.info("the small model answers", pid=self.pid)

    async def run(self, pulse: Pulse) -> None:
        """Looks again and again, until it is cancelled."""
        await every(EVERY_S, self.look, pulse)

    async def stream(
        self, request: ModelRequest, key: Secret | None, may_begin: MayBegin
    ) -> AsyncGenerator[Piece, None]:
        """See `ChatProvider`; the key is its own."""
        if self._client is None:
            raise ProviderError("unreachable", code=NO_CHILD)
        async with aclosing(self._client.stream(request, self._key, may_begin)) as pieces:
            async for piece in pieces:
                yield piece

    async def aclose(self) -> None:
        """Ends the child."""
        await self._turn_to(None)
        await self._child.close()

    async def _turn_to(self, address: str | None) -> None:
        """Asks at another address from now on; answers that are being made end by themselves."""
        before, self._address, self._client = self._client, address, None
        if address is not None:
            client = LateProvider(self.name, self.recipient, address)
            await client.open()
            self._client = client
        if before is not None:
            await before.aclose()
