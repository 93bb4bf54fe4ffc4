"""Tests what the topology keeper tells an operator."""

from __future__ import annotations

import asyncio

import pytest

from chassis.bus.base import Creating, TopologyChanged
from chassis.bus.memory import MemoryBus
from chassis.bus.topology import Topology
from chassis.observe.health import Watchdog
from chassis.storage.database import open_database
from gateway.jobs.topology import TopologyKeeper


class Changed(MemoryBus):
    """Represents a broker on which a queue has other arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def declare(self, topology: Topology, creating: Creating | None = None) -> None:
        self.asked.set()
        raise TopologyChanged("speech.assess_attempt", "x-max-length")


async def test_a_queue_that_has_changed_is_named_and_ends_no_loop(caplog: pytest.LogCaptureFixture) -> None:
    bus, database = Changed(), open_database("postgresql://nobody@127.0.0.1:1/none", "gateway")
    watchdog = Watchdog()
    keeping = asyncio.create_task(TopologyKeeper(database, bus, Topology(())).run(watchdog.pulse("topology")))
    await bus.asked.wait()
    await asyncio.sleep(0)
    assert "speech.assess_attempt" in caplog.text
    assert await watchdog.unready() == {}
    assert watchdog.stuck() == []
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    await bus.close()
    await database.close()
