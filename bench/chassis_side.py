"""The service of the bench as it would run in production: Process, Assembly, relay and leases on RabbitMQ."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from bench.service import SERVICE
from chassis.bus.rabbit import RabbitBus
from chassis.observe.logs import configure_logs
from chassis.run import Process, stop_on_signals
from chassis.settings import Settings
from chassis.storage.keys import Keys
from chassis.storage.media import open_media
from chassis.testing import KeysInMemory


async def work(amqp_url: str, database_url: str) -> None:
    """Run until SIGTERM, then drain. No message here has personal fields, so the keys are never asked for."""
    configure_logs("json", logging.WARNING)
    bus = await RabbitBus.connect(amqp_url, "bench")
    with TemporaryDirectory() as folder:
        process = Process(
            [SERVICE],
            Settings(port=0, database_url=database_url, data_dir=Path(folder)),
            bus=bus,
            database_url=database_url,
            media=open_media(None, Path(folder)),
            keys=Keys(KeysInMemory()),
        )
        stop_on_signals(process.stop)
        try:
            await process.run(lambda _: None)
        finally:
            await bus.close()


if __name__ == "__main__":
    uvloop.run(work(*sys.argv[1:]))
