"""Lists what can happen to queues and to a broker's data: full, deleted, unbound, lost.

Gateways look every minute and make lost queues again: until then the strike waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from uuid import UUID

from chassis.bus.memory import MemoryBus
from chassis.delivery.relay import Relay
from chassis.message.envelope import new_id
from chassis.observe.health import Watchdog
from chassis.storage.database import open_database
from chassis.storage.keys import Keys
from chassis.stores_in_memory import KeysInMemory
from chassis.testing import until
from contracts.catalogue import NOTIFICATION_READ
from contracts.gateway import MarkNotificationRead
from gateway.jobs.accept import Acceptance
from tests.faults.chaos_env import ChaosEnv, Fault
from tests.faults.kill_faults import revive
from tests.faults.load import TEXT
from tests.faults.virtual_host import VirtualHost
from voxbus.services import topology

QUEUES = {queue.name: queue for queue in topology().queues}
CONSUMED = [queue.name for queue in QUEUES.values() if queue.dead is not None]
ASSESS, GIVE_FEEDBACK, FOLD = "speech.assess_attempt", "feedback.give_feedback", "content.project_progress"
MARK_READ = "notify.mark_read"
#: what a process says of a publish that no queue took
FULL, UNBOUND = "a queue is full: its key pauses", "no queue is bound"
#: seconds within which the topology is whole again; half of them are the keeper's
REPAIRED_WITHIN = 150.0


async def fill_commands(env: ChaosEnv, seconds: float) -> None:
    """Accepts commands while their queue refuses them: they wait in the outbox, and are done in the end.

    They are of a retired kind, from a gateway of the last release: of an attempt's never enough go to fill a queue.
    """
    told = await a_notification(env)
    async with _full(env, MARK_READ):
        jobs = await _accepted_before(env, told, 5)
        for _ in range(max(2, round(seconds / 3))):  # of simultaneous messages a few more are accepted
            await asyncio.sleep(3)
            jobs += await _accepted_before(env, told, 5)
    undone = "SELECT count(*) = 0 FROM gateway.jobs WHERE id = ANY($1) AND status <> 'succeeded'"
    await until(partial(env.system.ask, undone, jobs), within=60, what="the end of all that was refused")


async def fill_subscriber(env: ChaosEnv, seconds: float) -> None:
    """Fills one of an event's queues, which refuses it: the event goes to all again, until this queue has it too."""
    async with _full(env, GIVE_FEEDBACK):
        await asyncio.sleep(seconds)


async def delete_queues(env: ChaosEnv, seconds: float) -> None:
    """Deletes a queue of commands and two of events with their messages, which come again from the log."""
    host = _host(env)
    with _frozen(env, "feedback", "content"):
        await asyncio.sleep(seconds / 2)  # events come and wait
        with _frozen(env, "speech"):
            await asyncio.sleep(seconds / 2)  # commands come and wait
            queues = (ASSESS, GIVE_FEEDBACK, FOLD)
            await _requeued(env, host, *queues)
            for queue in queues:
                assert await host.delete(queue) > 0, f"{queue} held nothing"
    await repaired(host)


async def unbind_queue(env: ChaosEnv, seconds: float) -> None:
    """Unbinds a queue of commands: accepted commands wait in the outbox."""
    host, unbound = _host(env), _said(env, UNBOUND)
    await host.unbind(QUEUES[ASSESS])
    since = await env.system.ask("SELECT now()")
    await asyncio.sleep(seconds)
    assert _said(env, UNBOUND) > unbound, "nothing was published that it would have got"
    ended = "SELECT count(*) FROM gateway.jobs WHERE created_at > $1 AND finished_at IS NOT NULL"
    await until(partial(env.system.ask, ended, since), within=REPAIRED_WITHIN, what="the end of a job accepted since")


async def lose_broker_data(env: ChaosEnv, seconds: float) -> None:
    """Empties the broker: no exchange, queue or message is left. All are made again, and sent from the database.

    The recorder has recorded all events by then: those that only its own queue held could not come again.
    """
    host = _host(env)
    with _frozen(env, "content", "notify"):
        await asyncio.sleep(seconds / 2)
        with _frozen(env, "speech", "feedback"):
            await asyncio.sleep(seconds / 2)  # the recorder goes on, and no event is published
            await _requeued(env, host, ASSESS, FOLD)
            await host.wipe()
    await repaired(host)


def _host(env: ChaosEnv) -> VirtualHost:
    return VirtualHost(env.broker, env.system.bus_url)


@asynccontextmanager
async def _full(env: ChaosEnv, queue: str) -> AsyncIterator[None]:
    """Keeps a queue full and without a consumer; at the end checks that it has refused a message of the product."""
    service, host, refused = queue.partition(".")[0], _host(env), _said(env, FULL)
    await env.kill(service)
    try:
        await host.limit(queue)
        yield
        assert _said(env, FULL) > refused, "nothing was refused"
    finally:
        await host.unlimit()
        await revive(service, env)


async def a_notification(env: ChaosEnv) -> UUID:
    """Returns the id of a notification that the first client has not read."""
    client = env.clients[0]
    await client.follow(await client.submit(env.recording, TEXT))

    async def newest() -> UUID | None:
        answer = await client.http.get("/notifications")
        unread = [UUID(one["id"]) for one in answer.json()["items"] if one["read_at"] is None]
        return unread[0] if unread else None

    found: UUID = await until(newest, within=60, what="a notification")
    return found


async def _accepted_before(env: ChaosEnv, told: UUID, count: int) -> list[UUID]:
    """Accepts commands to mark a notification as read.

    They are due but not sent, because the relay reaches no broker.
    """
    person = await env.system.ask("SELECT person_id FROM notify.notifications WHERE id = $1", told)
    database, nobody = open_database(env.system.database_url, "gateway"), MemoryBus()
    relay = Relay("gateway", database, nobody, Watchdog().pulse("relay"), 1_000, lambda _: None)
    acceptance = Acceptance(database, relay, keys=Keys(KeysInMemory()))
    command = MarkNotificationRead(notification_id=told, person_id=person)
    accepted = [
        await acceptance.accept(NOTIFICATION_READ, command, job_id=new_id(), person_id=person, idempotency=None)
        for _ in range(count)
    ]
    jobs = [each.job_id for each in accepted]
    await relay.flush(0)
    await database.fetch("UPDATE outbox SET claimed_until = now() WHERE job_id = ANY($1)", jobs)
    await nobody.close()
    await database.close()
    return jobs


def _said(env: ChaosEnv, what: str) -> int:
    """Returns how often processes have said something in their logs."""
    return sum(log.read_text().count(what) for log in env.system.folder.glob("*.log"))


@contextmanager
def _frozen(env: ChaosEnv, *names: str) -> Iterator[None]:
    """Stops processes; messages delivered to them are not worked on."""
    processes = [env.processes[name] for name in names]
    try:
        for process in processes:
            process.freeze()
        yield
    finally:
        for process in processes:
            process.thaw()


async def _requeued(env: ChaosEnv, host: VirtualHost, *queues: str) -> None:
    """Cuts all consumers, and waits until their unacked messages are in each of the queues again."""
    env.to_broker.cut()
    for queue in queues:
        await until(partial(host.ready, queue), what=f"messages in {queue}")


async def repaired(host: VirtualHost) -> None:
    """Waits until every queue is there again, and consumed."""

    async def look() -> bool:
        await asyncio.sleep(1)  # it is up to a minute
        return await host.served(*CONSUMED)

    await until(look, within=REPAIRED_WITHIN, what="every queue and its consumer")


QUEUE_FAULTS = (
    Fault("a queue of commands is full", fill_commands, 15),
    Fault("a subscriber's queue is full", fill_subscriber, 15),
    Fault("queues of commands and of events deleted under load", delete_queues, 6),
    Fault("a binding deleted under load", unbind_queue, 5, upon="broker"),
    Fault("the broker's data lost", lose_broker_data, 6),
)
