"""`python -m voxbus`: the operator's command line."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import uvloop

from chassis.errors import SettingsError, VoxbusError
from chassis.observe.logs import configure_logs
from chassis.run import unwound_by_signals
from chassis.settings import Settings, load
from voxbus import people, start
from voxbus.local import supervisor
from voxbus.services import SERVICES
from voxbus.tell import say
from voxbus.topology import apply_topology


def parser() -> argparse.ArgumentParser:
    """Every command, with a line of help each."""
    root = argparse.ArgumentParser(prog="voxbus", description="Run and look after Voxbus.")
    commands = root.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="all five services in one process, on the embedded default unless URLs are set")
    commands.add_parser("run-rabbit", help="five processes on RabbitMQ: a private node, or the one the URL names")
    serve = commands.add_parser("serve", help="one service, or several, as one process of many")
    serve.add_argument("services", nargs="+", choices=sorted(service.name for service in SERVICES))
    serve.add_argument("--log-file", type=Path, help="keep the log here too")
    commands.add_parser("migrate", help="bring the database up to date")
    commands.add_parser("topology", help="declare every queue on the broker").add_argument("action", choices=["apply"])
    accounts = commands.add_parser("people", help="look after accounts").add_subparsers(dest="action", required=True)
    grant = accounts.add_parser("grant", help="give a person a role")
    grant.add_argument("email")
    grant.add_argument("role", choices=people.ROLES)
    erase = accounts.add_parser("erase", help="erase a person: rows, account, and the key of all that was said of them")
    erase.add_argument("email")
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it went well, 1 with one sentence on stderr when it did not."""
    options = parser().parse_args(arguments)
    try:
        settings = load(Settings)
        _make_data_dir(settings)
        configure_logs(settings.log_format, file=_log_file(options, settings))
        return 0 if uvloop.run(unwound_by_signals(_command(options, settings))) else 1
    except (VoxbusError, ConnectionError) as error:
        say(str(error))
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130


def _make_data_dir(settings: Settings) -> None:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        supervisor.log_file(settings, "").parent.mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(f"VOXBUS_DATA_DIR cannot be used: {error.strerror}.") from None


def _log_file(options: argparse.Namespace, settings: Settings) -> Path | None:
    """Where `make logs` finds it: whoever starts services as parts of a larger system collects stderr."""
    if options.command in ("run", "run-rabbit"):
        return supervisor.log_file(settings, "voxbus")
    return options.log_file if options.command == "serve" else None


def _command(options: argparse.Namespace, settings: Settings) -> Coroutine[Any, Any, bool]:
    match options.command:
        case "run":
            return start.run_all(settings)
        case "run-rabbit":
            return supervisor.run_rabbit(settings)
        case "serve":
            return start.run_some(options.services, settings)
        case "migrate":
            return start.migrate_database(settings)
        case "topology":
            return apply_topology(settings)
        case _ if options.action == "erase":
            return people.erase(settings, options.email)
        case _:
            return people.grant(settings, options.email, options.role)


if __name__ == "__main__":
    sys.exit(main())
