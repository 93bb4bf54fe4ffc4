"""Sizes of tables are added up: partitions under their parent, small tables together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from chassis.storage.partitions import first_id
from gateway.operate.table_figures import OTHER, add_up, age_of

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Relation:
    schema: str
    name: str
    bytes: int
    dead: int = 0
    bound: str | None = None


def bound(first: datetime) -> str:
    return f"FOR VALUES FROM ('{first_id(first)}') TO ('{first_id(first + WEEK)}')"


def test_partitions_count_for_their_parent_and_the_smallest_together() -> None:
    figures = add_up(
        [
            Relation("gateway", "log", 50, 1, bound(NOW - WEEK / 2)),
            Relation("gateway", "log", 60, 2, bound(NOW - 3 * WEEK)),
            Relation("gateway", "log", 5, 0, "DEFAULT"),
            Relation("speech", "inbox", 40),
            Relation("content", "cards", 3, 7),
            Relation("content", "days", 2, 1),
        ],
        NOW,
        largest=2,
    )
    assert figures.bytes == {("gateway", "log"): 115, ("speech", "inbox"): 40, OTHER: 5}
    assert figures.dead == {("gateway", "log"): 3, ("speech", "inbox"): 0, OTHER: 8}
    assert figures.partitions == {
        ("gateway.log", "current"): 50,
        ("gateway.log", "older"): 60,
        ("gateway.log", "default"): 5,
    }


@pytest.mark.parametrize(
    ("said", "age"),
    [
        (bound(NOW + WEEK), "to_come"),
        (bound(NOW - timedelta(days=1)), "current"),
        (bound(NOW - 2 * WEEK), "older"),
        ("DEFAULT", "default"),
    ],
)
def test_a_partition_has_an_age(said: str, age: str) -> None:
    assert age_of(said, NOW) == age
