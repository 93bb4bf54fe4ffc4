"""Runs what a command does, and makes of how it ended the exit code.

0 done; 1 failed; 2 wrong use; 3 a check or a dry run found differences; 4 nothing matched; 5 refused. A command that a
signal has ended is told as by a shell: 130 for Ctrl-C, 141 where nobody reads its output any more.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import typer

from chassis.errors import VoxbusError
from chassis.main import run
from chassis.service import Service
from chassis.settings import Settings
from voxbus.cli.reader import READER_GONE


class Differs(VoxbusError):
    """Reports that a check or a dry run has found differences, after they were printed."""

    exit_code = 3


class NothingMatched(VoxbusError):
    """Reports that there is nothing of the kind that was asked for."""

    exit_code = 4


class Refused(VoxbusError):
    """Reports that the caller may not do this, or that nobody could be asked for a confirmation."""

    exit_code = 5


def execute(
    work: Callable[[Settings], Coroutine[Any, Any, bool]],
    *,
    services: Sequence[Service] = (),
    log_file: Callable[[Settings], Path | None] = lambda _: None,
    makes_data_dir: bool = False,
) -> None:
    """Does the work of a command with the settings, and ends the program with its exit code.

    `services` are those of this process, as `chassis.main.run` has them. An error of ours is one sentence on stderr.
    `makes_data_dir`: a data directory that is not there is made.
    """
    gone = False

    async def heard(settings: Settings) -> bool:
        nonlocal gone
        try:
            return await work(settings)
        except BrokenPipeError:  # of stdout: what meets a socket is an error of the driver's or the client's
            gone = True
            return True

    code = run(heard, log_file, services, makes_data_dir=makes_data_dir)
    raise typer.Exit(READER_GONE if gone else code)
