"""Dashboards name only metrics, labels and values that there are, and every metric is on one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pytest
import yaml

from deploy.observability import make_rules
from deploy.observability.grafana.written import FOLDER
from tests.observability.names import FOREIGN, Known, grouped, known, selectors, unseen, wrong
from tests.observability.panels import Board, committed

#: metrics that are on no dashboard, with the reason
IGNORED: Mapping[str, str] = {
    "process_start_time_seconds": "a restart is seen in what runs, and in gauges that begin anew",
    "process_virtual_memory_bytes": "address space is not memory; resident bytes are shown",
    "python_gc_objects_collected_total": "collections are shown, which cost the time",
    "python_gc_objects_uncollectable_total": "0 since Python 3.4 but for faulty extensions",
}
RULES = Path(__file__).parents[2] / "deploy" / "observability" / "rules"


def records() -> dict[str, set[str]]:
    """Returns the recording rules with their labels: those that they group by, and those that they set."""
    rules = [
        rule
        for path in RULES.glob("*.yml")
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
        if "record" in rule
    ]
    found: dict[str, set[str]] = {}
    for rule in rules:
        found.setdefault(rule["record"], set()).update(grouped(rule["expr"]), rule.get("labels", {}))
    # what is made of records has their labels
    return {name: labels | set().union(*found.values()) for name, labels in found.items()}


@cache
def there() -> Known:
    """Returns what there is to ask for."""
    return known(records())


def expressions() -> list[tuple[str, str, str]]:
    return [
        (panel.name, expression, legend)
        for board in committed(FOLDER)
        for panel in board.panels
        for expression, legend in panel.queries
    ]


def test_panels_name_what_there_is() -> None:
    found = [
        f"{name}: {fault}" for name, expression, legend in expressions() for fault in wrong(expression, there(), legend)
    ]
    assert found == []


def test_variables_name_what_there_is() -> None:
    def asked(board: Board) -> list[str]:
        return [
            query.removeprefix("label_values(").rpartition(",")[0]
            for query in board.variables.values()
            if query.startswith("label_values(")
        ]

    found = [fault for board in committed(FOLDER) for each in asked(board) for fault in wrong(each, there())]
    assert found == [] and all(len(asked(board)) == 2 for board in committed(FOLDER))


def test_every_metric_is_looked_at() -> None:
    shown = [expression for _, expression, _ in expressions()]
    assert unseen(shown, IGNORED) == []
    assert set(IGNORED) - set(unseen(shown, ())) == set(), "these are shown: they need no reason"


def test_a_metric_that_nobody_looks_at_is_named() -> None:
    shown = [expression for _, expression, _ in expressions() if "voxbus_job_orphans" not in expression]
    assert unseen(shown, IGNORED) == ["voxbus_job_orphans"]
    assert unseen([*shown, "max(voxbus_job_orphans)"], IGNORED) == []


@pytest.mark.parametrize(
    ("expression", "legend", "says"),
    [
        ("rate(voxbus_handled[5m])", "", ["no metric voxbus_handled"]),
        ("rate(voxbus_handled_total[5m])", "{{handler}}", []),
        ("sum(voxbus_handling_seconds)", "", ["no metric voxbus_handling_seconds"]),
        ('voxbus_handling_seconds_bucket{le="1"}', "", []),
        ("slo:bad:ratio_rate7m", "", ["no metric slo:bad:ratio_rate7m"]),
        ("sum by (queue) (voxbus_paused)", "", ["no label queue"]),
        ("sum by (loop) (voxbus_paused)", "{{instance}}", ["its legend has no instance"]),
        ('voxbus_paused{lop="x"}', "", ["voxbus_paused has no label lop"]),
        (
            'voxbus_handled_total{outcome="failed"} > 0',
            "",
            ["voxbus_handled_total never has outcome=failed"],
        ),
        (
            'voxbus_handled_total{outcome=~"dead|failed"}',
            "",
            ["voxbus_handled_total never has outcome=~dead|failed"],
        ),
        ('voxbus_http_requests_total{status=~"5..",component=~"$component"}', "", []),
        ('a_b{c="d}e"} / on (c) group_left (f) voxbus_paused', "", ["no metric a_b"]),
    ],
)
def test_what_cannot_have_a_value_is_named(expression: str, legend: str, says: list[str]) -> None:
    assert list(wrong(expression, there(), legend)) == says


def test_an_expression_is_read_as_it_is_meant() -> None:
    expression = """topk(10, sum by (a, b) (rate(x_total{c="d",e=~"f|g"}[5m] offset 1h)) > 1e9) or 0 * count(y_total)"""
    assert [each.name for each in selectors(expression)] == ["x_total", "y_total"]
    assert selectors(expression)[0].matchers == [("c", "=", "d"), ("e", "=~", "f|g")]
    assert grouped(expression) == {"a", "b"}


def test_the_broker_is_on_dashboards() -> None:
    names = {each.name for _, expression, _ in expressions() for each in selectors(expression)}
    assert any(name.startswith(FOREIGN[0]) for name in names)


def test_the_replica_whose_pool_is_full_is_not_averaged_away() -> None:
    [pools] = [each for _, each, _ in expressions() if "voxbus_pool_connections" in each and "/" in each]
    assert pools.startswith("max by (service, pool)")
    assert pools.count("sum by (instance, service, pool)") == 2


def test_texts_in_an_expression_name_no_metric() -> None:
    found = selectors('label_replace(max by (instance) (up{job="a\\"b"}), "folder", "broker", "", "") == 1')
    assert [(each.name, list(each.matchers)) for each in found] == [("up", [("job", "=", 'a\\"b')])]


def averages(expressions: Iterable[str]) -> list[str]:
    """Returns those that show a mean of what was measured, in which the slowest are lost."""
    return [each for each in expressions if re.search(r"\bavg|_sum\b[^/]*/[^/]*_count\b", each)]


def test_nothing_shows_an_average_in_place_of_a_quantile() -> None:
    rules = [rule["expr"] for rules in make_rules.whole().values() for rule in rules]
    assert averages([*rules, *(expression for _, expression, _ in expressions())]) == []
    mean = "sum(rate(voxbus_job_seconds_sum[5m])) / sum(rate(voxbus_job_seconds_count[5m]))"
    assert averages([mean, "avg(voxbus_job_seconds_bucket)", "rate(voxbus_speech_seconds_sum[5m])"]) == [
        mean,
        "avg(voxbus_job_seconds_bucket)",
    ]


def test_no_alert_is_on_the_processor() -> None:
    # a busy processor is what it is there for; what people would notice has alerts of its own
    rules = [rule["expr"] for rules in make_rules.whole().values() for rule in rules if "alert" in rule]
    named = {each.name for expression in rules for each in selectors(expression)}
    assert len(named) > 20 and [name for name in named if "cpu" in name or "load" in name] == []


def asked_in_the_runbook() -> list[str]:
    """Returns the expressions that the runbook has somebody ask for, and the metrics of which it names labels."""
    text = (RULES.parents[2] / "docs" / "runbook.md").read_text(encoding="utf-8")
    spans = [span for span in re.findall(r"`([^`\n]+)`", text) if "voxbus_" in span]
    return [span for span in spans if re.search(r"[({]", span) and not span.startswith("voxbus ")]


def wrong_in_the_runbook(span: str) -> list[str]:
    if named := re.fullmatch(r"(voxbus_\w+)\{([a-z_]+(?:,[a-z_]+)*)\}", span):
        labels = there().labels
        known = labels.get(named[1], labels.get(f"{named[1]}_bucket", frozenset()))
        return [f"{named[1]} has no label {each}" for each in named[2].split(",") if each not in known]
    return list(wrong(span, there()))


def test_what_the_runbook_asks_can_be_asked() -> None:
    spans = asked_in_the_runbook()
    assert len(spans) > 40
    assert {span: found for span in spans if (found := wrong_in_the_runbook(span))} == {}


@pytest.mark.parametrize(
    ("span", "says"),
    [
        ("voxbus_job_accept_seconds{kind,outcome}", ["voxbus_job_accept_seconds has no label outcome"]),
        ("sum by (kind) (rate(voxbus_job_accepts_total[5m]))", ["no metric voxbus_job_accepts_total"]),
    ],
)
def test_what_the_runbook_could_not_ask_is_named(span: str, says: list[str]) -> None:
    assert wrong_in_the_runbook(span) == says
