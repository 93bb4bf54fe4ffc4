"""Reads how long a receiver asks to be left alone (Retry-After, RFC 9110, 10.2.3)."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

#: most seconds that a receiver is left alone for; the longest wait between tries anyway
LONGEST_S = 3600.0


def wait_asked(value: str | None, now: float) -> float | None:
    """Returns the seconds that a header asks for, from 0 to `LONGEST_S`; None for one that says nothing clear.

    It is a number of seconds, or a date; `now` is in seconds since 1970.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        # a number of more digits is above the bound as well, and Python refuses to read very many
        return min(float(text[:12]), LONGEST_S)
    try:
        until = parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
    return min(max(until - now, 0.0), LONGEST_S)
