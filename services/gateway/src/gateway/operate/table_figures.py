"""Adds up the sizes of tables: partitions under their parent, small tables together. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from chassis.message.envelope import id_time

Age = Literal["to_come", "current", "older", "default"]
#: tables that have values of their own: the largest
LARGEST = 20
OTHER = ("other", "other")
_BOUND = re.compile(r"FROM \('([0-9a-f-]{36})'\) TO \('([0-9a-f-]{36})'\)")


class Relation(Protocol):
    """Describes a table or a partition; `bound` is that of a partition, `name` then its parent's."""

    @property
    def schema(self) -> str:
        """Returns the schema."""

    @property
    def name(self) -> str:
        """Returns the table's name."""

    @property
    def bound(self) -> str | None:
        """Returns for which values the partition is."""

    @property
    def bytes(self) -> int:
        """Returns its size with indexes."""

    @property
    def dead(self) -> int:
        """Returns its dead rows."""


@dataclass(slots=True)
class TableFigures:
    """Holds bytes and dead rows by (schema, table), and bytes of partitions by table and age."""

    bytes: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    dead: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    partitions: dict[tuple[str, Age], int] = field(default_factory=lambda: defaultdict(int))


def add_up(relations: Iterable[Relation], now: datetime, largest: int = LARGEST) -> TableFigures:
    """Adds up relations. Of all but the `largest` tables the sums stand under `OTHER`."""
    every, found = TableFigures(), TableFigures()
    for each in relations:
        table = each.schema, each.name
        every.bytes[table] += each.bytes
        every.dead[table] += each.dead
        if each.bound is not None:
            found.partitions[f"{each.schema}.{each.name}", age_of(each.bound, now)] += each.bytes
    by_size = sorted(every.bytes, key=lambda table: (-every.bytes[table], table))
    for place, table in enumerate(by_size):
        shown = table if place < largest else OTHER
        found.bytes[shown] += every.bytes[table]
        found.dead[shown] += every.dead[table]
    return found


def age_of(bound: str, now: datetime) -> Age:
    """Returns how old a partition by UUIDv7 is; rows of the default one came when there was none for them."""
    match = _BOUND.search(bound)
    if match is None:
        return "default"
    first, end = (id_time(UUID(value)) for value in match.groups())
    return "to_come" if first > now else "current" if end > now else "older"
