"""Finds folders in memory for the database server and the broker of a test run.

Each test has a database of its own, some 300 files that are made and removed again, and queues of its own, whose logs
wait for the disk. On a disk that costs more processor time than the tests themselves. Nothing is lost by it: what a
test kills is a process, and then memory survives as a disk would. The processes of the product that tests start have
their data on the disk.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = Path("/dev/shm")
_PREFIX = "voxbus-tests"
#: bytes that must be free: three workers with a write-ahead log of up to 1 GiB each
_NEEDED = 6 * 2**30


@contextmanager
def folder_in_memory(otherwise: Path) -> Iterator[Path]:
    """Yields a new folder in memory and removes it at the end; `otherwise` where memory has no room for it."""
    if not _has_room():
        yield otherwise
        return
    _remove_abandoned()
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}-{os.getpid()}-", dir=_MEMORY))
    folder.chmod(0o711)  # as root the server runs as another user, who must get to its own folder in this one
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _has_room() -> bool:
    if not os.access(_MEMORY, os.W_OK | os.X_OK):
        return False
    status = os.statvfs(_MEMORY)
    return status.f_bavail * status.f_frsize >= _NEEDED


def _remove_abandoned() -> None:
    """Removes what runs have left that were killed."""
    for folder in _MEMORY.glob(f"{_PREFIX}-*"):
        pid = folder.name.removeprefix(f"{_PREFIX}-").partition("-")[0]
        if not Path("/proc", pid).exists():
            shutil.rmtree(folder, ignore_errors=True)
