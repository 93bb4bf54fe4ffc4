"""Tests that the help texts of metrics name every outcome that is counted."""

from __future__ import annotations

import re
from typing import get_args, get_type_hints

from chassis.bus.base import Outcome
from chassis.delivery.settlement import Disposition
from chassis.observe import metrics


def words_of(name: str) -> set[str]:
    [family] = [family for family in metrics.REGISTRY.collect() if family.name == name]
    return set(re.findall(r"\w+", family.documentation))


def test_the_outcomes_of_tries_are_named() -> None:
    kinds = set(get_args(get_type_hints(Disposition)["kind"]))
    assert words_of("voxbus_handled") >= kinds | {"cancelled", "duplicate", "undecodable"}


def test_the_outcomes_of_publishes_are_named() -> None:
    assert words_of("voxbus_published") >= {outcome.value for outcome in Outcome}


def test_a_scrape_holds_no_series_about_when_a_counter_was_made() -> None:
    metrics.MEDIA_DELETED.labels("toys").inc()
    metrics.HANDLING_SECONDS.labels("toys.play").observe(1)
    text = metrics.exposition()[0].decode()
    assert 'voxbus_media_deleted_total{service="toys"}' in text
    assert "_created" not in text
