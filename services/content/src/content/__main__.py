"""Runs the content service alone, as one process of several: `python -m content`."""

from __future__ import annotations

import sys

from chassis.main import main
from content.service import SERVICE

if __name__ == "__main__":
    sys.exit(main(SERVICE))
