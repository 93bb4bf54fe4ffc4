"""`python -m speech`: runs the speech service alone, as one process of several."""

from __future__ import annotations

import sys

from chassis.main import main
from speech.service import SERVICE

if __name__ == "__main__":
    sys.exit(main(SERVICE))
