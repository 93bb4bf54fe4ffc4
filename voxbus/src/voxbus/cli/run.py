"""Holds the commands that run services, and the one that brings their database up to date."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from chassis.main import log_path
from chassis.settings import Settings
from voxbus import runner
from voxbus.cli.options import Json, NoServer
from voxbus.cli.outcome import execute
from voxbus.cli.output import documents
from voxbus.cli.place import here_alone
from voxbus.local import supervisor
from voxbus.services import SERVICES


def run() -> None:
    """Runs all five services in one process, on the memory bus and the embedded Postgres unless URLs are set."""
    execute(runner.run_all, log_file=_local_log, makes_data_dir=True)


def run_rabbit() -> None:
    """Runs the five services as five processes on RabbitMQ: a private node, or the one that the settings name."""
    execute(supervisor.run_rabbit, log_file=_local_log, makes_data_dir=True)


def serve(
    services: Annotated[list[str], typer.Argument(help="gateway, speech, feedback, content or notify")],
    log_file: Annotated[Path | None, typer.Option(help="keep the log here too")] = None,
) -> None:
    """Runs services as one process of several. `python -m SERVICE` runs one alone, with only its own packages."""
    own = [service for service in SERVICES if service.name in services]
    for name in services:
        if name not in {service.name for service in own}:
            raise typer.BadParameter(f"there is no service {name}", param_hint="SERVICES")
    execute(partial(runner.run_some, services), services=own, log_file=lambda _: log_file, makes_data_dir=True)


def migrate(json: Json = False, server: NoServer = None) -> None:
    """Brings the database up to date: the one that the settings name, or the embedded one, also while Voxbus runs."""
    here_alone(server)
    execute(partial(runner.migrate_database, told=documents(json)), makes_data_dir=True)


def _local_log(settings: Settings) -> Path:
    """Returns the log file that `make logs` reads; larger installations collect stderr instead."""
    return log_path(settings, "voxbus")
