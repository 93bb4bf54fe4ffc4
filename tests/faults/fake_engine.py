"""Runs in the child processes of the stand-in for speech. It is small, because each child imports it again."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable

#: texts whose work ends its child process, every time: by a signal, and by a read from where there is nothing
CRASHES, SEGFAULTS = "This text crashes its child.", "This text segfaults."
#: what the texts begin with whose work lasts the seconds that the text ends with, and for ever
LASTS, HANGS = "This text lasts, in seconds:", "This text never ends."


def setup() -> Callable[[str], None]:
    """Loads nothing, and returns the function that transcribes."""
    return transcribe


def transcribe(text: str) -> None:
    """Does nothing, crashes, or waits, as the text says."""
    if text == CRASHES:
        os.kill(os.getpid(), signal.SIGKILL)
    if text == SEGFAULTS:
        ctypes.string_at(0)
    if text.startswith(LASTS):
        time.sleep(float(text.removeprefix(LASTS)))
    while text.startswith(HANGS):
        time.sleep(60)
