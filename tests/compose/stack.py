"""Runs docker-compose.yml under a name, on ports and with volumes of its own, and acts on its containers."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import asyncpg

from chassis.listener import free_port
from tests.faults.invariants import Books, read_books

ROOT = Path(__file__).parents[2]
PROJECT = "voxbus-test"
#: beside that of a `make up` which runs meanwhile
SUBNET = "10.213.8.0/24"
SERVICES = ("gateway", "speech", "feedback", "content", "notify")
PORTS = ("PORT", "TLS_PORT", "BROKER_UI_PORT", "MAIL_UI_PORT", "PROMETHEUS_PORT", "ALERTMANAGER_PORT", "GRAFANA_PORT")
DEBUG_PORTS = tuple(f"DEBUG_{service.upper()}_PORT" for service in SERVICES)


async def told_by(
    *command: str, environment: Mapping[str, str], told: bool = False, codes: Collection[int] = (0,)
) -> str:
    """Runs a command in the repository's folder, and returns what it says.

    Raises RuntimeError when it ends with another code than those.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=None if told else subprocess.PIPE,
    )
    output, errors = await process.communicate()
    if process.returncode not in codes:
        raise RuntimeError(f"{' '.join(command)} failed with {process.returncode}: {(errors or output).decode()}")
    return output.decode()


class Stack:
    """Represents the containers of one project."""

    def __init__(self) -> None:
        self.ports = {name: str(free_port()) for name in (*PORTS, *DEBUG_PORTS)}
        self.address = f"http://localhost:{self.ports['PORT']}"
        self.tls_address = f"https://localhost:{self.ports['TLS_PORT']}"
        self._files: tuple[str, ...] = ("docker-compose.yml", "tests/compose/overlay.yml")
        self._profiles: tuple[str, ...] = ()
        foreign = ("VOXBUS_", "AWS_", "COMPOSE_")
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | {
            **self.ports,
            "EDGE_SUBNET": SUBNET,
            "VOXBUS_RATE_LIMITS": "off",
            "VOXBUS_HASH_COST": "least",
            "VOXBUS_PUBLIC_URL": self.address,
            # as long as a whole run on a busy machine
            "VOXBUS_ACCESS_MINUTES": "600",
        }

    def changed(
        self, *, files: Sequence[str] = (), profiles: Sequence[str] = (), settings: Mapping[str, str] | None = None
    ) -> Stack:
        """Returns the same project with further files, profiles and settings; `up` makes it so."""
        other = copy(self)
        other._files = (*self._files, *files)
        other._profiles = (*self._profiles, *profiles)
        other._environment = {**self._environment, **(settings or {})}
        return other

    async def compose(self, *command: str, told: bool = False) -> str:
        """Runs `docker compose`, and returns what it says. Raises RuntimeError with its words when it fails.

        `told`: its progress goes to the terminal too.
        """
        files = [word for file in self._files for word in ("-f", file)]
        profiles = [word for profile in self._profiles for word in ("--profile", profile)]
        given = ("-p", PROJECT, *files, *profiles, "--env-file", "/dev/null")
        return await self.run("docker", "compose", *given, *command, told=told)

    async def run(self, *command: str, told: bool = False) -> str:
        """Runs a command with the ports and settings of these containers, and returns what it says."""
        return await told_by(*command, environment=self._environment, told=told)

    async def containers(self, service: str) -> list[str]:
        """Returns the ids of a service's containers that run."""
        return (await self.compose("ps", "--quiet", service)).split()

    async def kill(self, container: str) -> None:
        """Kills every process of a container but the first with signal 9, at which it ends and is started again.

        `docker kill` would count as its operator's will, and the container would stay away. The command itself may be
        killed too, by the end of the container (137).
        """
        command = ("docker", "exec", container, "sh", "-c", "kill -9 -1 || true")
        await told_by(*command, environment=self._environment, codes=(0, 137))

    async def started_at(self, container: str) -> str:
        """Returns when a container was started last."""
        return (await self.run("docker", "inspect", "--format", "{{.State.StartedAt}}", container)).strip()

    async def health(self, container: str) -> str:
        """Returns `healthy`, `starting` or `unhealthy`."""
        return (await self.run("docker", "inspect", "--format", "{{.State.Health.Status}}", container)).strip()

    async def execute(self, service: str, *command: str) -> str:
        """Runs a command in a container of a service."""
        return await self.compose("exec", "-T", service, *command)

    async def exit_codes(self, *services: str) -> list[int]:
        """Returns with which code each container of some services has ended."""
        ids = (await self.compose("ps", "--all", "--quiet", *services)).split()
        told = await self.run("docker", "inspect", "--format", "{{.State.ExitCode}}", *ids)
        return [int(code) for code in told.split()]

    async def ask(self, statement: str) -> list[asyncpg.Record]:
        """Asks the database as its owner."""
        connection = await asyncpg.connect(await self._database())
        try:
            return list(await connection.fetch(statement))
        finally:
            await connection.close()

    async def books(self) -> Books:
        """Reads all schemas, and then which recordings are kept: one that was on its way out may go meanwhile."""
        with TemporaryDirectory() as without_media:
            books = await read_books(await self._database(), Path(without_media))
        names = await self.execute("gateway", "sh", "-c", "ls /media/recordings 2>/dev/null || true")
        return replace(books, kept=frozenset(map(UUID, names.split())))

    async def _database(self) -> str:
        """Returns the owner's address. Its port is another one after each start."""
        port = (await self.compose("port", "postgres", "5432")).strip().rpartition(":")[2]
        password = self._environment.get("OWNER_PASSWORD", "example-owner")
        return f"postgresql://voxbus:{password}@127.0.0.1:{port}/voxbus"


@asynccontextmanager
async def running(stack: Stack, *arguments: str) -> AsyncIterator[None]:
    """Builds and starts the containers; deletes them and their volumes in the end."""
    try:
        await stack.compose("build", told=True)
        await stack.compose("up", "--wait", *arguments, told=True)
        yield
    except BaseException:
        print(await stack.compose("ps", "--all"), await stack.compose("logs", "--tail", "30"), file=sys.stderr)
        raise
    finally:
        await stack.compose("--profile", "*", "down", "--volumes", "--timeout", "40")
