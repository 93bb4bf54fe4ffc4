"""Reads time zones from the wheel `tzdata`, so that every machine has the same rules, whatever its own files say."""

from __future__ import annotations

from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

import tzdata

#: the release of the IANA database, such as “2026f”
VERSION: str = tzdata.IANA_VERSION


@cache
def names() -> frozenset[str]:
    """Returns the names of all zones."""
    return frozenset(resources.files(tzdata).joinpath("zones").read_text(encoding="utf-8").split())


@cache
def zone_of(name: str) -> ZoneInfo:
    """Returns a zone by its IANA name. Raises ValueError for a name that is not in the database."""
    if name not in names():
        raise ValueError("must be a time zone such as Europe/Berlin")
    with resources.files(tzdata).joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)
