"""Counts answers to clients by their route.

The routes of the API are a list, so each has series of its own for what it does and for its failures, from the start
and whatever clients ask for. Refusals (4xx), redirects, and requests for anything else have none: whoever provokes them
makes no series. Failures have their exact status where they have no route.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from chassis.observe import metrics
from chassis.observe.metrics import HTTP_FAILURES, HTTP_REQUESTS, HTTP_SECONDS, HTTP_SLOW, JOB_REQUESTS
from chassis.observe.metrics.families import OTHER
from chassis.observe.metrics.values import ENDED, FAILURES, JOB_ANSWERS
from contracts.catalogue import JOB_KINDS

ANY = "any"
SLOW_S = 1.0
#: classes of statuses that a route of the API has series for
OF_ROUTES = ("2xx", "5xx")
_OWN = "gateway"
_REFUSED, _FAILED = 400, 500


class Operation(Protocol):
    """Describes a route of the API; `job` is the kind that it makes."""

    @property
    def service(self) -> str:
        """Returns the service that owns it."""

    @property
    def method(self) -> str:
        """Returns its method."""

    @property
    def path(self) -> str:
        """Returns its template."""

    @property
    def job(self) -> str | None:
        """Returns the kind of job, or None."""


def counts_slow(route: Operation) -> bool:
    """Tells whether slow answers of a route are counted by it: its owner counts those of what is only forwarded."""
    return route.service == _OWN or route.job is not None


class Answers:
    """Counts answers, and times those that were not refused."""

    def __init__(self, routes: Iterable[Operation] = ()) -> None:
        """Takes the routes of the API."""
        self._known = {(route.method, route.path): route for route in routes}
        HTTP_SLOW.labels(ANY, ANY)
        for route in self._known.values():
            _begin(route)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts an answer that began after so many seconds."""
        known = self._known.get((method, route))
        if known is not None and known.job:
            JOB_REQUESTS.labels(known.job, _outcome(status)).inc()
        if status >= _FAILED:
            HTTP_FAILURES.labels(str(status) if str(status) in FAILURES else OTHER).inc()
        status_class = f"{status // 100}xx"
        is_exact = known is None or status_class not in OF_ROUTES
        labels = (ANY, ANY) if is_exact else (method, route)
        HTTP_REQUESTS.labels(*labels, str(status) if is_exact else status_class).inc()
        if status < _REFUSED and seconds > SLOW_S and (known is None or counts_slow(known)):
            HTTP_SLOW.labels(*labels).inc()
        HTTP_SECONDS.labels(labels[0] if status < _REFUSED else ANY).observe(seconds)


def _begin(route: Operation) -> None:
    """Makes the series of a route, so that its first failure is an increase."""
    for status in OF_ROUTES:
        HTTP_REQUESTS.labels(route.method, route.path, status)
    if counts_slow(route):
        HTTP_SLOW.labels(route.method, route.path)
    if not route.job:
        return
    for outcome in JOB_ANSWERS:
        JOB_REQUESTS.labels(route.job, outcome)
    if route.job in JOB_KINDS:
        for ended in ENDED:
            metrics.JOBS_FINISHED.labels(route.job, ended)
            metrics.JOB_SECONDS.labels(route.job, ended)
        metrics.JOBS_ACCEPTED.labels(route.job)


def _outcome(status: int) -> str:
    """Says how a request for a job ended: a defect is a 500, what is away or has no room another 5xx."""
    if status < _REFUSED:
        return "accepted"
    if status < _FAILED:
        return "refused"
    return "failed" if status == _FAILED else "unavailable"
