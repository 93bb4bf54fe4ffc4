"""Makes a restored database ready to go on: erases again who was erased, and lets what was under way go on.

Whatever starts on it afterwards finds no claim of a dead process, and rebuilds the broker from the log.
"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass

from chassis.bus.rabbit import RabbitBus
from chassis.delivery.statements import CLEAR_OUTBOX_CLAIMS, FREE_OWNED
from chassis.settings import Settings
from chassis.storage.database import Database, open_database
from chassis.storage.erasure_ledger import open_ledger
from chassis.storage.keys import keys_url, open_keys
from gateway.jobs import restore_statements as statements
from gateway.jobs.erase_person import apply_ledger, refuse_lost_keys
from gateway.jobs.topology import product_topology
from gateway.service import SERVICE as GATEWAY
from voxbus.backup.manifest import Manifest
from voxbus.services import SERVICES

#: of one service: messages that are to be sent, and those that are to be handled
_WAITING = """
SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM inbox WHERE done_at IS NULL) AS waiting
"""
#: in the data directory: what a private node keeps in its queues
_NODE = ("rabbitmq", "data")


@dataclass(frozen=True, slots=True)
class Resumed:
    """Reports what goes on. `messages`: of the outbox and the inboxes. `queues`: declared on a broker; else 0."""

    jobs: int
    messages: int
    erased_again: int
    queues: int


async def resume(settings: Settings, url: str, manifest: Manifest) -> Resumed:
    """Does it, before anything serves. Raises `SettingsError` for keys of another installation."""
    messages = 0
    for service in SERVICES:
        database = open_database(url, service.name, size=1)
        try:
            await database.fetch(FREE_OWNED)
            await database.fetch(CLEAR_OUTBOX_CLAIMS)
            [[waiting]] = await database.fetch(_WAITING)
            messages += waiting
        finally:
            await database.close()
    database = open_database(url, GATEWAY.name, size=2)
    keys = open_keys(keys_url(settings), erases=True)
    try:
        await refuse_lost_keys(database, keys)
        await database.fetch(statements.MOVE_DEADLINES, manifest.snapshot_at)
        again = await apply_ledger(database, keys, open_ledger(settings))
        [[jobs]] = await database.fetch(statements.COUNT_OPEN)
        queues = await _rebuild_broker(settings, database)
    finally:
        await keys.close()
        await database.close()
    return Resumed(jobs, messages, again, queues)


async def _rebuild_broker(settings: Settings, database: Database) -> int:
    """Empties the broker, whose messages are of another time, and has its queues filled from the log.

    A private node begins anew. The first gateway on the broker repairs each queue, and inboxes absorb what they know.
    """
    await database.fetch(statements.SEEN_WITH_OLDEST_JOB)
    if settings.bus_url.startswith("memory:"):
        await asyncio.to_thread(shutil.rmtree, settings.data_dir.joinpath(*_NODE), ignore_errors=True)
        return 0
    queues = sorted(queue.name for queue in product_topology().queues)
    bus = await RabbitBus.connect(settings.bus_url, "voxbus-restore")
    try:
        await bus.delete(queues)
        await bus.declare(product_topology())
    finally:
        await bus.close()
    await database.fetch(statements.QUEUES_EMPTIED, queues)
    return len(queues)
