"""Metrics keep Prometheus' conventions, their labels have bounded values, and no process can make too many series."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import get_args

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client import Counter as Raw

from chassis.observe import metrics
from chassis.observe.metrics import families
from chassis.observe.metrics.families import Declared
from chassis.observe.metrics.values import Source
from contracts.speech import RefusalReason
from tests.label_values import JUDGES, is_declared
from tests.labels import is_shaped, undeclared
from voxbus.metrics_page import SERIES_MAX, most_series, page
from voxbus.services import SERVICES

#: a label of these names would have a value for each person, job, message or address
_NEVER = re.compile(r"(^|_)(id|person|user|account|email|job|message|address|ip|path|url|trace|token|text|error)(_|$)")
_UNITS = ("seconds", "bytes", "usd", "ratio", "info", "size", "days_left", "rows", "age")
#: units that are no base units
_WRONG_UNIT = re.compile(r"_(ms|millis|milliseconds|minutes|hours|days|kb|mb|gb|kilobytes|megabytes|percent)(_|$)")


def faults(declared: Mapping[str, Declared]) -> list[str]:
    """Returns in what families break the conventions."""
    return [fault for name, each in declared.items() for fault in _faults(name, each)]


def _faults(name: str, each: Declared) -> Iterator[str]:
    kind, says = str(each.metric._type), each.metric._documentation
    if not re.fullmatch(r"voxbus_[a-z][a-z0-9_]*", name):
        yield f"{name}: no name of ours"
    if (kind == "counter") != name.endswith("_total"):
        yield f"{name}: a counter, and nothing else, ends in _total"
    if kind == "histogram" and not any(unit in name for unit in _UNITS):
        yield f"{name}: no unit"
    if _WRONG_UNIT.search(name) and not name.endswith("days_left"):
        yield f"{name}: no base unit"
    if not re.fullmatch(r"[A-Z0-9].{20,}\.", says, re.DOTALL):
        yield f"{name}: its HELP is no sentence"
    for label, values in each.labels.items():
        if _NEVER.search(label) or label in ("le", "quantile", "instance"):
            yield f"{name}: no label may be called {label}"
        if isinstance(values, Source):
            if values.name not in JUDGES:
                yield f"{name}: nobody says what {values.name} are"
        elif len(set(values)) != len(values) or not values:
            yield f"{name}: {label} has no value, or one twice"
    if each.cap is not None:
        yield from _faults_of_cap(name, each)


def _faults_of_cap(name: str, each: Declared) -> Iterator[str]:
    if not set(each.folded) <= set(each.labels):
        yield f"{name}: it folds labels that it has not"
    if not any(isinstance(values, Source) for values in each.labels.values()):
        yield f"{name}: it folds values that are listed"


def test_families_keep_the_conventions() -> None:
    assert faults(metrics.DECLARED) == []


def test_what_breaks_a_convention_is_named() -> None:
    def made(name: str, *labels: str, says: str = "A sentence that says what it is.") -> Declared:
        return Declared(Raw(name, says, labels, registry=None), dict.fromkeys(labels, ("a",)), None, ())

    broken = {
        "voxbus_things": made("voxbus_things"),
        "voxbus_wait_ms_total": made("voxbus_wait_ms"),
        "voxbus_seen_total": made("voxbus_seen", "person_id"),
        "voxbus_said_total": made("voxbus_said", says="said"),
        "voxbus_source_total": Declared(
            Raw("voxbus_source", "A sentence that says what it is.", ("x",), registry=None),
            {"x": Source("nowhere", 1, "")},
            1,
            ("y",),
        ),
        "voxbus_listed_total": Declared(
            Raw("voxbus_listed", "A sentence that says what it is.", ("x",), registry=None),
            {"x": ("a", "b")},
            1,
            ("x",),
        ),
    }
    assert faults(broken) == [
        "voxbus_things: a counter, and nothing else, ends in _total",
        "voxbus_wait_ms_total: no base unit",
        "voxbus_seen_total: no label may be called person_id",
        "voxbus_said_total: its HELP is no sentence",
        "voxbus_source_total: nobody says what nowhere are",
        "voxbus_source_total: it folds labels that it has not",
        "voxbus_listed_total: it folds values that are listed",
    ]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_process_has_at_most_so_many_series(service: object) -> None:
    assert most_series(service) < SERIES_MAX  # type: ignore[arg-type]


def test_a_family_without_a_bound_is_seen() -> None:
    [gateway] = [service for service in SERVICES if service.name == "gateway"]
    more = dict(metrics.DECLARED)
    known = more["voxbus_database_table_bytes"]
    more["voxbus_database_table_bytes"] = Declared(known.metric, known.labels, None, ())
    assert most_series(gateway, more) > SERIES_MAX


def test_what_goes_beyond_a_cap_is_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = CollectorRegistry(auto_describe=True)
    monkeypatch.setattr(families, "REGISTRY", registry)
    monkeypatch.setattr(families, "DECLARED", {})
    folded = families.counter("voxbus_folded_total", "Folded.", {"family": Source("families", 1, "a family")})
    monkeypatch.setattr(families, "FOLDED", folded)
    where = Source("routes", 9, "a route")
    asked = families.counter(
        "voxbus_asked_total", "Requests.", {"route": where, "status": ("200", "404")}, cap=2, fold=("route",)
    )
    for route in ("/a", "/b", "/c", "/d", "/a"):
        asked.labels(route, "200").inc()
    asked.labels("/c", "404").inc()
    sets = {(s.labels["route"], s.labels["status"]): s.value for s in next(iter(asked.collect())).samples}
    assert registry.get_sample_value("voxbus_folded_total", {"family": "voxbus_asked_total"}) == 3
    assert sets == {("/a", "200"): 2, ("/b", "200"): 1, ("other", "200"): 2, ("other", "404"): 1}
    asked.remove("/b", "200")
    asked.labels("/d", "200").inc()
    assert registry.get_sample_value("voxbus_asked_total", {"route": "/d", "status": "200"}) == 1


def test_a_counter_never_goes_back() -> None:
    for each in metrics.DECLARED.values():
        if isinstance(each.metric, metrics.Counter):
            child = each.metric.labels(*("x" for _ in each.labels)) if each.labels else each.metric
            with pytest.raises(ValueError, match="non-negative"):
                child.inc(-1)
            assert not hasattr(child, "set")
            if each.labels:
                each.metric.remove(*("x" for _ in each.labels))


def test_listed_values_are_those_of_the_code() -> None:
    outcomes = metrics.DECLARED["voxbus_speech_outcomes_total"].labels["outcome"]
    assert isinstance(outcomes, tuple)
    assert set(outcomes) == {"assessed", "too_long", "undecodable", *get_args(RefusalReason)}


@pytest.mark.parametrize(
    ("name", "label", "value", "expected"),
    [
        ("voxbus_handled_total", "handler", "speech.assess_attempt", True),
        ("voxbus_handled_total", "handler", "speech.assess_other", False),
        ("voxbus_handled_total", "outcome", "lost", False),
        ("voxbus_http_requests_total", "route", "/jobs/{id}/events", True),
        ("voxbus_http_requests_total", "route", "/jobs/018f6a1e-0000-7000-8000-000000000001", False),
        ("voxbus_http_requests_total", "route", "/people/robin@example.org", False),
        ("voxbus_http_requests_total", "route", "any", True),
        ("voxbus_http_requests_total", "route", "other", False),
        ("voxbus_job_seconds", "kind", "other", False),
        ("voxbus_paused", "loop", "gateway.recorder", True),
        ("voxbus_paused", "loop", "018f6a1e-0000-7000-8000-000000000001", False),
        ("voxbus_wrong", "what", "could not read 'Robin' of robin@example.org", False),
        ("voxbus_rate_limited_total", "limit", "login", True),
        ("voxbus_rate_limited_total", "limit", "203.0.113.7", False),
    ],
)
def test_a_value_that_nobody_declared_is_none(name: str, label: str, value: str, *, expected: bool) -> None:
    assert is_declared(metrics.DECLARED[name], label, value) is expected


def test_a_sample_that_nobody_declared_is_named() -> None:
    registry = CollectorRegistry(auto_describe=True)
    handled = Raw("voxbus_handled", "Tries.", ("handler", "outcome", "person"), registry=registry)
    handled.labels("speech.assess_attempt", "no such outcome", "018f6a1e").inc()
    Raw("voxbus_unheard_of", "Nothing.", registry=registry)
    assert undeclared(is_declared, registry) == [
        "voxbus_handled: no label person",
        "voxbus_handled: outcome may not be 'no such outcome'",
        "voxbus_unheard_of: no such family",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [("toys.play", True), ("018f6a1e-0000-7000-8000-000000000001", False), ("robin@example.org", False)],
)
def test_a_value_of_a_test_is_judged_by_its_shape(value: str, *, expected: bool) -> None:
    assert is_shaped(metrics.DECLARED["voxbus_paused"], "loop", value) is expected


def test_the_page_names_every_family() -> None:
    text = page()
    assert [name for name in metrics.DECLARED if f"### `{name}`" not in text] == []
