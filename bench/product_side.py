"""Runs some services of the product as one process, as in production; owners that run elsewhere have an address."""

from __future__ import annotations

import os
import sys

import uvloop

from bench.server import LIMITS, serve
from chassis.settings import PREFIX
from voxbus.services import SERVICES

if __name__ == "__main__":
    amqp, dsn, port, secret, names, *urls = sys.argv[1:]
    os.environ[f"{PREFIX}SECRET_KEY"] = secret
    os.environ[f"{PREFIX}RATE_LIMITS"] = LIMITS
    for url in urls:  # NAME=URL
        name, _, address = url.partition("=")
        os.environ[f"{PREFIX}{name.upper()}_URL"] = address
    chosen = [service for service in SERVICES if service.name in names.split(",")]
    uvloop.run(serve(chosen, amqp, dsn, int(port)))
