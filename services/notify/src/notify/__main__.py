"""Runs the notify service alone, as one process of several: `python -m notify`."""

from __future__ import annotations

import sys

from chassis.main import main
from notify.service import SERVICE

if __name__ == "__main__":
    sys.exit(main(SERVICE))
