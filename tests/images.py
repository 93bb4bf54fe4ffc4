"""Says of the name of a container image whether it names the same one tomorrow."""

from __future__ import annotations

import re

#: three numbers of a release, a day or moment of its making, or what the image is made of
_FIXED = re.compile(r":[\w.-]*?(?<![\d.])(\d+\.\d+\.\d+|\d{8}|\d{12})(?![\d.])|@sha256:[0-9a-f]{64}$")
#: whose releases have two numbers
_TWO_NUMBERS = re.compile(r"^chrislusf/seaweedfs:\d+\.\d+$")


def moves(image: str) -> bool:
    """Tells whether a name may stand for another image tomorrow.

    `postgres:17` does, and so does `postgres:17.6`, which is built again when its base is.
    """
    return not (_FIXED.search(image) or _TWO_NUMBERS.search(image))
