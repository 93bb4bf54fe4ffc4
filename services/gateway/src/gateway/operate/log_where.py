"""Writes filters of operators as conditions on the log."""

from __future__ import annotations

from dataclasses import dataclass, field

from chassis.filters import Filters


@dataclass(slots=True)
class Where:
    """Collects conditions with their parameters, numbered as the driver wants them."""

    conditions: list[str] = field(default_factory=list)
    parameters: list[object] = field(default_factory=list)

    def add(self, condition: str, *values: object) -> None:
        """Adds a condition; each `{}` in it becomes the number of a value."""
        numbers = []
        for value in values:
            self.parameters.append(value)
            numbers.append(f"${len(self.parameters)}")
        self.conditions.append(condition.format(*numbers))

    def text(self) -> str:
        """Returns the conditions as a WHERE."""
        return f"WHERE {' AND '.join(self.conditions)}" if self.conditions else ""


def where_of(filters: Filters) -> Where:
    """Returns the conditions on rows of the log `l`."""
    where = Where()
    if filters.since is not None:
        where.add("l.time >= {}::timestamptz", filters.since)
    if filters.until is not None:
        where.add("l.time < {}::timestamptz", filters.until)
    if filters.types:
        where.add("l.type = ANY({}::text[])", list(filters.types))
    if filters.job is not None:
        where.add("l.stream_id = {}::uuid", filters.job)
    if filters.person is not None:
        where.add("l.person_id = {}::uuid", filters.person)
    if filters.kind is not None:
        where.add("EXISTS (SELECT FROM jobs AS j WHERE j.id = l.stream_id AND j.kind = {})", filters.kind)
    return where
