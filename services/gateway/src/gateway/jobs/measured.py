"""Measures how jobs are accepted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from chassis.errors import DependencyDown, Erased
from chassis.observe import metrics
from chassis.storage.errors import DatabaseAway
from chassis.web.problems import INTERNAL, ProblemError
from gateway.jobs.accept import Busy, IdempotencyConflict


@contextmanager
def accepting(kind: str) -> Iterator[None]:
    """Observes the seconds of accepting a job, by how it ends; nothing for a client that goes away."""
    began = time.monotonic()
    try:
        yield
    except Exception as error:
        metrics.JOB_ACCEPT_SECONDS.labels(kind, _outcome(error)).observe(time.monotonic() - began)
        raise
    metrics.JOB_ACCEPT_SECONDS.labels(kind, "accepted").observe(time.monotonic() - began)


def count_unavailable(kind: str) -> None:
    """Counts a job for which there is no room, so that nothing of its request was read."""
    metrics.JOB_ACCEPT_SECONDS.labels(kind, "unavailable").observe(0)


def _outcome(error: Exception) -> str:
    is_away = isinstance(error, (Busy, DependencyDown, DatabaseAway))
    if is_away or (isinstance(error, ProblemError) and error.problem.status > INTERNAL.status):
        return "unavailable"
    is_refused = isinstance(error, ProblemError) and error.problem.status < INTERNAL.status
    return "refused" if is_refused or isinstance(error, (IdempotencyConflict, Erased)) else "failed"
