"""Lists what a broker, and the way to it, can do to the product."""

from __future__ import annotations

import asyncio

from chassis.testing import until
from tests.faults.chaos_env import PROCESSES, SETTLES_WITHIN, ChaosEnv, Fault

#: how a connection that publishes names itself
PUBLISHING = b" publish"
HIGH_WATERMARK = "0.4"  # of the memory, as a broker has it by default

#: messages that a consumer has processed although their publisher has no confirm and so keeps them
_DONE_UNCONFIRMED = """
SELECT count(*) FROM ({outboxes}) AS o JOIN ({inboxes}) AS i USING (id)
""".format(
    outboxes=" UNION ALL ".join(f"SELECT id FROM {service}.outbox" for service in PROCESSES),
    inboxes=" UNION ".join(f"SELECT id FROM {service}.inbox WHERE done_at IS NOT NULL" for service in PROCESSES),
)


async def kill_broker(env: ChaosEnv, seconds: float) -> None:
    """Kills the broker with signal 9, and starts it again on the data it has on disk."""
    await env.broker.kill()
    try:
        await asyncio.sleep(seconds)
    finally:
        await env.broker.start_again()


async def freeze_broker(env: ChaosEnv, seconds: float) -> None:
    """Freezes the broker: connections stay open and nothing answers. Jobs accepted meanwhile are not begun."""
    await env.broker.pause()
    try:
        await _accepted_and_not_ended(env, seconds)
    finally:
        await env.broker.resume()


async def cut_every_two_seconds(env: ChaosEnv, seconds: float) -> None:
    """Resets all connections to the broker, again and again."""
    cut = 0
    for _ in range(max(1, round(seconds / 2))):
        await asyncio.sleep(2)
        cut += env.to_broker.cut()
    assert cut > 0


async def cut_confirms(env: ChaosEnv, seconds: float) -> None:
    """Holds back the broker's confirms, then cuts the connections: the outcome of these publishes is unknown.

    Messages that were delivered all the same must have been done while their outbox still had them. They are published
    a second time, for else the outbox does not get empty, and are absorbed.
    """
    done = 0
    for left in reversed(range(max(1, round(seconds / 2)))):
        env.to_broker.hold_answers(PUBLISHING)
        try:
            await asyncio.sleep(2)
            done += await env.system.ask(_DONE_UNCONFIRMED)
            if not (done or left):
                what = "something that is done and not confirmed"
                await until(lambda: env.system.ask(_DONE_UNCONFIRMED), within=SETTLES_WITHIN, what=what)
        finally:
            env.to_broker.cut(PUBLISHING)
            env.to_broker.release()


async def alarm_memory(env: ChaosEnv, seconds: float) -> None:
    """Makes the broker short of memory: it stops reading from publishers, without notice."""
    await env.broker.control("set_vm_memory_high_watermark", "0.0001")
    try:
        await asyncio.sleep(2)  # each connection gets one more publish through before it is blocked
        await _accepted_and_not_ended(env, seconds)
    finally:
        await env.broker.control("set_vm_memory_high_watermark", HIGH_WATERMARK)


async def _accepted_and_not_ended(env: ChaosEnv, seconds: float) -> None:
    """Checks that clients are answered for some seconds, and that jobs accepted in this time do not end in it."""
    since = await env.system.ask("SELECT now()")
    await asyncio.sleep(seconds)
    count = "SELECT count(*) FROM gateway.jobs WHERE created_at >= $1"
    accepted = await until(lambda: env.system.ask(count, since), within=SETTLES_WITHIN, what="a job that is accepted")
    ended = await env.system.ask(
        "SELECT count(*) FROM gateway.jobs WHERE created_at >= $1 AND finished_at IS NOT NULL", since
    )
    assert ended == 0, f"{ended} of {accepted} ended: the fault has not bitten"


BROKER_FAULTS = (
    Fault("kill -9 of the broker under load", kill_broker, 5, upon="broker"),
    Fault("broker frozen (SIGSTOP)", freeze_broker, 30, upon="broker"),
    Fault("connections to the broker cut every 2 s", cut_every_two_seconds, 20, upon="broker"),
    Fault("confirms cut, the publishes' outcome unknown", cut_confirms, 10, 2, upon="broker"),
    Fault("memory alarm of the broker", alarm_memory, 20, upon="broker"),
)
