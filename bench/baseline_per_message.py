"""Handles jobs as one would by hand: a transaction and a confirmed publish each, up to 200 at a time."""

from __future__ import annotations

import asyncio
import json
import sys
from uuid import UUID

import aio_pika
import asyncpg
import uvloop
from aio_pika.abc import AbstractIncomingMessage

_SEEN = "INSERT INTO baseline.inbox (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id"
_RESULT = "INSERT INTO baseline.results (id, text) VALUES ($1, $2)"


async def work(amqp_url: str, database_url: str, queue_name: str) -> None:
    """Consumes until killed. asyncpg prepares each statement once per connection."""
    pool = await asyncpg.create_pool(database_url, min_size=8, max_size=8)
    connection = await aio_pika.connect(amqp_url)
    publishing = await connection.channel(publisher_confirms=True, on_return_raises=True)
    events = await publishing.get_exchange("events")
    consuming = await connection.channel()
    await consuming.set_qos(prefetch_count=200)

    async def handle(message: AbstractIncomingMessage) -> None:
        identity = str(message.headers["cloudEvents_id"])
        command = json.loads(message.body)
        async with pool.acquire() as database, database.transaction():
            new = await database.fetchval(_SEEN, UUID(identity))
            if new is not None:
                await database.execute(_RESULT, UUID(command["key"]), command["text"])
        if new is not None:
            result = aio_pika.Message(
                json.dumps({"text": command["text"]}).encode(),
                headers={"cloudEvents_type": "bench.done", "cloudEvents_causationid": identity},
                delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            )
            await events.publish(result, "bench.done")
        await message.ack()

    queue = await consuming.get_queue(queue_name)
    await queue.consume(handle)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(work(*sys.argv[1:]))
