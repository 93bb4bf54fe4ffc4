"""Measures pushes a second to a local receiver, beside a bare loop that POSTs the same bytes: `python -m bench.pushes`.

Each side sends from one process on one event loop, 16 at a time, over connections that are kept. The receiver is
another process, which reads a push and answers 201. `channel` does what the channel does for each: it resolves and
checks the address, writes and encrypts the payload with a key of its own, signs, asks the gate, sends. `whole` is not
measured here: claim, effect and row of each delivery are the pipeline's, see `slow` in docs/performance.md.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from multiprocessing.connection import Connection
from pathlib import Path
from uuid import UUID, uuid4

import httpx2

from chassis.storage.keys import Keys
from chassis.stores_in_memory import KeysInMemory
from notify.mail.folder import MailFolder
from notify.mail.letter import sender_of
from notify.notifications.channels.channel import Told
from notify.notifications.channels.seal import Sealing
from notify.notifications.channels.tools import Tools
from notify.notifications.channels.web_push import WebPush, encrypted, new_vapid_key, payload
from notify.webhooks.client import WebhookClient
from notify.webhooks.resolver import Resolver
from tests.push_service import push_service

AT_ONCE = 16
#: makes no secret: nothing that is measured depends on it
KEY = "k" * 40


def receive(told: Connection) -> None:
    """Runs the receiver until its process is ended."""

    async def serve() -> None:
        async with push_service() as service:
            told.send((service.port, [service.subscribe(str(number)) for number in range(AT_ONCE)]))
            await asyncio.Event().wait()

    asyncio.run(serve())


@asynccontextmanager
async def may_begin() -> AsyncIterator[None]:
    yield


def message() -> Told:
    now = datetime.now(UTC)
    body = "You have three reviews that are due today, and your streak is seven days long."
    ids = [uuid4() for _ in range(3)]
    return Told(
        ids[0], ids[1], ids[2], UUID(int=1), "review_due", "Reviews", body, "/lessons", now, False, now + timedelta(1)
    )


async def rate(number: int, send: Callable[[int], Awaitable[None]]) -> tuple[float, float]:
    """Returns how many a second are sent, so many at a time, and the milliseconds of processor time each took here."""
    left = iter(range(number))

    async def some() -> None:
        for each in left:
            await send(each)

    began, worked = time.perf_counter(), time.process_time()
    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    return number / (time.perf_counter() - began), (time.process_time() - worked) * 1000 / number


async def measure(number: int, rounds: int) -> None:
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    receiver = multiprocessing.get_context("spawn").Process(target=receive, args=(theirs,), daemon=True)
    receiver.start()
    _, subscriptions = ours.recv()
    resolver = Resolver()
    client = WebhookClient(KEY, [ip_network("127.0.0.0/8")], lookup=resolver.look_up, keeps=1)
    channel = WebPush(
        Tools(
            mailer=MailFolder(Path("unused")),
            sender=sender_of("mail@voxbus.example"),
            public_url="http://localhost:8000",
            sealing=Sealing(Keys(KeysInMemory()), KEY),
            push=client,
            lookup=resolver.of,
            vapid_key=new_vapid_key(),
        )
    )
    targets = [channel.target(each) for each in subscriptions]
    body = encrypted(payload(message(), 3993), targets[0])
    figures: dict[str, list[tuple[float, float]]] = {"channel": [], "bare": []}
    async with httpx2.AsyncClient(timeout=30) as http:

        async def push(each: int) -> None:
            ended = await channel.deliver(message(), targets[each % AT_ONCE], may_begin=may_begin)
            assert ended.ending == "sent"

        async def bare(each: int) -> None:
            (await http.post(targets[each % AT_ONCE]["endpoint"], content=body)).raise_for_status()

        for _ in range(rounds):
            figures["channel"].append(await rate(number, push))
            figures["bare"].append(await rate(number, bare))
    await client.aclose()
    resolver.close()
    receiver.kill()
    for side, found in figures.items():
        rates, each = [pushes for pushes, _ in found], min(worked for _, worked in found)
        print(
            f"{side:8} {statistics.median(rates):6.0f} pushes/s  ({min(rates):.0f} to {max(rates):.0f}), "
            f"{each:.2f} ms of this process each"
        )


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--number", type=int, default=2000)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    asyncio.run(measure(given.number, given.rounds))
