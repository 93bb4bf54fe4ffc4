"""Alerts and the runbook name only metrics that exist, and whoever gets an alert finds its metric in the runbook."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chassis.observe import metrics

DOCS = Path(__file__).parents[2] / "docs"
NAME = re.compile(r"\bvoxbus_[a-z_]+\b")
#: databases, users and modules in examples
_NO_METRICS = {"voxbus_gateway", "voxbus_keys", "voxbus_notify", "voxbus_speech"}


def named(document: str) -> set[str]:
    return set(NAME.findall((DOCS / document).read_text(encoding="utf-8"))) - _NO_METRICS


@pytest.mark.parametrize("document", ["alerts.yml", "runbook.md"])
def test_every_metric_that_is_named_exists(document: str) -> None:
    made = {sample for family in metrics.REGISTRY.collect() for sample in (family.name, f"{family.name}_total")}
    assert named(document) - made == set()


def test_every_alert_is_in_the_runbook() -> None:
    assert named("alerts.yml") - named("runbook.md") == set()
