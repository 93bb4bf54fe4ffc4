"""Holds the commands about what learners did."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from voxbus import learners
from voxbus.cli.options import NoServer, Reason
from voxbus.cli.outcome import execute
from voxbus.cli.place import here_alone

app = typer.Typer()


@app.callback()
def _group() -> None:
    """Keeps this a group: with one command alone it would be that command."""


@app.command(epilog="Example: voxbus learning regrade internet/ip-addresses")
def regrade(
    lesson: Annotated[str, typer.Argument(help="the key of a lesson whose solution was corrected and published")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="change nothing, as without --apply")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="raise the answers, and tell their learners")] = False,
    reason: Reason = None,
    server: NoServer = None,
) -> None:
    """Lists the answers that the published revision scores otherwise; a lower score never counts."""
    here_alone(server)
    if dry_run and apply:
        raise typer.BadParameter("--dry-run and --apply exclude each other")
    execute(partial(learners.regrade, lesson=lesson, applies=apply, reason=reason))


@app.command(epilog="Example: voxbus learning rebuild --dry-run")
def rebuild(
    person: Annotated[str | None, typer.Option(help="the address or the id of one person")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="change nothing, as without --apply")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="mend the rows that differ")] = False,
    processes: Annotated[int, typer.Option(min=1, max=64, help="fold so many parts of the people at once")] = 1,
    reason: Reason = None,
    server: NoServer = None,
) -> None:
    """Folds it from nothing and prints what differs from the stored rows."""
    here_alone(server)
    if dry_run and apply:
        raise typer.BadParameter("--dry-run and --apply exclude each other")
    execute(partial(learners.rebuild, person=person, applies=apply, processes=processes, reason=reason))
