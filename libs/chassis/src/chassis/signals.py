"""Ends a process on signals: undoes its start, or begins its drain."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def unwound_by_signals(work: Awaitable[T]) -> T:
    """Lets SIGINT and SIGTERM cancel the start-up, which undoes its steps; later `stop_on_signals` replaces this."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    return await work


def stop_on_signals(stop: Callable[[], None]) -> None:
    """Drains on the first Ctrl-C or SIGTERM; a second one ends the process at once."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):

        def asked(number: int = number) -> None:
            loop.remove_signal_handler(number)
            stop()

        loop.add_signal_handler(number, asked)
