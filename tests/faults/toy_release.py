"""Starts a release that has the toys beside the gateway: `python -m tests.faults.toy_release gateway toys`, or one.

Its contracts know the messages of the toys and the kind of their slow verb, its public document their routes. On a
memory bus both run in one process.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import partial

from chassis.bus.base import Bus
from chassis.bus.memory import MemoryBus
from chassis.bus.rabbit import RabbitBus
from chassis.main import run, run_process
from chassis.service import Service
from chassis.settings import Settings
from chassis.web.document import fragment_of
from contracts.catalogue import JOB_KINDS, MESSAGES
from gateway.edge import openapi
from gateway.edge.app import own_document
from gateway.edge.forward.join import join
from gateway.service import SERVICE as GATEWAY
from libs.chassis.tests.integration.toys import ROUTES, TOYS
from libs.chassis.tests.integration.toys.messages import POLISH, PolishToy, ToyPolished

SERVICES = {service.name: service for service in (GATEWAY, TOYS)}
TOPOLOGY = GATEWAY.topology() + TOYS.topology()


def release(settings: Settings) -> None:
    """Makes this process one of that release, before it opens any service."""
    JOB_KINDS[POLISH.name] = POLISH
    MESSAGES.update({message.type: message for message in (PolishToy, ToyPolished)})
    path = settings.data_dir / "openapi.json"
    path.write_text(json.dumps(join([own_document(), fragment_of("toys", ROUTES)])), encoding="utf-8")
    setattr(openapi, "DOCUMENT_FILE", path)  # noqa: B010  it is a constant for everybody else


async def _run(services: Sequence[Service], settings: Settings) -> bool:
    assert settings.database_url is not None
    release(settings)
    in_memory = settings.bus_url.startswith("memory:")
    bus: Bus = MemoryBus() if in_memory else await RabbitBus.connect(settings.bus_url, "toys")
    return await run_process(services, settings, bus, settings.database_url, TOPOLOGY, single_process=in_memory)


if __name__ == "__main__":
    sys.exit(run(partial(_run, [SERVICES[name] for name in sys.argv[1:]]), lambda _: None, list(SERVICES.values())))
