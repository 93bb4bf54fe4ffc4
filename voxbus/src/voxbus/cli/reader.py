"""Ends a command quietly whose output nobody reads any more, as when it is piped into `head`."""

from __future__ import annotations

import os
import sys

#: 128 + SIGPIPE, as a shell tells of a program whose reader has gone
READER_GONE = 141


def flushed(code: int) -> int:
    """Writes what is left of stdout, and returns the exit code: of what was done, else of why nobody has read it."""
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # where Python writes the rest at its end
        if isinstance(error, BrokenPipeError):
            return code or READER_GONE
        sys.stderr.write(f"voxbus: The output cannot be written: {error.strerror}.\n")
        return code or 1
    return code
