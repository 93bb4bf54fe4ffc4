"""Informs the person at the terminal; logs are for machines."""

from __future__ import annotations

import sys


def notify_operator(text: str) -> None:
    """Writes one line to stderr."""
    sys.stderr.write(f"voxbus: {text}\n")
    sys.stderr.flush()
