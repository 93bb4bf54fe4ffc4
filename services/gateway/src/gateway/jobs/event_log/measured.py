"""Measures how long jobs wait and take, from the ids that they got when they were accepted."""

from __future__ import annotations

from datetime import UTC, datetime

from chassis.message.envelope import id_time
from chassis.observe import metrics
from gateway.jobs.event_log.plan import Begun, Ended


def count_begun(begun: Begun) -> None:
    """Observes how long a job waited until its first step began."""
    waited = (begun.at - id_time(begun.job_id)).total_seconds()
    metrics.JOB_WAIT_SECONDS.labels(begun.kind).observe(max(0.0, waited))


def count_ended(ended: Ended) -> None:
    """Counts a job that has ended, and observes how long it took."""
    took = (datetime.now(UTC) - id_time(ended.job_id)).total_seconds()
    metrics.JOBS_FINISHED.labels(ended.kind, ended.status).inc()
    metrics.JOB_SECONDS.labels(ended.kind, ended.status).observe(max(0.0, took))
