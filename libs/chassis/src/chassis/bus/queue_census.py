"""Whether a queue is empty, ready and unacked: the broker tells the one, its consumers the other.

AMQP tells of a queue what is ready and how many consume it, never what they have taken and not acked. So whoever wants
to know calls them up on `live`, and only where as many answer as the broker counts is anything known.
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
    """Until the bus is closed: tell whoever asks what this process holds of a queue."""
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
    """Whether nothing was ready and nothing unacked in a queue; None when that is not known.

    So it is while the broker is away, while nobody consumes the queue, and when not all who do answer `within` seconds.
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
    """Asked after the broker was: what was not ready then has been taken, and whoever took it is asked now."""
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
