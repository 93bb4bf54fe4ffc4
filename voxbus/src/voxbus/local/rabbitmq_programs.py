"""Finds the programs of a locally installed RabbitMQ."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from chassis.errors import SettingsError

MISSING = (
    "No RabbitMQ was found: install rabbitmq-server with the system's package manager"
    " (`apt-get install rabbitmq-server`), or name a broker in VOXBUS_BUS_URL."
)
_SCRIPT_PLACES = ("/usr/lib/rabbitmq/bin", "/usr/local/sbin", "/usr/sbin", "/opt/homebrew/sbin")
_ERLANG_PLACES = ("/usr/lib/erlang", "/usr/local/lib/erlang", "/opt/homebrew/lib/erlang")


def find_server() -> Path:
    """Finds the script that starts the broker as the user who calls it. Raises SettingsError when there is none.

    Packages put a wrapper on the path that changes the user; the script that it calls lies beside `rabbitmq-env`.
    """
    for found in _on_path("rabbitmq-server", _SCRIPT_PLACES):
        script = found.resolve()
        named = re.findall(r"/[\w./-]*rabbitmq[\w./-]*/", script.read_text(errors="replace"))
        for folder in (script.parent, *map(Path, named)):
            if (folder / "rabbitmq-env").is_file() and (folder / "rabbitmq-server").is_file():
                return folder / "rabbitmq-server"
    raise SettingsError(MISSING)


def find_epmd() -> Path:
    """Finds Erlang's name server. Raises SettingsError when there is none."""
    folders = [str(folder) for place in _ERLANG_PLACES for folder in sorted(Path(place).glob("erts-*/bin"))]
    for found in _on_path("epmd", folders):
        return found
    raise SettingsError(MISSING)


def _on_path(name: str, more: list[str] | tuple[str, ...]) -> Iterator[Path]:
    for path in (None, *more):  # None: the search path itself
        found = shutil.which(name, path=path)
        if found:
            yield Path(found)
