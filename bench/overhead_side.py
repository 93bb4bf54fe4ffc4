"""Runs one side of `bench.overhead`: accepts, or the service of the bench, watched or not.

What is not watched has neither spans nor metrics: counters, gauges and histograms are replaced by what does nothing,
a stand-in for a release without them.
"""

from __future__ import annotations

import sys

import prometheus_client
import uvicorn
import uvloop

from bench.accept_side import create_app
from bench.server import serve
from bench.service import SERVICE
from chassis.observe.request_spans import RequestSpans
from chassis.observe.traces import configure_traces

#: the share of traces that is exported
RATE = 0.1
_CHANGES = {
    prometheus_client.Counter: ("inc",),
    prometheus_client.Gauge: ("inc", "dec", "set"),
    prometheus_client.Histogram: ("observe",),
}


def _count_nothing() -> None:
    for kind, names in _CHANGES.items():
        for name in names:
            setattr(kind, name, lambda *_, **__: None)


def main(role: str, amqp: str, dsn: str, port: int, collector: str) -> None:
    """Runs until SIGTERM; `collector` is its address, or `off`."""
    if collector == "off":
        _count_nothing()
        configure_traces("bench", None)
    else:
        configure_traces("bench", collector, rate=RATE)
    if role == "jobs":
        uvloop.run(serve([SERVICE], amqp, dsn))
        return
    app = create_app(amqp, dsn)
    uvicorn.run(RequestSpans(app, public=True), port=port, loop="uvloop", log_level="warning", access_log=False)


if __name__ == "__main__":
    given_amqp, given_dsn, *others = sys.argv[1:]
    main(others[0], given_amqp, given_dsn, int(others[1]), others[2])
