"""Holds the commands about the queues on the broker."""

from __future__ import annotations

from functools import partial

import typer

from voxbus.cli.options import Json, NoServer, Reason
from voxbus.cli.outcome import Differs, execute
from voxbus.cli.output import documents, print_lines, print_table
from voxbus.cli.place import here_alone
from voxbus.topology import compared, described
from voxbus.topology_act import apply_by_operator

app = typer.Typer()


@app.command(epilog="Example: voxbus topology show --json")
def show(json: Json = False, server: NoServer = None) -> None:
    """Shows every queue with what it is bound to, and how many messages and consumers the broker has there."""
    here_alone(server)

    async def work(settings: object) -> bool:
        found = await described(settings)  # type: ignore[arg-type]
        if json:
            print_lines(found)
        else:
            print_table(list(found[0]), [[_shown(value) for value in each.values()] for each in found])
        return True

    execute(work)


@app.command(epilog="Example: voxbus topology diff")
def diff(json: Json = False, server: NoServer = None) -> None:
    """Compares the broker's queues with those of this release; exit code 3 if they differ. It declares nothing new."""
    here_alone(server)

    async def work(settings: object) -> bool:
        found = await compared(settings)  # type: ignore[arg-type]
        if json:
            print_lines(found)
        elif found:
            print_table(("queue", "difference", "detail"), [list(each.values()) for each in found])
        if found:
            raise Differs(f"{len(found)} queues differ: voxbus topology apply makes those that are missing.")
        return True

    execute(work)


@app.command(epilog="Example: voxbus topology apply --reason 'the broker was made anew'")
def apply(reason: Reason = None, json: Json = False, server: NoServer = None) -> None:
    """Declares every queue on the broker; those that are there stay."""
    here_alone(server)
    execute(partial(apply_by_operator, reason=reason, told=documents(json)))


def _shown(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value
