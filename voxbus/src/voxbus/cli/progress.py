"""Shows at a terminal how far a command is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn


@contextmanager
def counted(total: int) -> Iterator[Callable[[int], None]]:
    """Yields a function that is told how many more are done; without a terminal nothing is shown."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.advance(task, done)


@contextmanager
def telling() -> Iterator[Callable[[str], None]]:
    """Yields a function that says how far a command is of which nobody knows the end; only at a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with Console(stderr=True).status("reading") as status:
        yield status.update
