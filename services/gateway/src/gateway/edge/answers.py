"""Counts answers to clients by their route.

The routes of the API are a list, so each has series of its own for what it does and for its failures, whatever clients
ask for. Refusals (4xx), and requests for anything else, have none: whoever provokes them makes no series.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from chassis.observe import metrics
from chassis.observe.metrics import FOLDED, HTTP_REQUESTS, HTTP_SECONDS, HTTP_SLOW
from chassis.observe.metrics.values import ENDED
from contracts.catalogue import JOB_KINDS

#: failures that have their exact status, as (method, route, status); those after them are `SOME_FAILURE`
EXACT_FAILURES = 25
#: still matches `5..`
SOME_FAILURE = "5xx"
ANY = "any"
#: statuses of an operation that makes a job which are there from the start, so that the first one is an increase
OF_JOBS = (200, 202, 500, 503, 504)
SLOW_S = 1.0
_NOT_MODIFIED, _REFUSED, _FAILED = 304, 400, 500


class Operation(Protocol):
    """Describes a route of the API; `job` is the kind that it makes."""

    @property
    def method(self) -> str:
        """Returns its method."""

    @property
    def path(self) -> str:
        """Returns its template."""

    @property
    def job(self) -> str | None:
        """Returns the kind of job, or None."""


class Answers:
    """Counts answers, and times those that were not refused."""

    def __init__(self, routes: Iterable[Operation] = ()) -> None:
        """Takes the routes of the API."""
        routes = list(routes)
        self._known = {(route.method, route.path) for route in routes}
        self._exact: set[tuple[str, str, str]] = set()
        for route in routes:
            if route.job in JOB_KINDS:
                for ended in ENDED:
                    metrics.JOBS_FINISHED.labels(route.job, ended)
                    metrics.JOB_SECONDS.labels(route.job, ended)
                metrics.JOBS_ACCEPTED.labels(route.job)
            if route.job:
                HTTP_SLOW.labels(route.method, route.path)
                for status in OF_JOBS:
                    HTTP_REQUESTS.labels(*self._labels(route.method, route.path, status))
        FOLDED.labels(metrics.name_of(HTTP_REQUESTS))

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts an answer that began after so many seconds."""
        method, route, said = self._labels(method, route, status)
        HTTP_REQUESTS.labels(method, route, said).inc()
        if status < _REFUSED and seconds > SLOW_S:
            HTTP_SLOW.labels(method, route).inc()
        HTTP_SECONDS.labels(method if status < _REFUSED else ANY).observe(seconds)

    def _labels(self, method: str, route: str, status: int) -> tuple[str, str, str]:
        is_refusal = status == _NOT_MODIFIED or _REFUSED <= status < _FAILED
        if is_refusal or (method, route) not in self._known:
            return ANY, ANY, str(status)
        labels = (method, route, str(status))
        if status < _FAILED or labels in self._exact:
            return labels
        if len(self._exact) < EXACT_FAILURES:
            self._exact.add(labels)
            return labels
        FOLDED.labels(metrics.name_of(HTTP_REQUESTS)).inc()
        return method, route, SOME_FAILURE
