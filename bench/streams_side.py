"""Runs the gateway as in production, for the clients that hold its streams."""

from __future__ import annotations

import os
import secrets
import sys

import uvloop

from bench.server import LIMITS, serve
from gateway.service import SERVICE

if __name__ == "__main__":
    os.environ["VOXBUS_SECRET_KEY"] = secrets.token_hex(32)
    os.environ["VOXBUS_STREAMS_PER_PERSON"] = "100000"  # one person holds them all
    os.environ["VOXBUS_RATE_LIMITS"] = LIMITS
    for owner in ("CONTENT", "NOTIFY"):
        os.environ[f"VOXBUS_{owner}_URL"] = "http://127.0.0.1:1"  # nobody asks for what they own
    amqp, dsn, port = sys.argv[1:]
    uvloop.run(serve([SERVICE], amqp, dsn, int(port)))
