"""Finds `pg_dump` and `pg_restore` that fit a server: of the embedded server's wheel, on the path, or of Debian."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from chassis.errors import SettingsError
from chassis.pooler import Address
from chassis.settings import PREFIX
from voxbus.local.postgres_place import WHEEL

_DEBIAN = Path("/usr/lib/postgresql")
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
#: seconds for a program to say its version
_SAYS_WITHIN = 20


@dataclass(frozen=True, slots=True)
class Programs:
    """Holds the folder of client programs and their major version."""

    folder: Path
    major: int


async def find_programs(server: int, least: int = 0, folders: Sequence[Path] | None = None) -> Programs:
    """Returns the programs of the server's major version, else the oldest newer ones.

    `server`: a major version. `least`: that of the program which wrote the archive to be read. An older `pg_dump`
    refuses a newer server. `folders`: where to look, unless it is where they usually are. Raises `SettingsError` when
    there are none.
    """
    found = await asyncio.to_thread(_found, _usual() if folders is None else folders)
    fitting = sorted((each for each in found if each.major >= max(server, least)), key=lambda each: each.major)
    if not fitting:
        have = ", ".join(str(each) for each in sorted({each.major for each in found})) or "none"
        raise SettingsError(
            f"The database is of Postgres {server}, and pg_dump and pg_restore of {max(server, least)} or newer are"
            f" missing (found: {have}): install postgresql-client-{max(server, least)}."
        )
    return fitting[0]


def libpq(url: str) -> tuple[str, Mapping[str, str]]:
    """Returns an address without its password, which everyone could read among the arguments, and the environment.

    Raises `SettingsError` behind a transaction pooler, where a dump would change its session.
    """
    address = Address.of(url)
    if address.pooler == "transaction":
        raise SettingsError(
            "Backups need a connection of their own, without a transaction pooler: set VOXBUS_DIRECT_DATABASE_URL."
        )
    dsn, user_info = address.dsn, urlsplit(address.dsn).netloc.rpartition("@")[0]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {"LC_ALL": "C", "PGAPPNAME": "voxbus-backup"}
    user, colon, password = user_info.partition(":")
    if colon:
        environment["PGPASSWORD"] = unquote(password)
        dsn = dsn.replace(f"{user_info}@", f"{user}@", 1)
    return dsn, environment


def _usual() -> list[Path]:
    return [*_of_wheel(), *(Path(each) for each in os.get_exec_path()), *sorted(_DEBIAN.glob("*/bin"))]


def _found(folders: Sequence[Path]) -> list[Programs]:
    known = {folder.resolve(): folder for folder in folders if (folder / "pg_dump").exists()}
    return [each for folder in known.values() if (each := _programs(folder)) is not None]


def _of_wheel() -> list[Path]:
    found = importlib.util.find_spec(WHEEL.replace("-", "_"))
    places = (found.submodule_search_locations if found else None) or []
    return [folder for place in places for folder in sorted(Path(place).glob("pginstall*/bin"))]


def _programs(folder: Path) -> Programs | None:
    """Returns the programs of a folder; None where one is missing or does not run on this machine."""
    versions = []
    for name in ("pg_dump", "pg_restore"):
        try:
            said = subprocess.run(
                [folder / name, "--version"], capture_output=True, text=True, timeout=_SAYS_WITHIN, check=True
            ).stdout
        except (OSError, subprocess.SubprocessError):
            return None
        match = _VERSION.search(said)
        if match is None:
            return None
        versions.append(int(match[1]))
    return Programs(folder, versions[0]) if versions[0] == versions[1] else None
