"""Says how much is measured in one round."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Says how much to measure, and for how long.

    `backlog`, `window` and `slow` in messages, `writes` in requests, `pooled` in transactions, `few` and `many` in
    clients that hold a stream, `rows_…` in old rows of each of log, inbox and jobs; the others in seconds.
    """

    backlog: int = 8000
    live: float = 6.0
    #: jobs that are published and have no result yet, while live: always so many
    window: int = 1000
    latency: float = 3.0
    slow: int = 400
    accept: float = 2.5
    #: work that nobody measures: the first 300 requests of a process, in which each connection prepares its
    #: statements, take up to three times as long as those that follow
    warm_up: float = 3.0
    few: int = 100
    many: int = 10_000
    #: reads by one client, then by 16
    read: float = 2.0
    writes: int = 400
    pooled: int = 1200
    idle: float = 3.0
    rows_few: int = 1_000
    rows_many: int = 1_000_000
    #: seconds of requests at a steady rate, and the connections beside them that send next to nothing
    steady: float = 20.0
    slow_connections: int = 2_000


#: messages in a second while latency is measured
RATE = 50
