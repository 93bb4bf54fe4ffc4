"""Holds the table of all commands, of which only the one that is asked for is imported.

Importing the whole product takes seconds, and `voxbus --help` needs none of it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import typer

#: how shells ask what could follow: the words that are there already
_COMPLETED = ("_TYPER_COMPLETE_ARGS", "COMP_WORDS")

_RUN = "Run"
_LOOK_AFTER = "Look after"
_REPLAY = "Look into the past, and replay it"


@dataclass(frozen=True)
class Command:
    """Holds one command, or a group of them: its name, where its function or its `Typer` is, and what lists tell."""

    name: str
    place: str  # module:attribute
    help: str
    panel: str
    example: str = ""  # of a command; those of a group have their own

    def add_to(self, root: typer.Typer) -> None:
        """Imports the command and puts it under its name."""
        module, attribute = self.place.split(":")
        found = getattr(import_module(module), attribute)
        if isinstance(found, typer.Typer):
            root.add_typer(found, name=self.name, help=self.help, rich_help_panel=self.panel, no_args_is_help=True)
        else:
            root.command(self.name, epilog=f"Example: {self.example}", rich_help_panel=self.panel)(found)

    def list_in(self, root: typer.Typer) -> None:
        """Puts the name and the line of help there without importing anything."""
        root.command(self.name, help=self.help, rich_help_panel=self.panel)(_nothing)


COMMANDS = (
    Command("run", "voxbus.cli.run:run", "Runs all five services in one process.", _RUN, "voxbus run"),
    Command(
        "run-rabbit",
        "voxbus.cli.run:run_rabbit",
        "Runs the five services as five processes on RabbitMQ.",
        _RUN,
        "voxbus run-rabbit",
    ),
    Command(
        "serve",
        "voxbus.cli.run:serve",
        "Runs some services as one process of several.",
        _RUN,
        "voxbus serve content notify",
    ),
    Command("migrate", "voxbus.cli.run:migrate", "Brings the database up to date.", _RUN, "voxbus migrate"),
    Command("topology", "voxbus.cli.topology:app", "Looks at the queues on the broker, and declares them.", _RUN),
    Command(
        "doctor", "voxbus.cli.doctor:doctor", "Says what is wrong, and what mends it.", _LOOK_AFTER, "voxbus doctor"
    ),
    Command("dead-letters", "voxbus.cli.dead_letters:app", "Mends messages that a handler gave up.", _LOOK_AFTER),
    Command(
        "probe",
        "voxbus.cli.probe:probe",
        "Makes a synthetic attempt each minute, and shows how it went as metrics.",
        _LOOK_AFTER,
        "voxbus probe --url https://voxbus.example.org",
    ),
    Command("jobs", "voxbus.cli.jobs:app", "Finds jobs, and cancels them.", _LOOK_AFTER),
    Command("people", "voxbus.cli.people:app", "Gives people roles, and erases them.", _LOOK_AFTER),
    Command("backup", "voxbus.cli.backup:app", "Backs up database, keys and media while Voxbus runs.", _LOOK_AFTER),
    Command(
        "restore",
        "voxbus.cli.backup:restore",
        "Restores a backup.",
        _LOOK_AFTER,
        "voxbus restore --from /backups/voxbus --erased-from /ledger/erasures.jsonl",
    ),
    Command("events", "voxbus.cli.events:app", "Lists, shows, follows and pulls events of the log.", _REPLAY),
    Command("tape", "voxbus.cli.tape:app", "Checks tapes of events.", _REPLAY),
    Command("replay", "voxbus.cli.replay:app", "Replays messages to one handler, for real or dry.", _REPLAY),
    Command(
        "destroy", "voxbus.cli.destroy:destroy", "Removes it from this machine.", _LOOK_AFTER, "voxbus destroy --yes"
    ),
    Command("learning", "voxbus.cli.learning:app", "Looks after what learners did.", _LOOK_AFTER),
)


def application(words: Sequence[str]) -> typer.Typer:
    """Returns the command line, with that command imported which the words name first."""
    root = typer.Typer(
        help="Runs and operates Voxbus. Exit codes: 0 done; 1 failed; 2 wrong use; 3 differences found;"
        " 4 nothing matched; 5 refused.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    root.callback()(_nothing)
    asked = _asked(words)
    for command in COMMANDS:
        if command.name == asked:
            command.add_to(root)
        else:
            command.list_in(root)
    return root


def _asked(words: Sequence[str]) -> str | None:
    """Returns the first word that is a command; where a shell asks for completion, of the line so far."""
    line = [*words, *(word for name in _COMPLETED for word in os.environ.get(name, "").split())]
    names = {command.name for command in COMMANDS}
    return next((word for word in line if word in names), None)


def _nothing() -> None:
    """Does nothing: it is listed, not run."""
