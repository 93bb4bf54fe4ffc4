"""Finds out whether a server runs in a place, and ends it."""

import contextlib
import fcntl
import os
import signal
import time
from pathlib import Path

from voxbus.local.postgres_place import Place

STOP_WITHIN = 60.0  # seconds for a fast shutdown, which ends with a checkpoint
_POLL = 0.02


def alive(place: Place) -> bool:
    """Tells whether a server runs in this place: each of its processes has inherited a lock and keeps it to its end.

    The process id in the file proves nothing, since another process may have it by now, and root in a container may not
    inspect other users' processes.
    """
    probe = open_private(place.home / "server.lock")
    try:
        fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(probe)
    return False


def open_private(path: Path) -> int:
    """Opens a file that only the database's owner may read, without following a link; returns the descriptor."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)


def end_server(place: Place) -> None:
    """Shuts a server down: fast, then immediately, then by a kill. Each way keeps all committed data."""
    for number, timeout in ((signal.SIGINT, STOP_WITHIN), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)):
        if not alive(place):
            return
        postmaster = _postmaster(place)
        if postmaster is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(postmaster, number)
        end = time.monotonic() + timeout
        while alive(place) and time.monotonic() < end:
            time.sleep(_POLL)


def _postmaster(place: Place) -> int | None:
    """Returns the process id in the cluster's pid file; the process is a live server's only while `alive`."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(pid_file(place).read_text().splitlines()[0])
    return None


def pid_file(place: Place) -> Path:
    """Returns the file into which the server writes its process id."""
    return place.cluster / "postmaster.pid"


def ready_process(place: Place) -> int | None:
    """Returns the process id of a server that has written `ready` into the eighth line of its file; else None."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        lines = pid_file(place).read_text().splitlines()
        return int(lines[0]) if lines[7].strip() == "ready" else None
    return None


def forget_stranger(place: Place) -> None:
    """Removes a stale pid file whose id another program has by now; Postgres would take that program for a server."""
    with contextlib.suppress(OSError):
        command = Path(f"/proc/{_postmaster(place)}/cmdline").read_bytes()
        if b"postgres" not in command:
            pid_file(place).unlink()
