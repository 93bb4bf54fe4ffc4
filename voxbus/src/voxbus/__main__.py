"""Runs the operator's command line: `python -m voxbus`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from chassis.main import log_path, run
from chassis.settings import Settings
from voxbus import runner
from voxbus.cli import learning, people
from voxbus.local import supervisor
from voxbus.services import SERVICES
from voxbus.topology import apply_topology


def parser() -> argparse.ArgumentParser:
    """Makes the parser with every command and a line of help each."""
    root = argparse.ArgumentParser(prog="voxbus", description="Run and operate Voxbus.")
    commands = root.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="run all five services in one process, on embedded servers unless URLs are set")
    commands.add_parser("run-rabbit", help="run five processes on RabbitMQ: a private node, or the URL's")
    serve = commands.add_parser("serve", help="run services as one process of several; alone: `python -m SERVICE`")
    serve.add_argument("services", nargs="+", choices=sorted(service.name for service in SERVICES))
    serve.add_argument("--log-file", type=Path, help="keep the log here too")
    commands.add_parser("migrate", help="bring the database up to date")
    commands.add_parser("topology", help="declare every queue on the broker").add_argument("action", choices=["apply"])
    accounts = commands.add_parser("people", help="manage accounts").add_subparsers(dest="action", required=True)
    grant = accounts.add_parser("grant", help="give a person a role")
    grant.add_argument("email")
    grant.add_argument("role", choices=people.ROLES)
    erase = accounts.add_parser("erase", help="erase a person: rows, account, and the key that encrypts their messages")
    erase.add_argument("email")
    erase.add_argument("--last-admin", action="store_true", help="also if no admin is left")
    learners = commands.add_parser("learning", help="look after what learners did")
    again = learners.add_subparsers(dest="action", required=True).add_parser(
        "rebuild", help="fold it from nothing and print what differs from the stored rows"
    )
    again.add_argument("--person", help="the address or the id of one person")
    mends = again.add_mutually_exclusive_group()
    mends.add_argument("--dry-run", action="store_true", help="change nothing, which is so without --apply too")
    mends.add_argument("--apply", action="store_true", help="mend the rows that differ")
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns 0, or 1 with one sentence on stderr when it has failed."""
    options = parser().parse_args(arguments)
    alone = [service for service in SERVICES if service.name in getattr(options, "services", ())]
    return run(partial(_command, options), partial(_log_file, options), alone)


def _log_file(options: argparse.Namespace, settings: Settings) -> Path | None:
    """Returns the log file that `make logs` reads; larger installations collect stderr instead."""
    if options.command in ("run", "run-rabbit"):
        return log_path(settings, "voxbus")
    return options.log_file if options.command == "serve" else None


def _command(options: argparse.Namespace, settings: Settings) -> Coroutine[Any, Any, bool]:
    match options.command:
        case "run":
            return runner.run_all(settings)
        case "run-rabbit":
            return supervisor.run_rabbit(settings)
        case "serve":
            return runner.run_some(options.services, settings)
        case "migrate":
            return runner.migrate_database(settings)
        case "topology":
            return apply_topology(settings)
        case "learning":
            return learning.rebuild(settings, options.person, applies=options.apply)
        case _ if options.action == "erase":
            return people.erase(settings, options.email, last_admin=options.last_admin)
        case _:
            return people.grant(settings, options.email, options.role)


if __name__ == "__main__":
    sys.exit(main())
