"""Runs what `bench.overhead` measures: accepts, or the service of the bench, watched or not.

SIGUSR1 has it watched from then on, SIGUSR2 not. What is not watched has neither spans nor metrics: counters, gauges
and histograms are replaced by what does nothing, a stand-in for a release without them.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from types import FrameType

import prometheus_client
import uvicorn
import uvloop
from opentelemetry.sdk.trace import TracerProvider

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


class Watching:
    """Turns watching on and off in one process: two that do the same differ by a tenth for as long as they live."""

    def __init__(self, collector: str) -> None:
        self._collector = collector
        self._methods = [(kind, name, getattr(kind, name)) for kind, names in _CHANGES.items() for name in names]
        self._provider: TracerProvider | None = None

    def heed(self, number: int, _: FrameType | None) -> None:
        """Handles a signal, between two callbacks of the loop: a span that is being made takes all of one kind."""
        turn = self.turn_on if number == signal.SIGUSR1 else self.turn_off
        asyncio.get_running_loop().call_soon_threadsafe(turn)

    def turn_on(self) -> None:
        """Counts, and exports a tenth of the traces."""
        self._end()
        for kind, name, method in self._methods:
            setattr(kind, name, method)
        self._provider = configure_traces("bench", self._collector, rate=RATE)

    def turn_off(self) -> None:
        """Counts nothing; spans have their ids alone."""
        self._end()
        for kind, name, _method in self._methods:
            setattr(kind, name, lambda *_, **__: None)
        configure_traces("bench", None)

    def _end(self) -> None:
        if self._provider is not None:
            self._provider.shutdown()
            self._provider = None


def main(role: str, amqp: str, dsn: str, port: int, collector: str) -> None:
    """Runs until SIGTERM; `collector` is its address."""
    watching = Watching(collector)
    watching.turn_off()
    signal.signal(signal.SIGUSR1, watching.heed)
    signal.signal(signal.SIGUSR2, watching.heed)
    if role == "jobs":
        uvloop.run(serve([SERVICE], amqp, dsn))
        return
    app = create_app(amqp, dsn)
    uvicorn.run(RequestSpans(app, public=True), port=port, loop="uvloop", log_level="warning", access_log=False)


if __name__ == "__main__":
    given_amqp, given_dsn, *others = sys.argv[1:]
    main(others[0], given_amqp, given_dsn, int(others[1]), others[2])
