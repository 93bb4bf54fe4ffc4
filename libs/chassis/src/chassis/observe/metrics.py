"""Defines every metric. A dashboard or an alert may name these and no others."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry(auto_describe=True)

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)

HANDLED = Counter(
    "voxbus_handled_total",
    "Messages settled by a handler: ok, retry, dead, cancelled, release, fenced, gone, duplicate, undecodable.",
    ("handler", "outcome"),
    registry=REGISTRY,
)
HANDLING_SECONDS = Histogram(
    "voxbus_handling_seconds",
    "Seconds from the claim to the settlement of one message, or of one batch.",
    ("handler",),
    buckets=_SECONDS,
    registry=REGISTRY,
)
BATCH_SIZE = Histogram(
    "voxbus_batch_size",
    "Messages handled in one transaction of a fast handler.",
    ("handler",),
    buckets=(1, 2, 5, 10, 20, 50, 100, 200),
    registry=REGISTRY,
)
EFFECT_CALLS = Counter(
    "voxbus_effect_calls_total",
    "Raw calls to the outside, whatever came of them; voxbus_effects_total has each effect once beside them.",
    ("handler",),
    registry=REGISTRY,
)
EFFECTS = Counter(
    "voxbus_effects_total",
    "Outside effects by how they ended: done, resent, looked_up, given_up; repeated: its result was known, no call.",
    ("handler", "outcome"),
    registry=REGISTRY,
)
BUSY_SLOTS = Gauge("voxbus_busy_slots", "Slots of a slow handler at work.", ("handler",), registry=REGISTRY)
PAUSED = Gauge("voxbus_paused", "1 while a loop waits for what it needs.", ("loop",), registry=REGISTRY)
PUBLISHED = Counter(
    "voxbus_published_total", "Publishes of the relay by outcome.", ("service", "outcome"), registry=REGISTRY
)
OUTBOX_DUE = Gauge("voxbus_outbox_due", "Outbox rows due and unpublished.", ("service",), registry=REGISTRY)
JOBS_ACCEPTED = Counter("voxbus_jobs_accepted_total", "Jobs accepted.", ("kind",), registry=REGISTRY)
JOBS_FINISHED = Counter("voxbus_jobs_finished_total", "Jobs ended.", ("kind", "status"), registry=REGISTRY)
JOB_ORPHANS = Gauge(
    "voxbus_job_orphans", "Open jobs that are in no inbox, outbox or queue: they will not go on.", registry=REGISTRY
)
JOB_LEDGER = Gauge(
    "voxbus_job_ledger", "Jobs accepted - ended - in flight, as log, jobs and orphans have them: 0.", registry=REGISTRY
)
JOBS_IN_FLIGHT = Gauge("voxbus_jobs_in_flight", "Open jobs that are no orphans.", registry=REGISTRY)
JOBS_AUDITED = Gauge(
    "voxbus_jobs_audited_timestamp_seconds",
    "When some gateway last completed an audit of jobs, in seconds since 1970.",
    registry=REGISTRY,
)
HTTP_SECONDS = Histogram(
    "voxbus_http_request_seconds",
    "Seconds to answer a request, by route template; streams count until their first byte.",
    ("method", "route", "status"),
    buckets=_SECONDS,
    registry=REGISTRY,
)
FORWARDED_SECONDS = Histogram(
    "voxbus_forwarded_seconds",
    "Seconds until a service's answer to a forwarded request began: answered, or busy, unavailable, outcome-unknown, "
    "gone (the client).",
    ("service", "outcome"),
    buckets=(0.001, 0.0025, *_SECONDS[:10]),
    registry=REGISTRY,
)
BREAKER_OPEN = Gauge(
    "voxbus_breaker_open", "1 while a service is not asked, for it has not answered.", ("service",), registry=REGISTRY
)
STREAM_CLIENTS = Gauge("voxbus_stream_clients", "Event streams this replica holds.", registry=REGISTRY)
MEDIA_DELETED = Counter("voxbus_media_deleted_total", "Recordings deleted.", ("service",), registry=REGISTRY)


def exposition() -> bytes:
    """Returns all metrics in the Prometheus text format."""
    return generate_latest(REGISTRY)
