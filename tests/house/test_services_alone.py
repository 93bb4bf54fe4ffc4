"""Every service starts alone, and its process holds nothing that is another's or that it has no use for."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from chassis.bus.rabbit import RabbitBus
from chassis.parent_death import bound
from chassis.testing import fresh_database
from gateway.jobs.topology import product_topology
from tests.brokers import Broker
from tests.faults.processes import READY_WITHIN, environment
from voxbus.services import SERVICES

OWN = {"contracts", "chassis", "gateway", "speech", "feedback", "content", "notify", "voxbus"}
#: what a service has no use for while it serves
IDLE = {"alembic", "chassis.bus.memory", "chassis.testing", "opentelemetry.exporter", "sqlalchemy.orm"}
#: what some services need and the others do not
NEEDED = {
    "fastapi": {"gateway", "notify", "content"},
    "jwt": {"gateway"},
    "pwdlib": {"gateway"},
    "httpx2": {"gateway", "notify"},
    "numpy": {"speech"},
}
#: runs a service as `python -m` does, and says at its end what it has imported
PROBE = """
import atexit, runpy, sys
name = sys.argv.pop(1)
atexit.register(lambda: sys.stdout.write("\\n".join(sys.modules)))
runpy.run_module(name, run_name="__main__", alter_sys=True)
"""


@pytest.fixture(scope="module")
async def settings(
    postgres_url: str, broker: Broker, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[str, str]]:
    """Provides the environment of a service, on a database and a broker that have all it needs."""
    folder = tmp_path_factory.mktemp("alone")
    bus_url = await broker.virtual_host()
    bus = await RabbitBus.connect(bus_url, "house")
    await bus.declare(product_topology())
    await bus.close()
    async with fresh_database(postgres_url, SERVICES) as database_url:
        yield environment(
            folder,
            database_url=database_url,
            bus_url=bus_url,
            keys_url=f"file://{folder / 'keys.sqlite'}",
            data_dir=str(folder),
            secret_key="x" * 40,
            port="0",
            speech_engine="sphinx",  # the quicker one
            **{f"{service.name}_url": "http://127.0.0.1:9" for service in SERVICES if service.routes},
        )


async def ready(service: str, stderr: asyncio.StreamReader) -> str:
    """Waits until a service says that it is ready, and returns its address."""
    said = ""
    try:
        async with asyncio.timeout(READY_WITHIN):
            while line := await stderr.readline():
                said += line.decode()
                if found := re.search(
                    rf"^voxbus: {service} is ready at (http://127\.0\.0\.1:\d+)$", said, re.MULTILINE
                ):
                    return found[1]
    except TimeoutError:
        raise AssertionError(f"{service} is not ready after {READY_WITHIN} s: {said}") from None
    raise AssertionError(f"{service} has ended: {said}")


async def modules_of(service: str, settings: dict[str, str], folder: Path) -> set[str]:
    """Starts a service, sees that it is ready, and ends it; returns the modules that it had imported."""
    log = folder / f"{service}.log"
    process = await asyncio.create_subprocess_exec(
        *bound(sys.executable, "-c", PROBE, service, "--log-file", str(log)),
        env=settings,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    address = await ready(service, process.stderr)
    async with httpx2.AsyncClient(base_url=address, timeout=60) as client:
        for path in ("/livez", "/readyz", "/metrics"):
            assert (await client.get(path)).status_code == 200, (service, path)
    process.terminate()
    out, _ = await process.communicate()
    assert process.returncode == 0
    assert "drained" in log.read_text(encoding="utf-8")
    return set(out.decode().split())


@pytest.mark.parametrize("service", [service.name for service in SERVICES])
async def test_a_service_alone_holds_only_what_it_needs(service: str, settings: dict[str, str], tmp_path: Path) -> None:
    modules = await modules_of(service, settings, tmp_path)
    assert modules & OWN == {"contracts", "chassis", service}
    assert modules & IDLE == set()
    assert modules & {vendor for vendor, services in NEEDED.items() if service not in services} == set()
