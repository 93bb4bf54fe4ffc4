"""What `make check` asks of the code as a whole: `python -m voxbus.checks drift | schemas [--write]`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import contracts
from chassis.errors import VoxbusError
from chassis.storage.embedded import start_postgres
from chassis.storage.migrations import drift, migrate
from contracts.schema import files
from voxbus.services import SERVICES
from voxbus.tell import say

#: the package's folder in the repository: its modules lie in `src/contracts`
CONTRACTS = Path(contracts.__file__).parents[2]


def check_schemas(folder: Path = CONTRACTS, *, write: bool = False) -> list[str]:
    """Names of committed schemas and examples that differ from the messages, after mending them if `write` says so."""
    wanted = files()
    found = {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for kind in ("schemas", "examples")
        for path in (folder / kind).glob("*.json")
    }
    wrong = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if not write:
        return wrong
    for name in wrong:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        if name in wanted:
            path.write_text(wanted[name], encoding="utf-8")
        else:
            path.unlink()
    return []


async def check_drift() -> list[str]:
    """What differs between tables in the code and a new database after all migrations, a line each."""
    with tempfile.TemporaryDirectory() as folder:
        async with await start_postgres(Path(folder), lambda _: None) as postgres:
            await migrate(postgres.dsn, SERVICES)
            return [
                f"{service.name}: {difference}"
                for service in SERVICES
                for difference in await drift(postgres.dsn, service)
            ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one check; 0 when all is well, 1 with a line for each thing that is not."""
    parser = argparse.ArgumentParser(prog="voxbus.checks", description="Check what is committed against the code.")
    checks = parser.add_subparsers(dest="check", required=True)
    checks.add_parser("drift", help="migrations lead to the tables that the code knows")
    schemas = checks.add_parser("schemas", help="committed schemas and examples are those of the messages")
    schemas.add_argument("--write", action="store_true", help="write them anew")
    options = parser.parse_args(arguments)
    try:
        wrong = check_schemas(write=options.write) if options.check == "schemas" else asyncio.run(check_drift())
    except VoxbusError as error:
        wrong = [str(error)]
    for line in wrong:
        say(f"{options.check}: {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
