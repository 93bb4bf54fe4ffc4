"""Every alert can fire: it names samples, labels and values that are declared, and so do the cases that promtool runs.

What needs promtool and a Prometheus is in tests/observability (`make alerts-check`).
"""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from chassis.observe import metrics
from chassis.observe.metrics.values import JOB_ANSWERS
from contracts.catalogue import JOB_KINDS, RETIRED
from deploy.observability import make_rules
from gateway.edge.openapi import read_document
from tests.observability.names import selectors
from tests.observability.scraped import OF_SCRAPES, Sample, problems_of, samples
from voxbus.services import SERVICES

DOCS = Path(__file__).parents[2] / "docs"
RUNBOOK = (DOCS / "runbook.md").read_text(encoding="utf-8")
NAME = re.compile(r"\bvoxbus_[a-z_]+\b")
#: databases, users and modules in examples
_NO_METRICS = {"voxbus_gateway", "voxbus_keys", "voxbus_notify", "voxbus_speech"}
#: the dashboards of deploy/observability/grafana
UIDS = {f"voxbus-{name}" for name in "served job bus services failures models privacy stores".split()}
OBJECTIVES = make_rules.slo()
ALERTS = [alert for alerts in make_rules.alerts().values() for alert in alerts]
ALL = [*ALERTS, *OBJECTIVES["slos"]]
NAMES = [alert["alert"] for alert in ALL]
RULES = [rule for rules in make_rules.whole().values() for rule in rules]


def recorded() -> dict[str, Sample]:
    """Returns the series that recording rules make."""
    labels = {"slo": None, **{label: None for one in OBJECTIVES["slos"] for label in one["by"]}}
    return {rule["record"]: Sample(labels) for rule in RULES if "record" in rule}


def test_every_rule_names_what_is_there() -> None:
    known = samples() | recorded()
    for rule in RULES:
        assert list(problems_of(rule["expr"], str(rule.get("annotations", "")), known)) == [], rule


@pytest.mark.parametrize(
    ("expression", "words", "says"),
    [
        ("voxbus_paused_total == 1", "", "no sample voxbus_paused_total"),
        ("increase(voxbus_connections_refused[5m]) > 0", "", "no sample voxbus_connections_refused"),
        ("max by (queue) (voxbus_paused) == 1", "", "no label queue"),
        ("max by (loop) (voxbus_paused) == 1", "{{ $labels.lop }}", "no label lop"),
        ('voxbus_paused{lop="x"} == 1', "", "voxbus_paused has no label lop"),
        ('voxbus_jobs_finished_total{status="ended"} > 0', "", "status of voxbus_jobs_finished_total is never ended"),
        ('voxbus_jobs_finished_total{status=~"end.+"} > 0', "", "status of voxbus_jobs_finished_total is never end.+"),
        ('voxbus_job_seconds_bucket{le="10"} > 0', "", "voxbus_job_seconds_bucket has no bucket 10"),
        ("rabbitmq_queue_members > 0", "", "no sample rabbitmq_queue_members"),
    ],
)
def test_a_rule_that_can_never_hold_is_named(expression: str, words: str, says: str) -> None:
    assert says in list(problems_of(expression, words, samples()))


def series() -> Iterator[tuple[str, str]]:
    """Yields the series of the cases, with the alert whose case it is."""
    for alert in ALL:
        for case in [*alert["fires"], *alert["silent"]]:
            for one in case["series"]:
                yield alert["alert"], one


def test_every_series_of_a_case_is_one_that_a_scrape_has() -> None:
    for alert, one in series():
        [given] = selectors(one)
        known = samples()[given.name]
        assert {label for label, _, _ in given.matchers} - OF_SCRAPES == known.labels.keys() - OF_SCRAPES, (alert, one)
        assert list(problems_of(one, "", samples())) == [], alert


def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    assert [alert["alert"] for alert in ALL if not alert["fires"]] == []
    assert [alert["alert"] for alert in ALL if not alert["silent"]] == ["DeadMansSwitch"]
    assert len(set(NAMES)) == len(NAMES)


def test_no_ticket_is_opened_by_one_scrape() -> None:
    """Burns of a budget look over two windows, and the dead man's switch always fires."""
    assert [alert["alert"] for alert in ALERTS if "for" not in alert] == ["DeadMansSwitch"]


def test_every_process_is_looked_for_and_missed_where_it_is_gone() -> None:
    assert make_rules.components() == [*(service.name for service in SERVICES), "probe"]
    [fails] = (rule["expr"] for rule in RULES if rule.get("alert") == "ScrapeFails")
    for component in make_rules.components():
        assert f'or absent(up{{job="voxbus",component="{component}"}})' in fails


def test_long_windows_are_not_made_of_raw_samples_and_a_sample_outlives_two_evaluations() -> None:
    for group in OBJECTIVES["records"]:
        assert make_rules.seconds(group.get("every", "15s")) <= 150
        for window in group["windows"]:
            assert ("every" in group) == (make_rules.seconds(window) > 3600)
    long = [rule["expr"] for rule in RULES if re.search(r"(?<!ratio_)rate(2h|6h|1d|3d)$|30d$", rule.get("record", ""))]
    assert len(long) > 8
    assert [expression for expression in long if "voxbus_" in expression] == []


def test_the_period_of_the_budget_is_kept() -> None:
    compose = yaml.safe_load((DOCS.parent / "docker-compose.yml").read_text(encoding="utf-8"))
    [kept] = re.findall(r"retention\.time=(\w+)", str(compose["services"]["prometheus"]["command"]))
    assert make_rules.seconds(kept) > make_rules.seconds(OBJECTIVES["period"])


def test_symptoms_page_and_causes_are_tickets() -> None:
    for alert in ALERTS:
        assert alert["severity"] in make_rules.SEVERITIES
        assert alert["dashboard"] in UIDS and alert["summary"] and alert["user_sees"]
        assert not (alert["severity"] == "page" and alert["user_sees"].startswith("Nothing")), alert["alert"]


def test_every_alert_has_a_heading_in_the_runbook_and_every_heading_an_alert() -> None:
    _, _, about = RUNBOOK.partition("\n## Alerts\n")
    about = about.partition("\n## ")[0]
    assert re.findall(r"^### (\w+)$", about, re.MULTILINE) == sorted(NAMES)
    for text in re.split(r"^### .*$", about, flags=re.MULTILINE)[1:]:
        for word in ("**Means**", "**How bad**", "**Look**", "**Mend**", "**Over**"):
            assert word in text, text


def test_thresholds_are_buckets_and_every_kind_of_job_has_one() -> None:
    for one in OBJECTIVES["slos"]:
        assert one["dashboard"] in UIDS and 0 < one["objective"] < 1
    [result] = (one for one in OBJECTIVES["slos"] if one["name"] == "result")
    assert result["within"].keys() == JOB_KINDS.keys() - {kind.name for kind in RETIRED}


def test_a_burn_can_be_reached_and_its_windows_are_recorded() -> None:
    for burn in OBJECTIVES["burns"]:
        assert {burn["long"], burn["short"]} <= set(make_rules.windows(OBJECTIVES))
        for one in OBJECTIVES["slos"]:
            assert burn["factor"] * (1 - one["objective"]) < 1


def lengths(expression: str) -> list[str]:
    return [each for found in re.findall(r"\[([\w:]+)\]", expression) for each in found.split(":")]


def test_durations_alone_are_shortened() -> None:
    short = [rule for rules in make_rules.whole(scale=0.01).values() for rule in rules]
    for rule, shortened in zip(RULES, short, strict=True):
        assert rule.get("annotations") == shortened.get("annotations")
        for window, other in zip(*(lengths(each["expr"]) for each in (rule, shortened)), strict=True):
            assert math.isclose(float(other.removesuffix("ms")), 10 * make_rules.seconds(window), abs_tol=1)


def named(document: str) -> set[str]:
    return set(NAME.findall((DOCS / document).read_text(encoding="utf-8"))) - _NO_METRICS


def test_every_metric_of_the_runbook_exists() -> None:
    families = {family.name for family in metrics.REGISTRY.collect()}
    assert named("runbook.md") - families - samples().keys() == set()


#: what a process begins to show before anything has happened: its routes, and its handlers
_FRESH = """
from chassis.delivery.consumer import begin_counting
from chassis.observe import metrics
from gateway.edge.answers import Answers
from gateway.edge.openapi import read_document
from voxbus.services import SERVICES

Answers(read_document().table.routes)
for service in SERVICES:
    for handler in service.handlers:
        begin_counting(f"{service.name}.{handler.name}", handler.projection)
print(metrics.exposition()[0].decode())
"""
#: begun where a pool is opened, and where a relay is made
_OF_PARTS = {"voxbus_pool_wait_seconds_bucket", "voxbus_published_total"}


@cache
def fresh() -> list[str]:
    """Returns the samples of a process in which nothing has happened yet."""
    told = subprocess.run([sys.executable, "-c", _FRESH], capture_output=True, text=True, check=True)
    return [line for line in told.stdout.splitlines() if not line.startswith("#")]


def test_a_fresh_process_has_each_series_whose_growth_an_alert_looks_at() -> None:
    """Looks for them before anything has happened: a series that begins with a burst has no increase."""
    samples = [line.rpartition(" ")[0] for line in fresh()]
    there = {sample.partition("{")[0] for sample in samples}
    grows = {name for rule in RULES for name in re.findall(r"(?:rate|increase)\((voxbus_\w+)", rule["expr"])}
    assert len(grows) > 6
    assert grows - there - _OF_PARTS == set()
    for one in (
        'voxbus_leases_expired_total{handler="speech.assess_attempt"}',
        'voxbus_redelivered_total{handler="speech.assess_attempt"}',
        'voxbus_connections_refused_total{reason="full"}',
        'voxbus_http_requests_total{method="POST",route="/attempts",status="5xx"}',
        'voxbus_job_requests_total{kind="attempt",outcome="unavailable"}',
        'voxbus_job_seconds_count{kind="attempt",status="failed"}',
    ):
        assert one in samples


def test_nothing_is_folded_in_a_process_that_has_done_nothing() -> None:
    folded = [sample for sample in fresh() if sample.startswith("voxbus_metrics_folded")]
    assert folded and [sample for sample in folded if not sample.endswith(" 0.0")] == []


def test_the_objective_of_accept_counts_each_request_for_a_job_but_those_refused() -> None:
    [accept] = [each for each in OBJECTIVES["slos"] if each["name"] == "accept"]
    assert accept["events"] == 'voxbus_job_requests_total{outcome!="refused"}'
    made = {route.job for route in read_document().table.routes if route.job}
    assert made == JOB_KINDS.keys() - {kind.name for kind in RETIRED}
    for kind in made:
        for outcome in JOB_ANSWERS:
            assert f'voxbus_job_requests_total{{kind="{kind}",outcome="{outcome}"}} 0.0' in fresh()
