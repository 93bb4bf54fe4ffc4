"""Every service starts alone, and its process holds nothing that is another's or that it has no use for."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx2
import pytest

from chassis.bus.rabbit import RabbitBus
from chassis.fresh_databases import fresh_database
from chassis.parent_death import bound
from chassis.storage.migrations import migrate
from gateway.jobs.topology import product_topology
from tests.brokers import Broker
from tests.faults.processes import READY_WITHIN, environment
from voxbus.services import SERVICES

OWN = {"contracts", "chassis", "gateway", "speech", "feedback", "content", "notify", "voxbus"}
#: what a service has no use for while it serves
IDLE = {
    "alembic",
    "chassis.bus.memory",
    "chassis.stores_in_memory",
    "chassis.testing",
    "opentelemetry.exporter",
    "sqlalchemy.orm",
}
#: what some services need and the others do not
NEEDED = {
    "fastapi": {"gateway", "notify", "content", "feedback"},
    "jwt": {"gateway"},
    "pwdlib": {"gateway"},
    "httpx2": {"gateway", "notify", "feedback", "content"},
    "numpy": {"speech"},
}
#: the file `.env`, and who takes what of it
DOTENV = f"""
VOXBUS_DATABASE_URL=postgresql://owner:hunter1@127.0.0.1:9/voxbus
VOXBUS_SMTP_URL=smtp://us:hunter2@127.0.0.1:9
VOXBUS_MAIL_FROM=us@example.org
VOXBUS_SUPABASE_URL=http://127.0.0.1:9
VOXBUS_SUPABASE_JWT_SECRET={"hunter3" * 6}
"""
TAKES = {
    "gateway": {"VOXBUS_SUPABASE_URL", "VOXBUS_SUPABASE_JWT_SECRET"},
    "notify": {"VOXBUS_SMTP_URL", "VOXBUS_MAIL_FROM"},
}
#: runs a service as `python -m` does, and says at its end what it has imported, and taken into its environment
PROBE = """
import atexit, os, runpy, sys
name = sys.argv.pop(1)
atexit.register(lambda: sys.stdout.write("\\n".join([*sys.modules, *os.environ])))
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
    async with fresh_database(postgres_url, SERVICES, filled=True) as database_url:
        await migrate(database_url, SERVICES, logins=dict.fromkeys(service.name for service in SERVICES))
        yield environment(
            folder,
            bus_url=bus_url,
            keys_url=f"file://{folder / 'keys.sqlite'}",
            data_dir=str(folder),
            secret_key="x" * 40,
            port="0",
            speech_engine="sphinx",  # the quicker one
            **{f"{service.name}_url": "http://127.0.0.1:9" for service in SERVICES if service.routes},
            **{f"{service.name}_database_url": login_of(database_url, service.name) for service in SERVICES},
        )


def login_of(database_url: str, service: str) -> str:
    """Returns an address with a service's own login."""
    parts = urlsplit(database_url)
    return urlunsplit(parts._replace(netloc=f"voxbus_{service}@{parts.netloc.rpartition('@')[2]}"))


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


async def held_by(service: str, settings: dict[str, str], folder: Path) -> set[str]:
    """Starts a service, sees that it is ready, and ends it; returns its modules and the names in its environment."""
    (folder / ".env").write_text(DOTENV, encoding="utf-8")
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
    modules = await held_by(service, settings, tmp_path)
    assert modules & {line.partition("=")[0] for line in DOTENV.split()} == TAKES.get(service, set())
    assert modules & OWN == {"contracts", "chassis", service}
    assert modules & IDLE == set()
    assert modules & {vendor for vendor, services in NEEDED.items() if service not in services} == set()
