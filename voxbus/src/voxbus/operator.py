"""Names who is at the command line, and writes what they did that no transaction of its own could tell of."""

from __future__ import annotations

import getpass
import socket

from chassis.storage.database import open_database
from gateway.jobs.operator_acts import Operator, OperatorAct, Outcome, record

_HAS_TABLE = "SELECT to_regclass('operator_acts') AS found"


def at_the_command_line() -> Operator:
    """Returns the operator as `user@host`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in containers
        user = "nobody"
    return Operator(name=f"{user}@{socket.gethostname()}")


async def note(url: str, act: OperatorAct, outcome: Outcome = "done") -> None:
    """Writes an act; a database that was not migrated to a release with the audit has no table for it."""
    database = open_database(url, "gateway", size=1)
    try:
        if (await database.fetch(_HAS_TABLE))[0].found:
            await record(database, act, outcome=outcome)
    finally:
        await database.close()
