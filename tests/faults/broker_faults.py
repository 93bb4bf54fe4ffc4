"""What a broker, and the way to it, can do to the product."""

from __future__ import annotations

import asyncio

from tests.faults.stage import Fault, Stage


async def kill_broker(stage: Stage, seconds: float) -> None:
    """Kill -9, and start it again on what it has on disk."""
    await stage.broker.kill()
    try:
        await asyncio.sleep(seconds)
    finally:
        await stage.broker.start_again()


async def freeze_broker(stage: Stage, seconds: float) -> None:
    """A black hole: connections stay open and nothing answers."""
    await stage.broker.pause()
    try:
        await asyncio.sleep(seconds)
    finally:
        await stage.broker.resume()


async def cut_every_two_seconds(stage: Stage, seconds: float) -> None:
    """All connections to the broker are reset, again and again."""
    cut = 0
    for _ in range(max(1, round(seconds / 2))):
        await asyncio.sleep(2)
        cut += stage.to_broker.cut()
    assert cut > 0


BROKER_FAULTS = (
    Fault("kill -9 of the broker under load", kill_broker, 5, 2, upon="broker"),
    Fault("broker frozen (SIGSTOP)", freeze_broker, 30, upon="broker"),
    Fault("connections to the broker cut every 2 s", cut_every_two_seconds, 20, 4, upon="broker"),
)
