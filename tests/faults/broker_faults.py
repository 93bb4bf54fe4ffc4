"""What a broker, and the way to it, can do to the product."""

from __future__ import annotations

import asyncio

from tests.faults.stage import PROCESSES, Fault, Stage

#: how a connection that publishes names itself
PUBLISHING = b" publish"
HIGH_WATERMARK = "0.4"  # of the memory, as a broker has it by default

#: messages that a consumer has done though their publisher has no confirm and so keeps them
_DONE_UNCONFIRMED = """
SELECT count(*) FROM ({outboxes}) AS o JOIN ({inboxes}) AS i USING (id)
""".format(
    outboxes=" UNION ALL ".join(f"SELECT id FROM {service}.outbox" for service in PROCESSES),
    inboxes=" UNION ".join(f"SELECT id FROM {service}.inbox WHERE done_at IS NOT NULL" for service in PROCESSES),
)


async def kill_broker(stage: Stage, seconds: float) -> None:
    """Kill -9, and start it again on what it has on disk."""
    await stage.broker.kill()
    try:
        await asyncio.sleep(seconds)
    finally:
        await stage.broker.start_again()


async def freeze_broker(stage: Stage, seconds: float) -> None:
    """A black hole: connections stay open and nothing answers. What is accepted meanwhile is not begun."""
    await stage.broker.pause()
    try:
        await _accepted_and_not_ended(stage, seconds)
    finally:
        await stage.broker.resume()


async def cut_every_two_seconds(stage: Stage, seconds: float) -> None:
    """All connections to the broker are reset, again and again."""
    cut = 0
    for _ in range(max(1, round(seconds / 2))):
        await asyncio.sleep(2)
        cut += stage.to_broker.cut()
    assert cut > 0


async def cut_confirms(stage: Stage, seconds: float) -> None:
    """The broker's confirms do not come, then the connections are cut: what became of these publishes is unknown.

    Messages that were delivered all the same must have been done while their outbox still had them. They are published
    a second time, for else the outbox does not get empty, and are absorbed.
    """
    done = 0
    for _ in range(max(1, round(seconds / 2))):
        stage.to_broker.hold_answers(PUBLISHING)
        try:
            await asyncio.sleep(2)
            done += await stage.system.ask(_DONE_UNCONFIRMED)
        finally:
            stage.to_broker.cut(PUBLISHING)
            stage.to_broker.release()
    assert done > 0, "nothing was delivered of what was not confirmed"


async def alarm_memory(stage: Stage, seconds: float) -> None:
    """The broker is short of memory: it reads nothing more from whoever publishes, and says nothing."""
    await stage.broker.control("set_vm_memory_high_watermark", "0.0001")
    try:
        await asyncio.sleep(2)  # each connection gets one more publish through before it is blocked
        await _accepted_and_not_ended(stage, seconds)
    finally:
        await stage.broker.control("set_vm_memory_high_watermark", HIGH_WATERMARK)


async def _accepted_and_not_ended(stage: Stage, seconds: float) -> None:
    """See that clients are answered for some seconds, and that what was accepted in them does not end in them."""
    since = await stage.system.ask("SELECT now()")
    await asyncio.sleep(seconds)
    accepted = await stage.system.ask("SELECT count(*) FROM gateway.jobs WHERE created_at >= $1", since)
    ended = await stage.system.ask(
        "SELECT count(*) FROM gateway.jobs WHERE created_at >= $1 AND finished_at IS NOT NULL", since
    )
    assert accepted > 0, "nothing was accepted"
    assert ended == 0, f"{ended} of {accepted} ended: the fault has not bitten"


BROKER_FAULTS = (
    Fault("kill -9 of the broker under load", kill_broker, 5, upon="broker"),
    Fault("broker frozen (SIGSTOP)", freeze_broker, 30, upon="broker"),
    Fault("connections to the broker cut every 2 s", cut_every_two_seconds, 20, upon="broker"),
    Fault("confirms cut, the publishes' outcome unknown", cut_confirms, 10, 2, upon="broker"),
    Fault("memory alarm of the broker", alarm_memory, 20, 5, upon="broker"),
)
