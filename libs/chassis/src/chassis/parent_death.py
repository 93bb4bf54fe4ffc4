"""Ends processes together with the one that started them."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(parent: int) -> None:
    """Has the kernel kill this process when the thread of process `parent` that started it ends.

    The setting survives exec. Linux only; elsewhere this does nothing, and the end of file on a pipe has to end the
    child.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # the parent died before the setting
        os._exit(1)


def bound(*command: str) -> list[str]:
    """Returns the command line that runs `command` under its own process id and dies with the calling thread.

    It goes through a fresh interpreter and exec: code between fork and exec is unsafe in a process with threads.
    """
    code = "import sys; from chassis.parent_death import run_bound; run_bound(int(sys.argv[1]), sys.argv[2:])"
    return [sys.executable, "-P", "-c", code, str(os.getpid()), *command]


def run_bound(parent: int, command: list[str]) -> None:
    """Replaces this process by `command`, bound to the life of `parent`."""
    die_with_parent(parent)
    os.execvp(command[0], command)
