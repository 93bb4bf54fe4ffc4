"""Runs services as in production: process, handlers, relay and leases on RabbitMQ."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from chassis.bus.rabbit import RabbitBus
from chassis.main import tune_gc
from chassis.observe.logs import configure_logs
from chassis.run import Process
from chassis.service import Service
from chassis.settings import Settings
from chassis.signals import stop_on_signals
from chassis.storage.keys import Keys
from chassis.storage.media import open_media
from chassis.stores_in_memory import KeysInMemory

#: for `VOXBUS_RATE_LIMITS`: requests are counted as in production, and none is refused
LIMITS = '{"address": "99999/1", "person": "99999/1", "upload": "99999/1", "sign-up": "off", "jobs-open": "off"}'


async def serve(services: Sequence[Service], amqp_url: str, database_url: str, port: int = 0) -> None:
    """Runs until SIGTERM, then drains. No message of the bench has personal fields, so no key is ever asked for."""
    configure_logs("json", logging.WARNING)
    bus = await RabbitBus.connect(amqp_url, "bench-" + "-".join(service.name for service in services))
    with TemporaryDirectory() as folder:
        process = Process(
            services,
            Settings(port=port, database_url=database_url, data_dir=Path(folder)),
            bus=bus,
            database_url=database_url,
            media=open_media(None, Path(folder)),
            keys=Keys(KeysInMemory()),
            linger=0.0,
            per_address=None,  # all clients of the bench have one
        )
        stop_on_signals(process.stop)
        try:
            await process.run(lambda _: tune_gc())
        finally:
            await bus.close()
