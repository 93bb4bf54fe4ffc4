"""Runs the service of the bench as it would run in production."""

from __future__ import annotations

import sys

import uvloop

from bench.server import serve
from bench.service import SERVICE

if __name__ == "__main__":
    amqp, dsn = sys.argv[1:]
    uvloop.run(serve([SERVICE], amqp, dsn))
