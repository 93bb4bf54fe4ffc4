"""Does the work of commands at a place: on what the settings' database holds, or at a gateway afar."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from chassis.console import notify_operator
from chassis.settings import Settings
from voxbus.cli.outcome import Refused, execute
from voxbus.remote import Reached

T = TypeVar("T")


def work_at(
    reached: Reached[T],
    work: Callable[[T], Awaitable[None]],
    server: str | None,
    token: str | None,
) -> None:
    """Does work on what is reached with the settings, or with the address and token of a gateway; ends the program."""

    async def run(settings: Settings) -> bool:
        async with reached(settings, server, token) as there:
            await work(there)
        return True

    execute(run)


def here_alone(server: str | None) -> None:
    """Ends the program where a gateway was named for a command that no gateway does: it would act on another place."""
    if server:
        notify_operator(
            f"No gateway does this, so it would not be done at {server} but to the installation that the settings name:"
            " for that, leave out --server and unset VOXBUS_SERVER."
        )
        raise typer.Exit(Refused.exit_code)
