"""Holds the commands that back an installation up, list what was backed up, and restore it."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Annotated

import typer

from chassis.console import notify_operator
from chassis.errors import VoxbusError
from chassis.settings import Settings
from voxbus.backup.listing import listed
from voxbus.backup.restore import Asked, Restored
from voxbus.backup.restore import restore as restore_backup
from voxbus.backup.take import take
from voxbus.cli.options import Json, NoServer, Reason, Yes
from voxbus.cli.outcome import execute
from voxbus.cli.output import confirm, print_document, print_lines, print_table
from voxbus.cli.place import here_alone

app = typer.Typer()

_PLACE = "a folder, or s3://bucket/prefix"


@app.callback(invoke_without_command=True, epilog="Example: voxbus backup --to /backups/voxbus")
def backup(
    context: typer.Context,
    to: Annotated[str | None, typer.Option("--to", metavar="PLACE", help=f"where to: {_PLACE}")] = None,
    keys_to: Annotated[
        str | None,
        typer.Option("--keys-to", metavar="PLACE", help="where the keys go; else beside, to a name ending in -keys"),
    ] = None,
    erased_to: Annotated[
        str | None,
        typer.Option("--erased-to", metavar="PLACE", help="where erasures.jsonl goes; else beside, to …-erased"),
    ] = None,
    reason: Reason = None,
    json: Json = False,
    server: NoServer = None,
) -> None:
    """Backs up database, keys and media while Voxbus runs, verifies that, and deletes what is too old there."""
    if context.invoked_subcommand is not None:
        return
    here_alone(server)
    if to is None:
        raise typer.BadParameter("where shall it go?", param_hint="--to")
    place = to

    async def work(settings: Settings) -> bool:
        taken = await take(settings, place, keys_to, notify_operator, erased_to=erased_to, reason=reason)
        if json:
            print_document(asdict(taken))
            return True
        whole = taken.manifest
        rows = [
            ("backup", f"{taken.place.rstrip('/')}/{whole.id}"),
            ("as of", whole.snapshot_at),
            ("database", f"{sum(whole.tables.values())} rows in {len(whole.tables)} tables, {whole.dump.size} bytes"),
            ("media", f"{whole.objects} objects, {whole.media_bytes} bytes"),
            ("keys", f"{taken.keys.with_key}, in {taken.keys_place.rstrip('/')}/{whole.id}"),
            ("erased people", f"{taken.erased}, in {taken.erased_place.rstrip('/')}/erasures.jsonl"),
            *(("deleted, too old", each) for each in taken.deleted),
        ]
        print_table(("verified", ""), rows)
        return True

    execute(work)


@app.command("list", epilog="Example: voxbus backup list /backups/voxbus")
def list_backups(place: Annotated[str, typer.Argument(help=_PLACE)], json: Json = False) -> None:
    """Lists the backups at a place, or the copies of keys, the newest first."""

    async def work(_: Settings) -> bool:
        found = await listed(place)
        if json:
            print_lines(found)
            return True
        columns = ("id", "what", "state", "finished_at", "rows", "objects", "keys", "bytes", "product")
        print_table(columns, ([row.get(column) for column in columns] for row in found))
        return True

    execute(work)


def restore(
    source: Annotated[str, typer.Option("--from", metavar="PLACE", help=f"{_PLACE}; the newest backup there, or one")],
    keys_from: Annotated[
        str | None,
        typer.Option("--keys-from", metavar="PLACE", help="where the keys are: a place, keys.sqlite, or a URL"),
    ] = None,
    erased_from: Annotated[
        str | None,
        typer.Option("--erased-from", metavar="PLACE", help="who was erased: erasures.jsonl, or where it lies"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="overwrite what is there, once asked")] = False,
    reason: Reason = None,
    yes: Yes = False,
    json: Json = False,
    server: NoServer = None,
) -> None:
    """Restores a backup into the installation that the settings name, and erases again whoever was erased."""
    here_alone(server)

    async def work(settings: Settings) -> bool:
        wanted = Asked(source, keys_from, erased_from, force, reason)
        report = await restore_backup(settings, wanted, notify_operator, partial(confirm, yes=yes))
        if json:
            print_document(asdict(report))
        else:
            _print(report)
        if report.differs:
            raise VoxbusError(f"{len(report.differs)} tables hold other numbers of rows than the backup says.")
        return True

    execute(work, makes_data_dir=True)


def _print(report: Restored) -> None:
    rows: list[tuple[str, object]] = [(name, count) for name, count in report.tables.items() if count]
    print_table(("table", "rows"), rows)
    resumed = report.resumed
    print_table(
        ("restored", ""),
        [
            ("backup", report.backup),
            ("as of", report.snapshot_at),
            ("media found", report.media_found),
            ("media missing", len(report.media_missing)),
            *(("  missing", key) for key in report.media_missing),
            ("jobs resumed", resumed.jobs),
            ("messages under way", resumed.messages),
            ("persons erased again", resumed.erased_again),
            ("queues declared", resumed.queues),
            *((f"  {name} differs", f"{count} rows") for name, count in report.differs.items()),
        ],
    )
