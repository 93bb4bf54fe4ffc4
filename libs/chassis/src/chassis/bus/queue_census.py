"""Finds out whether a queue is empty: the broker reports ready messages, the consumers their unacked ones.

AMQP reports how many messages of a queue are ready and how many consumers it has, but not how many deliveries these
consumers have not acked. `is_empty` therefore asks the consumers over `live`, and knows the answer only when as many of
them answer as the broker counts.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from uuid import uuid4

from chassis.bus.base import Bus, Closed, Listener

_ASK, _REPLY = "holdings.ask", "holdings.tell"
#: seconds a call waits for all consumers of a queue
ANSWERS_WITHIN = 2.0


async def answer_census(bus: Bus) -> None:
    """Answers each request for this process's own counts of a queue, until the bus is closed."""
    listener = await bus.listen(_ASK)
    with suppress(Closed):
        while True:
            _, body = await listener.next()
            asked = json.loads(body)
            local = bus.local_depth(asked["queue"])
            if local.consumers or local.unsettled:
                reply = {"call": asked["call"], "consumers": local.consumers, "unsettled": local.unsettled}
                await bus.publish_transient(_REPLY, json.dumps(reply).encode())


async def is_empty(bus: Bus, queue: str, within: float = ANSWERS_WITHIN) -> bool | None:
    """Tells whether a queue has neither ready nor unacked messages; None when that is not known.

    It is not known while the broker is away, while nobody consumes the queue, and when a consumer gives no answer for
    `within` seconds.
    """
    depth = await bus.depth(queue)
    if depth is None or depth.ready:
        return None if depth is None else False
    if not depth.consumers:
        return None
    listener = await bus.listen(_REPLY)
    try:
        async with asyncio.timeout(within):
            return await _ask_consumers(bus, listener, queue, depth.consumers)
    except (TimeoutError, Closed):
        return None
    finally:
        await listener.close()


async def _ask_consumers(bus: Bus, listener: Listener, queue: str, consumers: int) -> bool | None:
    """Asks all consumers of a queue for their unsettled deliveries; tells whether there are none.

    The broker must be asked before: a message that was not ready then has been taken by a consumer, which is asked now.
    """
    call = uuid4().hex
    await bus.publish_transient(_ASK, json.dumps({"call": call, "queue": queue}).encode())
    answered = 0
    while answered < consumers:
        _, body = await listener.next()
        reply = json.loads(body)
        if reply["call"] != call:
            continue
        if reply["unsettled"]:
            return False
        answered += reply["consumers"]
    return True if answered == consumers else None
