"""Names who is at the command line, for the audit of operators' acts."""

from __future__ import annotations

import getpass
import socket

from gateway.jobs.operator_acts import Operator


def at_the_command_line() -> Operator:
    """Returns the operator as `user@host`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in containers
        user = "nobody"
    return Operator(name=f"{user}@{socket.gethostname()}")
