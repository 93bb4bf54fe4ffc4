"""Does the work of commands at a place: on what the settings' database holds, or, to read, at a gateway afar."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

from chassis.settings import Settings
from voxbus import remote
from voxbus.cli.outcome import execute

T = TypeVar("T")
Opened = Callable[[Settings], AbstractAsyncContextManager[T]]


def work_here(opened: Opened[T], work: Callable[[T], Awaitable[None]]) -> None:
    """Does work on what is opened with the settings, and ends the program."""

    async def run(settings: Settings) -> bool:
        async with opened(settings) as there:
            await work(there)
        return True

    execute(run)


def ask(
    opened: Opened[T],
    here: Callable[[T], Awaitable[Any]],
    afar: Callable[[remote.RemoteGateway], Awaitable[Any]],
    show: Callable[[Any], None],
    server: str | None,
    token: str | None,
) -> None:
    """Asks the database of the settings, or a gateway afar, shows what it says, and ends the program."""

    async def run(settings: Settings) -> bool:
        if server is None:
            async with opened(settings) as there:
                found = await here(there)
        else:
            async with remote.opened(server, token) as gateway:
                found = await afar(gateway)
        show(found)
        return True

    execute(run)
