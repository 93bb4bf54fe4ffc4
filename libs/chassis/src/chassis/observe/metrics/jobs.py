"""Declares the metrics of jobs: what people wait for."""

from __future__ import annotations

from chassis.observe.metrics.families import counter, gauge, histogram
from chassis.observe.metrics.values import ACCEPT_S, ENDED, FRESH_S, JOB_ANSWERS, JOB_S, KINDS, WAIT_S, Source

JOBS_ACCEPTED = counter("voxbus_jobs_accepted_total", "Jobs accepted by this process.", {"kind": KINDS})
JOBS_FINISHED = counter(
    "voxbus_jobs_finished_total",
    "Jobs ended by this process: succeeded, failed, cancelled. Failed ones are what people see fail.",
    {"kind": KINDS, "status": ENDED},
)
JOB_REQUESTS = counter(
    "voxbus_job_requests_total",
    "Requests of clients for a job by how they were answered: accepted (2xx, also where the job was known or there was "
    "none to make), refused (4xx: wrong, or over a limit), unavailable (no room, or a dependency is down), failed (a "
    "defect). The whole request counts, whatever ended it; not a client that went away.",
    {"kind": KINDS, "outcome": JOB_ANSWERS},
)
JOB_ACCEPT_SECONDS = histogram(
    "voxbus_job_accept_seconds",
    "Seconds from taking a request for a job until the job is accepted; the waits for what its client sends are not in "
    "it (voxbus_upload_seconds). Slow: see the pool, the database and the outbox.",
    ACCEPT_S,
    {"kind": KINDS},
)
JOB_WAIT_SECONDS = histogram(
    "voxbus_job_wait_seconds",
    "Seconds from accepting a job to the first claim of its first step. It grows when workers are too few or stand.",
    WAIT_S,
    {"kind": KINDS},
)
JOB_SECONDS = histogram(
    "voxbus_job_seconds",
    "Seconds from accepting a job to its end, by how it ended. Compare with the wait to see whether work or queueing "
    "is slow.",
    JOB_S,
    {"kind": KINDS, "status": ENDED},
)
PUSH_LAG_SECONDS = histogram(
    "voxbus_push_lag_seconds",
    "Seconds from the making of an event to its being handed to a client that follows its job (SSE or WebSocket) and "
    "reads what it gets. If it grows while jobs are quick, the recorder or the gateway's event loop is late.",
    FRESH_S,
)
PROJECTION_LAG_SECONDS = histogram(
    "voxbus_projection_lag_seconds",
    "Seconds from an event to the commit of its fold into what people read: how old a page may be. See the handler's "
    "queue and tries.",
    FRESH_S,
    {"projection": Source("projections", 8, "what a handler says that it writes: jobs, progress, notifications, …")},
)
JOB_ORPHANS = gauge(
    "voxbus_job_orphans",
    "Open jobs that are in no inbox, outbox or queue: they will not go on. Above 0: see the runbook, Lost jobs.",
)
JOB_LEDGER = gauge(
    "voxbus_job_ledger",
    "Jobs accepted, less those ended and those in flight: if it is not 0, some are lost or log and jobs disagree.",
)
JOBS_IN_FLIGHT = gauge("voxbus_jobs_in_flight", "Open jobs that are no orphans.")
JOBS_AUDITED = gauge(
    "voxbus_jobs_audited_timestamp_seconds",
    "When some gateway last completed an audit of jobs, in seconds since 1970. If it is old, orphans and ledger are "
    "out of date.",
)
PROBE_ATTEMPTS = counter(
    "voxbus_probe_attempts_total",
    "Synthetic attempts through the public API by how they ended: succeeded, refused, failed, late. They are no "
    "people's.",
    {"outcome": ("succeeded", "refused", "failed", "late")},
)
PROBE_SECONDS = histogram(
    "voxbus_probe_seconds",
    "Seconds of a synthetic attempt: until it was accepted, and until its result was there.",
    JOB_S,
    {"step": ("accept", "result")},
)
PROBE_SUCCESS = gauge(
    "voxbus_probe_success_timestamp_seconds",
    "When a synthetic attempt last succeeded, in seconds since 1970. If it is old, people are not served.",
)
