"""Holds the commands about events of the log."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, BinaryIO
from uuid import UUID

import typer

from chassis.console import notify_operator
from chassis.errors import VoxbusError
from chassis.settings import Settings
from contracts.base import Json as Document
from voxbus.cli.options import Asked as Given
from voxbus.cli.options import Json, Reason, Reveal, Server, Token, filtered
from voxbus.cli.outcome import NothingMatched, execute
from voxbus.cli.output import print_document, print_table
from voxbus.cli.progress import telling
from voxbus.events import Asked, Events, reached

app = typer.Typer()

_COLUMNS = ("time", "type", "job", "seq", "person", "version")
#: of these where each event is printed as it comes: times, names of most types, ids
_WIDTHS = (27, 24, 36, 3, 36, 7)
Work = Callable[[Events], Coroutine[Any, Any, None]]


@app.command("list", epilog="Example: voxbus events list --from -1h --type attempt.assessed --limit 20")
@filtered
def list_events(asked: Given, json: Json = False, server: Server = None, token: Token = None) -> None:
    """Lists events, newest first; their ids are in --json."""

    async def work(events: Events) -> None:
        with telling() as tell:
            looked = partial(_tell_looked, tell)
            found = [event async for event in events.newest(_asked(asked), looked)]
        if not found:
            raise NothingMatched("No event matches.")
        _print(found, json=json)

    _with_events(work, server, token)


@app.command(epilog="Example: voxbus events show 0192f0c1-0000-7000-8000-000000000001")
def show(
    event_id: Annotated[UUID, typer.Argument(help="the event's id")],
    reveal: Reveal = False,
    reason: Reason = None,
    json: Json = False,
    server: Server = None,
    token: Token = None,
) -> None:
    """Shows one event: its envelope and its data."""
    why = given_reason(reveal, reason)

    async def work(events: Events) -> None:
        event = await events.one(event_id, why)
        if event is None:
            raise NothingMatched(f"There is no event {event_id}.")
        if json:
            print_document(event)
        else:
            print_table(("field", "value"), _fields(event))

    _with_events(work, server, token)


@app.command(epilog="Example: voxbus events follow --type job.failed")
@filtered
def follow(asked: Given, json: Json = False, server: Server = None, token: Token = None) -> None:
    """Shows events as they are recorded, from --from or now on, until --to or Ctrl-C."""

    async def work(events: Events) -> None:
        left, header = asked.filters.limit, True
        async for event in events.follow(_asked(asked)):
            if json:
                print_document(event)
            else:
                print_table(_COLUMNS, [_row(event)], header=header, widths=_WIDTHS)
            sys.stdout.flush()
            header = False
            left = None if left is None else left - 1
            if left == 0:
                return

    _with_events(work, server, token)


@app.command(epilog="Example: voxbus events pull --from -1h --person ada@example.org --out attempt.tape")
@filtered
def pull(
    asked: Given,
    out: Annotated[Path, typer.Option("--out", help="the file to write; - is stdout")],
    reveal: Reveal = False,
    reason: Reason = None,
    server: Server = None,
    token: Token = None,
) -> None:
    """Writes a tape of events, oldest first, each job in its order."""
    why = given_reason(reveal, reason)

    async def work(events: Events) -> None:
        lines = 0
        async with _written(out) as file, aclosing(events.pull(_asked(asked, why))) as parts:
            with telling() as tell:
                async for part in parts:
                    file.write(part)
                    lines += part.count(b"\n")
                    tell(f"{lines - 1} events")
            if lines <= 1:  # within, so that no file is left
                raise NothingMatched("No event matches.")
        notify_operator(f"{lines - 1} events in {out}")

    _with_events(work, server, token)


def given_reason(reveal: bool, reason: str | None) -> str | None:
    """Returns the reason for which personal fields are shown; None: they are masked."""
    if reveal and not (reason or "").strip():
        raise typer.BadParameter("--reveal needs a --reason", param_hint="--reason")
    return reason if reveal else None


def _asked(given: Given, reason: str | None = None) -> Asked:
    return Asked(given.filters, given.person, reason)


def _with_events(work: Work, server: str | None, token: str | None) -> None:
    async def run(settings: Settings) -> bool:
        async with reached(settings, server, token) as events:
            await work(events)
        return True

    execute(run)


@asynccontextmanager
async def _written(out: Path) -> AsyncIterator[BinaryIO]:
    """Opens the file of a tape, which takes its name once it is whole; readable for its owner alone."""
    if str(out) == "-":
        yield sys.stdout.buffer
        sys.stdout.flush()
        return
    part = out.with_name(f"{out.name}.part")
    try:
        part.touch(mode=0o600)
        part.chmod(0o600)
    except OSError as error:
        raise VoxbusError(f"{out} cannot be written: {error.strerror}.") from None
    try:
        with part.open("wb") as file:
            yield file
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _tell_looked(tell: Callable[[str], None], back_to: datetime) -> None:
    tell(f"looked back to {back_to.astimezone(UTC):%Y-%m-%d %H:%M}Z; --from and --to bound it")


def _print(events: list[Document], *, json: bool) -> None:
    if json:
        for event in events:
            print_document(event)
        return
    print_table(_COLUMNS, [_row(event) for event in events])


def _row(event: Document) -> tuple[object, ...]:
    version = event["dataschema"].rpartition(":")[2]
    person = "erased" if event.get("voxbuserased") else event.get("voxbusperson")
    return (
        event["time"],
        event["type"],
        event.get("voxbusjob"),
        event["voxbusseq"],
        person,
        version,
    )


def _fields(event: Document) -> list[tuple[str, object]]:
    found = [(name, value) for name, value in event.items() if name != "data"]
    return found + [(f"data.{name}", value) for name, value in event.get("data", {}).items()]
