"""Telling the person at the terminal; logs are for machines."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """One line on stderr."""
    sys.stderr.write(f"voxbus: {text}\n")
    sys.stderr.flush()
