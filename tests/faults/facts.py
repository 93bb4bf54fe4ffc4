"""Prints facts about its own process, for the test of the fork server: `python -m tests.faults.facts …`."""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import sys
import threading

from chassis.message.envelope import new_id


def facts() -> dict[str, object]:
    """Returns facts that a process and the system have about it, without those that differ between processes."""
    return {
        "arguments": sys.argv,
        "environment": dict(os.environ),
        "folder": os.getcwd(),  # noqa: PTH109
        "import path": sys.path,
        "leads a session of its own": os.getsid(0) == os.getpgrp() == os.getpid(),
        "open files": sorted(map(os.readlink, (f"/proc/self/fd/{number}" for number in (0, 1, 2)))),
        "threads": threading.active_count(),
        "name": __name__,
        "signals": {number.name: str(signal.getsignal(number)).partition(" at ")[0] for number in signal.Signals},
        "blocked signals": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
    }


def chance() -> list[object]:
    """Returns values that must differ between any two processes."""
    return [os.getpid(), str(new_id()), random.random(), secrets.token_hex(16)]


if __name__ == "__main__":
    print(json.dumps([facts(), chance()]), flush=True)
    if sys.argv[1:] == ["waits"]:
        signal.pause()
    print("to stderr", file=sys.stderr)
    sys.exit(3)
