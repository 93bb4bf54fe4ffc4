"""Declares the metrics of a process itself: what it is, its loop, its pauses, logs and reports."""

from __future__ import annotations

from prometheus_client import GCCollector, ProcessCollector

from chassis.observe.metrics.families import REGISTRY, counter, gauge, histogram
from chassis.observe.metrics.values import CHILDREN, LOOPS, SERVICES, THINGS, VERSIONS

BUILD_INFO = gauge(
    "voxbus_build_info",
    "Always 1: which release runs here, on which Python, with which services. Join with it to see what a release "
    "changed.",
    {"version": VERSIONS, "python": VERSIONS, "services": VERSIONS},
)
EVENT_LOOP_LAG_SECONDS = histogram(
    "voxbus_event_loop_lag_seconds",
    "Seconds by which a sleep of the event loop ended late: everything in the process is as late. Look for work that "
    "does not yield, and for a processor that is too small.",
    (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
PAUSED = gauge(
    "voxbus_paused",
    "1 while a loop waits for a dependency that does not answer, such as the database.",
    {"loop": LOOPS},
)
WRONG = gauge(
    "voxbus_wrong",
    "1 for each thing that is wrong beneath a service: a table or view that is missing or may not be used, a queue "
    "with other arguments, a broker of an unknown version.",
    {"service": SERVICES, "what": THINGS},
    cap=15,
    fold=("what",),
)
CHILDREN_ENDED = counter(
    "voxbus_child_processes_ended_total",
    "Child processes that ended before their time, by what they were for and why: crashed (by a signal or a status), "
    "late (ended for taking too long). Counted by the parent, since what a child counts is lost with it.",
    {"kind": CHILDREN, "reason": ("crashed", "late")},
)
LOG_LINES_SUPPRESSED = counter(
    "voxbus_log_lines_suppressed_total", "Repeats of a log line that were counted in place of being written."
)
ERROR_REPORTS = counter(
    "voxbus_error_reports_total",
    "Reports of errors by how they ended: sent, failed, dropped (too many).",
    {"outcome": ("sent", "failed", "dropped")},
)
ANALYTICS_EVENTS = counter(
    "voxbus_analytics_events_total",
    "Events for product analytics by how they ended: sent, failed, dropped (too many), not_allowed (no consent, or a "
    "minor).",
    {"outcome": ("sent", "failed", "dropped", "not_allowed")},
)
BACKUP_TIMESTAMP = gauge(
    "voxbus_backup_timestamp_seconds",
    "When the last backup was completed, in seconds since 1970, by the acts of operators; 0 if none was. Old: data "
    "since then would be lost.",
)

ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)
