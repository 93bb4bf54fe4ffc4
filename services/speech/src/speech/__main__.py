"""Runs the speech service alone, as one process of several: `python -m speech`."""

from __future__ import annotations

import sys

from chassis.main import main
from speech.service import SERVICE

if __name__ == "__main__":
    sys.exit(main(SERVICE))
