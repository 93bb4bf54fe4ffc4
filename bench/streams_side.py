"""The gateway as it runs in production, for those who hold its streams."""

from __future__ import annotations

import logging
import os
import secrets
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from chassis.bus.rabbit import RabbitBus
from chassis.observe.logs import configure_logs
from chassis.run import Process, stop_on_signals
from chassis.settings import Settings
from chassis.storage.keys import Keys
from chassis.storage.media import open_media
from chassis.testing import KeysInMemory
from gateway.service import SERVICE


async def serve(amqp_url: str, database_url: str, port: str) -> None:
    """Run until SIGTERM. No event here has personal fields, so the keys are never asked for."""
    configure_logs("json", logging.WARNING)
    os.environ["VOXBUS_SECRET_KEY"] = secrets.token_hex(32)
    bus = await RabbitBus.connect(amqp_url, "bench-streams")
    with TemporaryDirectory() as folder:
        process = Process(
            [SERVICE],
            Settings(port=int(port), database_url=database_url, data_dir=Path(folder)),
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
    uvloop.run(serve(*sys.argv[1:]))
