"""Reads what is kept of people, why, and for how long: `retention.toml`, the one table that the worker executes."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from chassis.errors import SettingsError
from chassis.settings import PREFIX, Settings

#: begins the names of prefixes in the media store that hold nothing of a person
_MEDIA = "media:"
_FILE = Path(__file__).with_suffix(".toml")
#: stands for the table of every service that has one
ANY = "*"
#: the clock of rows whose period begins with what their person did last, somewhere
LAST_ACTIVITY = "last_activity"
#: begins the clock of rows whose time is in a UUIDv7
OF_ID = "id:"
#: of who was erased, and how much longer than the oldest backup they are remembered
ERASURE_LEDGER, AFTER_BACKUPS = "erasure_ledger", timedelta(days=30)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_WORDS = {"s": "s", "m": "min", "h": "h", "d": "d"}


@dataclass(frozen=True, slots=True)
class Holder:
    """Names a place that holds a class: one of `table`, `media` (a prefix) and `file` says which.

    `keep` is the class's unless the place has its own; `child` likewise. `also` is the SQL of the file that it names.
    The file's head describes the rest.
    """

    kind: str
    service: str
    keep: timedelta
    child: timedelta | None = None
    table: str | None = None
    media: str | None = None
    file: str | None = None
    clock: str | None = None
    ends: bool = False
    since: str | None = None
    column: str | None = None
    also: str | None = None
    weeks: bool = False
    rows: str | None = None
    only: str | None = None
    by: str | None = None
    #: the class's period before anybody has shortened it: what the code counts an end from
    written: timedelta = timedelta(0)

    @property
    def by_activity(self) -> bool:
        """Tells whether the period begins with the person's last activity."""
        return self.clock == LAST_ACTIVITY


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """Describes a class of data: `keep` is its period, `child` that of a child, `start` what begins it, for people."""

    name: str
    what: str
    why: str
    basis: str
    keep: timedelta
    child: timedelta | None
    start: str
    says: str
    held: tuple[Holder, ...]
    #: the shortest period that a setting may give it
    least: timedelta = timedelta(0)
    #: the service of a class that nothing holds yet
    service: str | None = None

    @property
    def services(self) -> tuple[str, ...]:
        """Returns the services that hold it; a class of which every service has something is the gateway's here."""
        named = sorted({holder.service for holder in self.held} - {ANY})
        return tuple(named) or (self.service or "gateway",)

    @property
    def period(self) -> str:
        """Returns the period in words."""
        child = "" if self.child is None else in_words(self.child)
        return self.says.format(keep=in_words(self.keep), child=child)


@dataclass(frozen=True, slots=True)
class Retention:
    """Holds the table. `nothing` are tables that hold nothing of a person, by the reason for saying so."""

    classes: Mapping[str, RetentionClass]
    nothing: Mapping[str, str]

    def rows(self) -> list[dict[str, str]]:
        """Returns the table as it is published: one row for each class and service that has something of it."""
        return [
            {
                "class": each.name,
                "what": each.what,
                "why": each.why,
                "basis": each.basis,
                "keep": each.period,
                "from": each.start,
                "service": service,
            }
            for each in self.classes.values()
            for service in each.services
        ]

    def holders(self, service: str) -> list[Holder]:
        """Returns the places of a service, in the order of the file; those of any service are its own, too.

        What the file says of a table of the service itself goes before what it says of that table anywhere.
        """
        held = [holder for each in self.classes.values() for holder in each.held]
        own = {holder.table for holder in held if holder.service == service}
        return [
            replace(holder, service=service)
            for holder in held
            if holder.service == service or (holder.service == ANY and holder.table not in own)
        ]

    def class_of(self, service: str, table: str) -> str | None:
        """Names the class of a table's rows; None for a table that holds nothing of a person, or is not named."""
        found = [each for each in self.holders(service) if each.table == table and each.column is None]
        return found[0].kind if found else None

    def columns_of(self, service: str, table: str) -> dict[str, str]:
        """Names the classes of single columns that are emptied before their row goes, by the column."""
        found = [each for each in self.holders(service) if each.table == table]
        return {each.column: each.kind for each in found if each.column is not None}

    def names(self, service: str, table: str) -> bool:
        """Tells whether somebody has said what a table holds."""
        known = self.class_of(service, table) is not None
        return known or not self.nothing.keys().isdisjoint({f"{service}.{table}", f"{ANY}.{table}"})

    def prefixes(self) -> frozenset[str]:
        """Returns the prefixes under which media may be stored."""
        of_people = {holder.media for each in self.classes.values() for holder in each.held if holder.media is not None}
        return frozenset(of_people | {name.removeprefix(_MEDIA) for name in self.nothing if name.startswith(_MEDIA)})

    def with_backups(self, kept: timedelta) -> Retention:
        """Returns the table for backups that are kept so long: whoever is in one must not be forgotten before it."""
        keep = kept + AFTER_BACKUPS
        known = self.classes[ERASURE_LEDGER]
        held = tuple(replace(holder, keep=keep, written=keep) for holder in known.held)
        return Retention(
            {**self.classes, ERASURE_LEDGER: replace(known, keep=keep, least=keep, held=held)}, self.nothing
        )

    def shortened(self, periods: Mapping[str, timedelta]) -> Retention:
        """Returns the table with shorter periods for some classes. Raises `ValueError` for a longer one."""
        classes = dict(self.classes)
        for name, period in periods.items():
            known = classes.get(name)
            if known is None:
                raise ValueError(f"names no class {name[:30]!r}; there are: {', '.join(self.classes)}")
            if period > known.keep or (period == known.keep and not period):
                raise ValueError(f"may only shorten: {name} is kept for {in_words(known.keep)} at most")
            if period < known.least:
                raise ValueError(f"makes {name} too short: {in_words(known.least)} at least")
            classes[name] = _shortened(known, period)
        return Retention(classes, self.nothing)


def retention_of(settings: Settings) -> Retention:
    """Returns the table with the periods that `VOXBUS_RETENTION` has shortened. Raises `SettingsError`.

    Who was erased is remembered as long as `VOXBUS_BACKUPS_KEPT` demands.
    """
    table = retention().with_backups(settings.backups_kept)
    if settings.retention is None:
        return table
    try:
        return table.shortened(read_periods(settings.retention))
    except ValueError as error:
        raise SettingsError(f"{PREFIX}RETENTION is wrong: {error}.") from None


def read_periods(setting: str) -> dict[str, timedelta]:
    """Reads shorter periods from JSON such as `{"notification": "30d"}`. Raises `ValueError`."""
    try:
        given = json.loads(setting)
    except ValueError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(each, str) for each in given.values()):
        raise ValueError('must be JSON such as {"notification": "30d"}')
    return {name: _span(text) for name, text in given.items()}


def in_words(period: timedelta) -> str:
    """Returns a period as people read it: `24 h`, `1,095 d`."""
    seconds = round(period.total_seconds())
    for unit, size in reversed(_UNITS.items()):
        # a day stays 24 h: that is how it is said where somebody waits for it
        if seconds % size == 0 and (unit != "d" or seconds > size):
            return f"{seconds // size:,} {_WORDS[unit]}"
    raise AssertionError("a second divides every period")


@cache
def retention() -> Retention:
    """Returns the table of the file."""
    read = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    classes = [_class(each) for each in read["class"]]
    nothing = {name: entry["why"] for entry in read["none"] for name in entry["in"]}
    return Retention({each.name: each for each in classes}, nothing)


def _class(read: Mapping[str, Any]) -> RetentionClass:
    keep = _span(read["keep"])
    child = _span(read["child"]) if "child" in read else None
    plain = "{keep}" if child is None else "{keep}; a child's {child}"
    return RetentionClass(
        name=read["name"],
        what=read["what"],
        why=read["why"],
        basis=read["basis"],
        keep=keep,
        child=child,
        start=read["from"],
        says=read.get("says", plain),
        held=tuple(_holders(read["name"], keep, child, read["held"])),
        least=_span(read.get("least", "0s")),
        service=read.get("service"),
    )


def _holders(
    kind: str, keep: timedelta, child: timedelta | None, held: Sequence[Mapping[str, Any]]
) -> Sequence[Holder]:
    holders = []
    for each in held:
        own = _span(each["keep"]) if "keep" in each else keep
        rest = {name: value for name, value in each.items() if name not in ("keep", "also")}
        also = _FILE.with_name(each["also"]).read_text(encoding="utf-8") if "also" in each else None
        holders.append(Holder(kind=kind, keep=own, child=child, written=own, also=also, **rest))
    return holders


def _shortened(known: RetentionClass, period: timedelta) -> RetentionClass:
    child = None if known.child is None else min(known.child, period)
    held = tuple(
        replace(
            holder, keep=min(holder.keep, period), child=None if holder.child is None else min(holder.child, period)
        )
        for holder in known.held
    )
    return replace(known, keep=period, child=child, held=held)


def _span(text: str) -> timedelta:
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not (number.isascii() and number.isdigit() and len(number) < 8):
        raise ValueError("must have times such as 30s, 15m, 24h or 30d")
    return timedelta(seconds=int(number) * _UNITS[unit])
