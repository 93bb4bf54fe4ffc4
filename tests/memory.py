"""Finds folders in memory for the database server and the broker of a test run.

Each test has a database of its own, some 300 files that are made and removed again, and queues of its own, whose logs
wait for the disk. On a disk that costs more processor time than the tests themselves. Nothing is lost by it: what a
test kills is a process, and then memory survives as a disk would. The processes of the product that tests start have
their data on the disk.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = Path("/dev/shm")
_PREFIX = "voxbus-test-"
#: bytes that must be free: some workers with a write-ahead log of up to 1 GiB each
_NEEDED = 6 * 2**30


@contextmanager
def folder_in_memory(otherwise: Path, memory: Path = _MEMORY, needed: int = _NEEDED) -> Iterator[Path]:
    """Yields a new folder in memory and removes it at the end; `otherwise` where memory has no room for it.

    The folder is locked as long as its run lives. A lock also holds between containers that share the memory, which do
    not see each other's processes.
    """
    if not _has_room(memory, needed):
        yield otherwise
        return
    with _locked(memory):  # so that nobody takes the new folder for an abandoned one before it is locked
        _remove_abandoned(memory)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=memory))
        folder.chmod(0o711)  # as root the server runs as another user, who must get to its own folder in this one
        lock = os.open(folder, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        os.close(lock)


def _has_room(memory: Path, needed: int) -> bool:
    if not os.access(memory, os.W_OK | os.X_OK):
        return False
    status = os.statvfs(memory)
    return status.f_bavail * status.f_frsize >= needed


def _remove_abandoned(memory: Path) -> None:
    """Removes what runs have left that were killed: the kernel has released their locks."""
    for folder in memory.glob(f"{_PREFIX}*"):
        try:
            with _locked(folder, wait=False):
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # in use, another user's, or removed just now
            continue


@contextmanager
def _locked(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Locks a folder itself. Raises BlockingIOError if another has locked it, unless it is to `wait`."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(lock)
