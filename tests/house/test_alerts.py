"""Alerts and the runbook name only metrics that exist, and whoever gets an alert finds its metric in the runbook."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from chassis.observe import metrics

DOCS = Path(__file__).parents[2] / "docs"
NAME = re.compile(r"\bvoxbus_[a-z_]+\b")
#: databases, users and modules in examples
_NO_METRICS = {"voxbus_gateway", "voxbus_keys", "voxbus_notify", "voxbus_speech"}
#: what a scrape has of a family, by its type
_SAMPLES = {"gauge": ("",), "counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
#: labels that every sample has from the scrape, or a histogram's buckets
_OF_SCRAPES = {"instance", "job", "le"}


def samples() -> dict[str, set[str]]:
    """Returns the labels of each sample that a scrape can have."""
    declared = {each.metric._name: set(each.labels) for each in metrics.DECLARED.values()}
    return {  # what is not declared by us are the collectors of process and garbage
        family.name + end: declared.get(family.name, {"generation"})
        for family in metrics.REGISTRY.collect()
        for end in _SAMPLES[family.type]
    }


def faults(rules: str) -> list[str]:
    """Returns what keeps alerts from ever firing or from saying what they mean: samples and labels that are not."""
    known, found = samples(), []
    for group in yaml.safe_load(rules)["groups"]:
        for rule in group["rules"]:
            expression, words = rule["expr"], str(rule.get("annotations", ""))
            named = set(NAME.findall(expression))
            found += [f"{rule['alert']}: no sample {name}" for name in sorted(named - known.keys())]
            may = set.union(_OF_SCRAPES, *(known.get(name, set()) for name in named))
            used = set(re.findall(r"\$labels\.([a-z_]+)", words)) | set(
                re.findall(r"[{,]\s*([a-z_]+)\s*(?:=|!)", expression)
            )
            for listed in re.findall(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)", expression):
                used |= {each.strip() for each in listed.split(",") if each.strip()}
            found += [f"{rule['alert']}: no label {name}" for name in sorted(used - may)]
    return found


def named(document: str) -> set[str]:
    return set(NAME.findall((DOCS / document).read_text(encoding="utf-8"))) - _NO_METRICS


def test_every_alert_can_fire() -> None:
    assert faults((DOCS / "alerts.yml").read_text(encoding="utf-8")) == []


def test_an_alert_that_cannot_fire_is_named() -> None:
    broken = """
    groups:
      - rules:
        - {alert: A, expr: "voxbus_paused_total == 1"}
        - {alert: B, expr: "increase(voxbus_connections_refused[5m]) > 0"}
        - {alert: C, expr: "max by (queue) (voxbus_paused) == 1", annotations: {summary: "{{ $labels.lop }}"}}
        - {alert: D, expr: 'voxbus_paused{lop="x"} == 1'}
    """
    assert faults(broken) == [
        "A: no sample voxbus_paused_total",
        "B: no sample voxbus_connections_refused",
        "C: no label lop",
        "C: no label queue",
        "D: no label lop",
    ]


def test_every_metric_of_the_runbook_exists() -> None:
    families = {family.name for family in metrics.REGISTRY.collect()}
    assert named("runbook.md") - families - samples().keys() == set()


def test_every_alert_is_in_the_runbook() -> None:
    assert named("alerts.yml") - named("runbook.md") == set()
