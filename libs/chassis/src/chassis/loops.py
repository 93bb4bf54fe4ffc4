"""Repeats the work of a process's loops every so many seconds, and decides what an error in it means.

An outage pauses a loop, by name, for as long as it lasts. A defect is logged with its place, and after `DEFECTS_MAX`
rounds of them in a row the loop ends, which ends its process: whoever started it starts it anew.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable

from chassis.errors import DependencyDown, Retryable, VoxbusError
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from chassis.storage.errors import is_outage, is_passing

#: rounds of defects in a row after which a loop ends
DEFECTS_MAX = 10
#: seconds that a loop rests at most after a defect, unless it always rests longer
_LONGEST_S = 30.0
#: seconds between signs of life of a loop that rests
_ALIVE_EVERY_S = 5.0

_log = logger(__name__)


class TooManyDefects(VoxbusError):
    """Reports that a loop has failed by defects only, `DEFECTS_MAX` rounds in a row."""


class Defects:
    """Counts the rounds of defects of one loop in a row.

    A round is a defect and the rest after it. What else fails before the rest is over belongs to the same round: a
    handler's slots all meet one trouble together.
    """

    def __init__(self, pulse: Pulse, rest: float = 1.0) -> None:
        """`rest`: seconds to wait in the first round; in each further one twice as long, 30 at most."""
        self._pulse = pulse
        self._rest = rest
        self._in_a_row = 0
        #: when the present round ends, on the clock of the pulse
        self._ends_at = -math.inf

    def clear(self) -> None:
        """Forgets what was counted: the loop has done its work."""
        self._in_a_row = 0
        self._ends_at = -math.inf

    def add(self, error: BaseException) -> float:
        """Logs where a defect arose; returns the seconds to the end of its round. Raises `TooManyDefects`."""
        now = self._pulse.clock()
        begins = now >= self._ends_at
        self._in_a_row += begins
        _log.error("a loop has failed by a defect", loop=self._pulse.name, round=self._in_a_row, exc_info=error)
        if self._in_a_row >= DEFECTS_MAX:
            self._pulse.broken = True
            raise TooManyDefects(self._pulse.name) from error
        if begins:
            self._ends_at = now + max(self._rest, min(_LONGEST_S, self._rest * 2.0 ** (self._in_a_row - 1)))
        return self._ends_at - now


def outage_of(error: BaseException) -> str | None:
    """Names the dependency whose outage an error reports; None for any other error."""
    if isinstance(error, DependencyDown):
        return error.name
    return "database" if is_outage(error) else None


async def every(
    seconds: float,
    work: Callable[[], Awaitable[object]],
    pulse: Pulse,
    *,
    again: float | None = None,
    jitter: float = 0.0,
    wake: asyncio.Event | None = None,
) -> None:
    """Does `work` until cancelled, the first time at once, and rests for `seconds` after each time.

    `jitter`: the share by which a rest is longer or shorter at random. `wake` ends a rest. `again`: seconds to rest
    after an error, unless told otherwise `seconds`. Raises `TooManyDefects`.
    """
    again = seconds if again is None else again
    defects = Defects(pulse, again)
    while True:
        if wake is not None:
            wake.clear()
        try:
            await work()
        except Exception as error:
            await rest(_after(error, pulse, defects, again), pulse)
        else:
            defects.clear()
            pulse.beat()
            await rest(random.uniform(1 - jitter, 1 + jitter) * seconds, pulse, wake)


def _after(error: Exception, pulse: Pulse, defects: Defects, again: float) -> float:
    """Returns the seconds to rest after an error."""
    dependency = outage_of(error)
    if dependency is None and not (is_passing(error) or isinstance(error, Retryable)):
        return defects.add(error)
    if dependency is not None:
        pulse.pause(dependency)
    _log.warning("a loop tries again", loop=pulse.name, waits_for=dependency, error=type(error).__name__)
    return again


async def rest(seconds: float, pulse: Pulse, wake: asyncio.Event | None = None) -> None:
    """Rests for so many seconds, or until somebody wakes it, with signs of life; what was last declared stays."""
    clock = asyncio.get_running_loop().time
    until = clock() + seconds
    while (left := until - clock()) > 0:
        pulse.rest()
        step = min(left, _ALIVE_EVERY_S)
        if wake is None:
            await asyncio.sleep(step)
            continue
        try:
            async with asyncio.timeout(step):
                await wake.wait()
        except TimeoutError:
            continue
        return
    await asyncio.sleep(0)  # a loop without a rest still lets others run
