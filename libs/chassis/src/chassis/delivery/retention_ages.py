"""Tells from a class's clock what is due at a moment, and how old the oldest of each class is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.observe.metrics import RETENTION_LIMIT, RETENTION_OLDEST, RETENTION_UNDATED
from chassis.privacy.retention import OF_ID, Holder, Retention
from chassis.storage.partitions import first_id

_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: the ages that the services of this process have found, by class and service: a gauge has one value for a class
_FOUND: dict[tuple[str, str], float] = {}


def cutoffs(holder: Holder, now: datetime) -> tuple[datetime | UUID | date, ...]:
    """Returns the parameters of the statement that deletes what is due in a place."""
    if holder.by_activity:
        return last_day(now, holder.keep), last_day(now, holder.child or holder.keep)
    if holder.ends:  # the code has counted the end from the written period
        return (now + holder.written - holder.keep,)
    if (holder.clock or "").startswith(OF_ID):
        return (first_id(now - holder.keep),)
    return (now - holder.keep,)


def last_day(now: datetime, keep: timedelta) -> date:
    """Returns the day before which a person's last active day has ended long enough ago."""
    return (now - keep).astimezone(UTC).date()


def end_of(day: date) -> datetime:
    """Returns the end of a day, in UTC: from there on a period counts whose clock is the last activity."""
    return datetime.combine(day, time(), UTC) + _DAY


class Ages:
    """Collects how old the oldest item of each class of a service is, and shows it as metrics."""

    def __init__(self, service: str, table: Retention) -> None:
        self._service = service
        self._limits = {name: each.keep for name, each in table.classes.items()}
        self._oldest: dict[str, float] = {}
        self._undated: dict[str, int] = {}

    def note_row(self, holder: Holder, now: datetime, found: Row[Any]) -> None:
        """Notes what `retention_statements.oldest` has found."""
        if holder.by_activity:
            for day, keep in ((found.day, holder.keep), (found.child_day, holder.child or holder.keep)):
                self._note(holder, now, None if day is None else end_of(day), keep)
        elif found.oldest is not None and (holder.clock or "").startswith(OF_ID):
            self.note(holder, now, _EPOCH + timedelta(milliseconds=UUID(str(found.oldest)).int >> 80))
        else:
            self.note(holder, now, found.oldest)

    def note(self, holder: Holder, now: datetime, oldest: datetime | None) -> None:
        """Notes from when the oldest item in a place is, by its clock."""
        begun = None if oldest is None else oldest - holder.written if holder.ends else oldest
        self._note(holder, now, begun, holder.keep)

    def note_undated(self, holder: Holder, items: int) -> None:
        """Notes how many rows in a place have no known clock."""
        self._undated[holder.kind] = self._undated.get(holder.kind, 0) + items

    def show(self) -> None:
        """Shows what was noted since the last time."""
        for kind, limit in self._limits.items():
            RETENTION_LIMIT.labels(kind).set(limit.total_seconds())
            _FOUND[kind, self._service] = self._oldest.get(kind, 0.0)
            RETENTION_OLDEST.labels(kind).set(max(age for (each, _), age in _FOUND.items() if each == kind))
        for kind, items in self._undated.items():
            RETENTION_UNDATED.labels(self._service, kind).set(items)
        self._oldest, self._undated = {}, {}

    def _note(self, holder: Holder, now: datetime, begun: datetime | None, keep: timedelta) -> None:
        if begun is None:
            return
        age = max(now - begun, timedelta(0))
        # what has a shorter period counts from the class's limit on, once it is over its own
        shown = age if age <= keep else self._limits[holder.kind] + age - keep
        self._oldest[holder.kind] = max(self._oldest.get(holder.kind, 0.0), shown.total_seconds())
