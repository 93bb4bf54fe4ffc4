"""Holds the commands about tapes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chassis.console import notify_operator
from chassis.errors import VoxbusError
from chassis.settings import Settings
from gateway.operate.tape_check import Checked, check
from voxbus.cli.options import Json
from voxbus.cli.outcome import Differs, execute
from voxbus.cli.output import print_document

app = typer.Typer()


@app.callback()
def _group() -> None:
    """Keeps this a group: with one command alone it would be that command."""


@app.command("check", epilog="Example: voxbus tape check attempt.tape")
def check_tape(file: Annotated[Path, typer.Argument(help="the tape")], json: Json = False) -> None:
    """Holds a tape against today's contracts; ends with 3 if a line has a fault."""

    async def work(_: Settings) -> bool:
        try:
            with file.open("rb") as lines:
                found = check(lines)
        except OSError as error:
            raise VoxbusError(f"{file} cannot be read: {error.strerror}.") from None
        if json:
            print_document(found.document())
        else:
            _tell(found)
        if found.faults:
            raise Differs(f"{file}: {len(found.faults)} lines have a fault.")
        return True

    execute(work)


def _tell(found: Checked) -> None:
    for number, fault in found.faults:
        typer.echo(f"line {number}: {fault}")
    for named, number in sorted(found.upcast.items()):
        typer.echo(f"{number} of {named} must be upcast")
    for named, number in sorted(found.unknown.items()):
        typer.echo(f"{number} of {named} are unknown")
    kind = "masked" if found.masked else "in clear"
    notify_operator(f"{found.events} events, {kind}, {found.erased} of erased persons")
