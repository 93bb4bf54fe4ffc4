"""Reads the moments that people write: RFC 3339, or how long ago."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO = re.compile(r"-(\d{1,6})([smhdw])")
_WITH_ZONE = re.compile(r"(Z|[+-]\d{2}:\d{2})$", re.IGNORECASE)


def moment(text: str, now: datetime) -> datetime:
    """Returns the moment that a text means: `2026-11-29T10:00:00Z`, `-2h`, `-1d`, `today` or `yesterday`.

    Days are those of UTC. Raises `ValueError` with a sentence.
    """
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if text == "today":
        return midnight
    if text == "yesterday":
        return midnight - timedelta(days=1)
    if ago := _AGO.fullmatch(text):
        try:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        except OverflowError:
            raise ValueError(f"{text} is before all times") from None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text} is no time: write 2026-11-29T10:00:00Z, -2h, -1d, today or yesterday") from None
    if not _WITH_ZONE.search(text):
        raise ValueError(f"{text} has no zone: write {text}Z for UTC") from None
    return found
