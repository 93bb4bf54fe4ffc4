"""Writes `docs/metrics.md`: every family of metrics, for people, and how many series a process may have."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import get_args

from chassis.handler import FastHandler, SlowHandler
from chassis.observe import metrics
from chassis.observe.metrics.families import Declared
from chassis.observe.metrics.values import STATUSES, Source, Values
from chassis.privacy.retention import retention
from chassis.service import Service
from contracts.catalogue import JOB_KINDS, RETIRED
from gateway.edge.answers import OF_ROUTES, Operation, counts_slow
from gateway.edge.limits.policies import Name as Limit
from gateway.edge.openapi import read_document
from notify.mail.templates import TEMPLATES
from voxbus.services import SERVICES

#: series that one process of a service may have at most
SERIES_MAX = 2_000
#: those of the libraries: process and garbage collector
_OF_LIBRARIES = 25
_EDGE = ("gateway",)
_OWNERS = ("content", "feedback", "notify", "speech")
#: which services alone have families whose names begin so; of several beginnings the longest counts
_ONLY: Mapping[str, tuple[str, ...]] = {
    "voxbus_http_": _EDGE,
    "voxbus_connections": _EDGE,
    "voxbus_internal_http": _OWNERS,
    "voxbus_forwarded": _EDGE,
    "voxbus_breaker_open": _EDGE,
    "voxbus_rate_limited": _EDGE,
    "voxbus_limits_shared": _EDGE,
    "voxbus_issuer_keys": _EDGE,
    "voxbus_logins": _EDGE,
    "voxbus_stream_clients": _EDGE,
    "voxbus_sockets": _EDGE,
    "voxbus_upload": _EDGE,
    "voxbus_job": _EDGE,
    "voxbus_push_lag": _EDGE,
    "voxbus_database": _EDGE,
    "voxbus_backup": _EDGE,
    "voxbus_replayed": _EDGE,
    "voxbus_probe": ("probe",),
    "voxbus_certificate": ("probe",),
    "voxbus_erasures_open": _EDGE,
    "voxbus_erasure_oldest": _EDGE,
    "voxbus_consent_decisions": _EDGE,
    "voxbus_webhook_calls": ("notify",),
    "voxbus_mails": ("notify",),
    "voxbus_notif": ("notify",),
    "voxbus_speech": ("speech",),
    "voxbus_child_processes": ("feedback", "speech"),
    "voxbus_learning": ("content",),
    "voxbus_hint_leaks": ("content", "feedback"),
    "voxbus_ai": ("feedback",),
    "voxbus_realtime": ("feedback",),
    "voxbus_outside_calls": ("content", "feedback", "notify"),
    "voxbus_media": ("content", "gateway", "notify", "speech"),
}

#: families that the handlers of rejected messages and of cancelled jobs have as well
_OF_QUEUES = ("voxbus_consumers", "voxbus_dead_letters", "voxbus_redelivered_total")
_WITHOUT_A_RUN = ("cancel_jobs", "dead")
_OF_FAST = ("voxbus_batch_size",)
#: erasing, and noting who is active; of the gateway, the recorder
_FAST_OF_THE_CHASSIS = 2
_OF_SLOW = ("voxbus_effects_total", "voxbus_effect_calls_total", "voxbus_busy_slots")
#: what writes a part of an export
_SLOW_OF_THE_CHASSIS = 1
#: those but `gone`, `revoked` and `replayed`
_OUTCOMES_OF_ALL = 10
_OF_THE_HOP = ("voxbus_forwarded_total", "voxbus_forwarded_seconds", "voxbus_breaker_open")
#: series that one more operation costs its process at most: done, failed, slow
OF_AN_OPERATION = 3


@cache
def _routes() -> Sequence[Operation]:
    return read_document().table.routes


#: series of families whose sets are counted in the public document: those of each route, and those of `any`
_OF_THE_API: Mapping[str, Callable[[], int]] = {
    "voxbus_http_requests_total": lambda: len(OF_ROUTES) * len(_routes()) + len(STATUSES) - len(OF_ROUTES),
    "voxbus_http_slow_requests_total": lambda: sum(map(counts_slow, _routes())) + 1,
}


def _unused(declared: Declared) -> int:
    """Returns how many series a family has in a process that never uses it: those of a counter with listed values."""
    listed = [values for values in declared.labels.values() if not isinstance(values, Source)]
    begins = declared.metric._type == "counter" and listed and len(listed) == len(declared.labels)
    return math.prod(map(len, listed)) if begins else 0


def is_of(name: str, service: str) -> bool:
    """Tells whether a process of a service may have series of a family."""
    beginnings = [each for each in _ONLY if name.startswith(each)]
    return not beginnings or service in _ONLY[max(beginnings, key=len)]


def count_of(name: str, values: Values, service: Service) -> int:
    """Returns how many values a label of a family may have in a process of one service."""
    if not isinstance(values, Source):
        return len(values)
    queues = len(service.topology().queues)
    handlers = queues - len(_WITHOUT_A_RUN)
    slow = sum(isinstance(each, SlowHandler) for each in service.handlers) + _SLOW_OF_THE_CHASSIS
    fast = sum(isinstance(each, FastHandler) for each in service.handlers) + _FAST_OF_THE_CHASSIS
    known = {
        "handlers": queues
        if name in _OF_QUEUES
        else fast
        if name in _OF_FAST
        else slow
        if name in _OF_SLOW
        else handlers,
        "kinds": len(JOB_KINDS) - len(RETIRED),
        "loops": min(values.most, 2 * queues),
        "limits": len(get_args(Limit)),
        "services": len(SERVICES) - 1 if name in _OF_THE_HOP else 1,
        "projections": 1,
        "families": sum(each.cap is not None for each in metrics.DECLARED.values()) + 1,
        "templates": len({name for templates in TEMPLATES.values() for name in templates}),
        "classes": len({holder.kind for holder in retention().holders(service.name)}),
        "operations": 1 + sum(len(routes.operations) for routes in service.routes),
    }
    return known.get(values.name, values.most)


def _tries(service: Service) -> int:
    """Returns how many (handler, outcome) there are: not every message has a recording, a consent or a replay."""
    every = len(service.topology().queues) - len(_WITHOUT_A_RUN)
    some = sum(
        ("recording" in handler.message.model_fields) + (handler.message.consent is not None) + handler.live_only
        for handler in service.handlers
    )
    return every * _OUTCOMES_OF_ALL + some


def series(name: str, declared: Declared, service: Service) -> int:
    """Returns how many series a family has at most in a process of one service."""
    if not is_of(name, service.name):
        return _unused(declared)
    if name in _OF_THE_API:
        return _OF_THE_API[name]()
    counts = {label: count_of(name, values, service) for label, values in declared.labels.items()}
    sets = _tries(service) if name == "voxbus_handled_total" else math.prod(counts.values())
    if declared.cap is not None:
        left = math.prod(count for label, count in counts.items() if label not in declared.folded)
        sets = min(sets, declared.cap + left)
    is_histogram = declared.metric._type == "histogram"
    return sets * (len(declared.metric._kwargs["buckets"]) + 3 if is_histogram else 1)


def most_series(service: Service, declared: Mapping[str, Declared] = metrics.DECLARED) -> int:
    """Returns how many series a process of one service has at most."""
    return _OF_LIBRARIES + sum(series(name, each, service) for name, each in declared.items())


def room(service: Service) -> int:
    """Returns how many more operations of a service fit into one process, at what each costs at most."""
    return (SERIES_MAX - 1 - most_series(service)) // OF_AN_OPERATION


def page() -> str:
    """Returns the whole page."""
    lines = [
        "# Metrics",
        "",
        "Generated from `chassis/observe/metrics` by `.venv/bin/python -m voxbus.checks documents --write`.",
        "Beside these a scrape has the `process_…` and `python_gc_…` of prometheus_client, and RabbitMQ has its own.",
        "",
        "`/metrics` gives OpenMetrics to whoever asks for `application/openmetrics-text`; there the buckets of",
        "histograms have exemplars: the trace of the last value that was observed in a sampled span. Anybody else gets",
        "the text of Prometheus, without them. Native histograms need protobuf, which prometheus_client does not",
        "write.",
        "",
        *_cardinality(),
        "## Families",
        "",
    ]
    for name, each in sorted(metrics.DECLARED.items()):
        lines += [f"### `{name}`", "", f"{str(each.metric._type).capitalize()}. {each.metric._documentation}", ""]
        lines += [*_labels(each)]
    return "\n".join(lines).rstrip() + "\n"


def _cardinality() -> Iterator[str]:
    yield from (
        "## Cardinality",
        "",
        f"The series that a process of one service has at most; a test holds each below {SERIES_MAX:,}. All five in",
        "one process have less than the sum. Routes and operations are lists, each with series of its own from the",
        "start. A family with open labels has a cap: what comes after it counts under `other`.",
        "",
        "| service | most series | operations that still fit |",
        "|---|---|---|",
    )
    yield from (f"| {service.name} | {most_series(service):,} | {room(service)} |" for service in SERVICES)
    yield ""


def _labels(declared: Declared) -> Iterator[str]:
    for label, values in declared.labels.items():
        said = values.says if isinstance(values, Source) else ", ".join(f"`{value}`" for value in values)
        yield f"- `{label}`: {said}"
    if declared.metric._type == "histogram":
        yield "- buckets: " + ", ".join(f"{bound:g}" for bound in declared.metric._kwargs["buckets"])
    if declared.cap is not None:
        folded = ", ".join(f"`{label}`" for label in declared.folded)
        yield f"- at most {declared.cap} sets of values; then `other` for {folded}"
    if declared.labels or declared.metric._type == "histogram":
        yield ""
