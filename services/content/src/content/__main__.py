"""`python -m content`: runs the content service alone, as one process of several."""

from __future__ import annotations

import sys

from chassis.main import main
from content.service import SERVICE

if __name__ == "__main__":
    sys.exit(main(SERVICE))
