"""Measures calls of stores, and pools of connections."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from sqlalchemy import Engine
from sqlalchemy.pool import QueuePool

from chassis.observe import metrics


@contextmanager
def measured(family: metrics.Histogram, operation: str, *fine: type[Exception]) -> Iterator[None]:
    """Observes the seconds of a call, as `failed` where it raises; an error of `fine` is an answer all the same."""
    began, outcome = time.monotonic(), "failed"
    try:
        yield
        outcome = "ok"
    except fine:
        outcome = "ok"
        raise
    finally:
        family.labels(operation, outcome).observe(time.monotonic() - began)


def measure_pool(engine: Engine, service: str, pool: str) -> metrics.Histogram:
    """Lets each scrape ask how many connections are in use; returns what observes the waits for one."""
    connections = cast(QueuePool, engine.pool)
    for state, count in (
        ("used", connections.checkedout),
        ("idle", connections.checkedin),
        ("max", connections.size),
    ):
        metrics.POOL_CONNECTIONS.labels(service, pool, state).set_function(count)
    return metrics.POOL_WAIT_SECONDS.labels(service, pool)
