"""Holds the commands about what learners did."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from voxbus import learners
from voxbus.cli.outcome import execute

app = typer.Typer()


@app.callback()
def _group() -> None:
    """Keeps this a group: with one command alone it would be that command."""


@app.command(epilog="Example: voxbus learning rebuild --dry-run")
def rebuild(
    person: Annotated[str | None, typer.Option(help="the address or the id of one person")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="change nothing, as without --apply")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="mend the rows that differ")] = False,
) -> None:
    """Folds it from nothing and prints what differs from the stored rows."""
    if dry_run and apply:
        raise typer.BadParameter("--dry-run and --apply exclude each other")
    execute(partial(learners.rebuild, person=person, applies=apply))
