"""Holds the commands about the queues on the broker."""

from __future__ import annotations

import typer

from voxbus.cli.outcome import execute
from voxbus.topology import apply_topology

app = typer.Typer()


@app.callback()
def _group() -> None:
    """Keeps this a group: with one command alone it would be that command."""


@app.command(epilog="Example: voxbus topology apply")
def apply() -> None:
    """Declares every queue on the broker."""
    execute(apply_topology)
