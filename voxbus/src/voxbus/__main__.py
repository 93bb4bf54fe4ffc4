"""Runs the operator's and the developer's command line: `voxbus`, which `python -m voxbus` is too."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from voxbus.cli.commands import application
from voxbus.cli.reader import flushed


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code (see `voxbus.cli.outcome`), which is 2 for a wrong use."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        application(words)(words, prog_name="voxbus")
    except SystemExit as end:
        return flushed(end.code if isinstance(end.code, int) else 0)
    return flushed(0)


if __name__ == "__main__":
    sys.exit(main())
