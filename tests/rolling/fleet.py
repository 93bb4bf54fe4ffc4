"""Runs two gateways behind nginx and the services beside them, and replaces one process after the other."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from chassis.listener import free_port
from tests.faults.processes import ROOT, Running, environment
from tests.rolling.releases import Release
from voxbus.services import SERVICES

#: how many seconds an orchestrator would give a process to drain
DRAINS_WITHIN_S = 83.0
GATEWAYS = ("gateway-1", "gateway-2")
#: what a new release replaces first: a gateway of before knows no route that it may not forward
ORDER = ("content", "notify", "feedback", "speech", *GATEWAYS)

_CONFIG = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
  map "$request_method $upstream_connect_time" $may_be_done {{ default 1; "~^(GET|HEAD) " ''; "~( |-)$" ''; }}
  upstream gateways {{ {servers} }}
  server {{ listen 127.0.0.1:{port}; {locations} }}
}}
"""
#: of the configuration that containers run with, what finds gateways by Docker's names
_BY_NAME = ("set $gateways gateway;", "proxy_pass http://$gateways:8000;")


class Fleet:
    """Holds the processes by name. `folder` has their logs."""

    def __init__(self, folder: Path, database_url: str, bus_url: str, tell: Callable[[str], None]) -> None:
        self.folder = folder
        self._tell = tell
        self._ports = {name: free_port() for name in ORDER}
        self.port = free_port()
        self._running: dict[str, Running] = {}
        self._started = 0
        owners = {
            f"{service.name}_url": f"http://127.0.0.1:{self._ports[service.name]}"
            for service in SERVICES
            if service.routes
        }
        self.settings = environment(
            folder,
            database_url=database_url,
            bus_url=bus_url,
            data_dir=str(folder),
            keys_url=f"file://{folder / 'keys.sqlite'}",
            secret_key=secrets.token_hex(32),
            trusted_proxies="127.0.0.1",
            public_url=f"http://127.0.0.1:{self.port}",
            **owners,
        )

    async def command(self, release: Release, *arguments: str) -> None:
        """Runs an operator's command of a release."""
        self._tell(f"{release.name}: voxbus {' '.join(arguments)}")
        await release.command(self._log(f"{arguments[0]}-{release.name}"), self.settings, *arguments)

    async def start(self, name: str, release: Release) -> None:
        """Starts a process of a release, and waits until it serves. Speech is the stand-in without models."""
        settings = self.settings | {"VOXBUS_PORT": str(self._ports[name])}
        module = "tests.faults.fake_speech" if name == "speech" else name.partition("-")[0]
        settings.pop(f"VOXBUS_{name.upper()}_URL", None)  # nobody has an address of itself
        process = await release.start(self._log(f"{name}-{release.name}"), settings, module)
        self._running[name] = process
        await process.ready()

    async def replace(self, name: str, release: Release) -> None:
        """Drains a process as an orchestrator does, and starts one of a release in its place."""
        began = time.monotonic()
        old = self._running[name]
        old.drain()
        code = await asyncio.wait_for(old.wait(), DRAINS_WITHIN_S)
        drained = time.monotonic()
        if code != 0:
            raise AssertionError(f"{old.log.stem} ended with {code} instead of draining")
        await self.start(name, release)
        again = time.monotonic() - drained
        self._tell(f"{name} is {release.name}: drained in {drained - began:.1f} s, there again {again:.1f} s later")

    async def kill_all(self) -> None:
        """Kills what still runs."""
        await asyncio.gather(*(process.kill() for process in self._running.values()))

    def _log(self, name: str) -> Path:
        self._started += 1
        return self.folder / f"{self._started:02d}-{name}.log"

    @asynccontextmanager
    async def nginx(self) -> AsyncIterator[None]:
        """Runs nginx before the gateways, with what containers have it do with a request."""
        locations = (ROOT / "deploy" / "docker" / "nginx-gateway.conf").read_text(encoding="utf-8")
        for each, by in zip(_BY_NAME, ("", "proxy_pass http://gateways;"), strict=True):
            if each not in locations:
                raise RuntimeError(f"nginx-gateway.conf has no line {each}")
            locations = locations.replace(each, by)
        folder = self.folder / "nginx"
        folder.mkdir(mode=0o777)
        servers = " ".join(f"server 127.0.0.1:{self._ports[name]} max_fails=0;" for name in GATEWAYS)
        config = folder / "nginx.conf"
        config.write_text(
            _CONFIG.format(folder=folder, servers=servers, port=self.port, locations=locations), encoding="utf-8"
        )
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        process = await asyncio.create_subprocess_exec(program, "-p", str(folder), "-c", str(config))
        try:
            for _ in range(100):
                with suppress(OSError):
                    (await asyncio.open_connection("127.0.0.1", self.port))[1].close()
                    break
                await asyncio.sleep(0.1)
            yield
        finally:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGQUIT)
            await process.wait()
