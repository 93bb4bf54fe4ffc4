"""Handles jobs as one would by hand, in batches: up to 100 in one transaction, their results confirmed side by side."""

from __future__ import annotations

import asyncio
import json
import sys
from uuid import UUID

import aio_pika
import asyncpg
import uvloop
from aio_pika.abc import AbstractIncomingMessage

_BATCH = 100
_SEEN = """
INSERT INTO baseline.inbox (id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING RETURNING id
"""
_RESULTS = "INSERT INTO baseline.results (id, text) SELECT * FROM unnest($1::uuid[], $2::text[])"


async def work(amqp_url: str, database_url: str, queue_name: str) -> None:
    """Consumes until killed."""
    database = await asyncpg.connect(database_url)
    connection = await aio_pika.connect(amqp_url)
    publishing = await connection.channel(publisher_confirms=True, on_return_raises=True)
    events = await publishing.get_exchange("events")
    consuming = await connection.channel()
    await consuming.set_qos(prefetch_count=2 * _BATCH)
    queue = await consuming.get_queue(queue_name)
    arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
    await queue.consume(arrived.put)
    seen, insert = await database.prepare(_SEEN), await database.prepare(_RESULTS)
    while True:
        batch = [await arrived.get()]
        while len(batch) < _BATCH and not arrived.empty():
            batch.append(arrived.get_nowait())
        commands = {UUID(str(message.headers["cloudEvents_id"])): json.loads(message.body) for message in batch}
        async with database.transaction():
            new = [row["id"] for row in await seen.fetch(list(commands))]
            todo = [commands[identity] for identity in new]
            await insert.fetch([UUID(command["key"]) for command in todo], [command["text"] for command in todo])
        results = [
            aio_pika.Message(
                json.dumps({"text": commands[identity]["text"]}).encode(),
                headers={"cloudEvents_type": "bench.done", "cloudEvents_causationid": str(identity)},
                delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            )
            for identity in new
        ]
        await asyncio.gather(*(events.publish(result, "bench.done") for result in results))
        await batch[-1].ack(multiple=True)


if __name__ == "__main__":
    uvloop.run(work(*sys.argv[1:]))
