"""Runs the feedback service alone, as one process of several: `python -m feedback`."""

from __future__ import annotations

import sys

from chassis.main import main
from feedback.service import SERVICE

if __name__ == "__main__":
    sys.exit(main(SERVICE))
