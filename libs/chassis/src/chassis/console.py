"""Informs the person at the terminal; logs are for machines."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime

from chassis.observe.logs import log_style


def notify_operator(text: str) -> None:
    """Writes one line to stderr, as JSON where the log is JSON: whoever reads that reads nothing else.

    What is said here is meant for the operator, so no address is taken out of it. Work goes on where nobody reads it
    any more, as when a command is piped into `head` with its stderr.
    """
    with suppress(BrokenPipeError):
        sys.stderr.write(f"{_as_json(text) if _is_json() else f'voxbus: {text}'}\n")
        sys.stderr.flush()


def _is_json() -> bool:
    """Tells the form of the log; before it has begun, as the environment wants it."""
    return "json" in (log_style(), os.environ.get("VOXBUS_LOG_FORMAT"))


def _as_json(text: str) -> str:
    time = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return json.dumps({"event": text, "level": "info", "logger": "voxbus", "timestamp": time}, ensure_ascii=False)
