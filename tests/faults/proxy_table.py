"""Sends ten thousand requests through nginx, which keeps its connections to the product: `make nginx`.

A proxy that reuses a connection at the moment at which the server closes it answers 502 to what it may not repeat, such
as a POST. So the pauses between bursts are those at which one of the two closes: nginx after 60 s, the product after
`VOXBUS_HTTP_TIMEOUTS` (idle). `--idle 5` lets the product close before its proxy does.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import httpx2

from bench.http_clients import request_of
from chassis.listener import free_port
from tests.e2e.conftest import PASSWORD, sign_up
from tests.faults.processes import environment, start_anew

#: connections to the proxy, and the most that it keeps to the product
CLIENTS, KEPT = 32, 32
BURSTS = 20
#: seconds, at most, by which the clients of a burst begin one after the other: some meet the moment of closing
SPREAD_S = 0.2
NO_ANSWER = "no answer"
#: what the product answers when its machine is too busy, and the most of all requests of which a run may have it
COME_AGAIN, MOST_COME_AGAIN = "503, come again", 0.05

_CONFIG = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  keepalive_requests 100000; keepalive_timeout 600s;
  upstream voxbus {{ server {server}; keepalive {kept}; }}
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 11m; client_body_buffer_size 64k;
    location / {{ proxy_pass http://voxbus; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


def requests(token: str) -> dict[str, bytes]:
    """Returns a read, a write, and an upload that is refused for its content once it was read, by name."""
    signed_in = {"Authorization": f"Bearer {token}"}
    form = (
        b'--b\r\nContent-Disposition: form-data; name="recording"; filename="a"\r\n\r\n'
        + b"no sound" * 2000
        + b"\r\n--b--\r\n"
    )
    upload = request_of("POST", "/attempts", signed_in | {"Content-Type": "multipart/form-data; boundary=b"}, form)
    return {
        "GET /twisters": request_of("GET", "/twisters?limit=5", {}),
        "POST /auth/tickets": request_of("POST", "/auth/tickets", signed_in),
        "POST /attempts": upload.replace(b"Content-Type: application/json\r\n", b"", 1),
    }


def pauses(idle: float) -> Sequence[float]:
    """Returns the seconds before each burst: short ones, and those at which one side closes what lay idle."""
    closing = [idle - SPREAD_S / 2] * (BURSTS // 2) if idle < 60 else [60 - SPREAD_S / 2, idle - SPREAD_S / 2]
    return [0.0, *closing, *([1.0] * BURSTS)][:BURSTS]


@asynccontextmanager
async def nginx(folder: Path, server: str) -> AsyncIterator[int]:
    """Runs an nginx of its own before the server; provides its port."""
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(_CONFIG.format(folder=folder, server=server, kept=KEPT, port=port), encoding="utf-8")
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    process = await asyncio.create_subprocess_exec(program, "-p", str(folder), "-c", str(config))
    try:
        for _ in range(100):
            with suppress(OSError):
                (await asyncio.open_connection("127.0.0.1", port))[1].close()
                break
            await asyncio.sleep(0.1)
        yield port
    finally:
        process.send_signal(signal.SIGQUIT)
        await process.wait()


async def send(port: int, names: Sequence[str], kinds: dict[str, bytes], found: Counter[tuple[str, str]]) -> None:
    """Sends requests one after the other over one connection, and counts their statuses."""
    await asyncio.sleep(random.random() * SPREAD_S)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for name in names:
        writer.write(kinds[name])
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        except (asyncio.IncompleteReadError, OSError):
            head = b"connection: close"
            found[name, NO_ANSWER] += 1
        else:
            found[name, outcome(head)] += 1
        if b"connection: close" in head:
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


def outcome(head: bytes) -> str:
    """Names the answer with this head, in lower case: its status, and apart what the product asks to send again later.

    nginx's own answers name no time.
    """
    status = head.split()[1].decode()
    return COME_AGAIN if status == "503" and b"\r\nretry-after:" in head else status


def lost(found: Mapping[tuple[str, str], int]) -> int:
    """Returns how many requests got no answer, or that of a proxy or product that broke."""
    wrong = {answer for _, answer in found if answer == NO_ANSWER or (answer[0] == "5" and answer != COME_AGAIN)}
    return sum(times for (_, answer), times in found.items() if answer in wrong)


def is_overrun(found: Mapping[tuple[str, str], int]) -> bool:
    """Tells whether too many were to come again for the run to say anything."""
    again = sum(times for (_, answer), times in found.items() if answer == COME_AGAIN)
    return again > MOST_COME_AGAIN * sum(found.values())


async def measure(total: int, idle: float) -> Counter[tuple[str, str]]:
    """Returns how often each kind of request got each status."""
    found: Counter[tuple[str, str]] = Counter()
    with TemporaryDirectory() as name:
        folder = Path(name)
        timeouts = f"head=10,body=15,upload=120,idle={idle:g}"
        settings = environment(folder, data_dir=str(folder / "data"), port="0", http_timeouts=timeouts)
        product = await start_anew(folder / "log.txt", settings, "voxbus", "run")
        try:
            address = await product.ready()
            body = {"email": sign_up(address), "password": PASSWORD}
            session = httpx2.post(f"{address}/auth/login", json=body, timeout=60).json()
            kinds = requests(session["access_token"])
            async with nginx(folder, urlsplit(address).netloc) as port:
                for pause in pauses(idle):
                    await asyncio.sleep(pause)
                    each = [*kinds] * (total // BURSTS // CLIENTS // len(kinds) + 1)
                    async with asyncio.TaskGroup() as group:
                        for _ in range(CLIENTS):
                            group.create_task(send(port, each, kinds, found))
        finally:
            await product.stop(signal.SIGINT)
    return found


def main() -> int:
    """Prints the table; returns 1 when the proxy once had no answer to give, or the machine was too busy to tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--idle", type=float, default=75.0, help="seconds after which the product closes")
    asked = parser.parse_args()
    began = time.monotonic()
    found = asyncio.run(measure(asked.requests, asked.idle))
    for (kind, status), times in sorted(found.items()):
        print(f"{kind:20} {status} {times:7,}")
    print(f"{found.total():,} requests, idle {asked.idle:g} s, {lost(found)} lost, {time.monotonic() - began:.0f} s")
    if is_overrun(found):
        print("This machine was too busy for the run to say anything.", file=sys.stderr)
    return 1 if lost(found) or is_overrun(found) else 0


if __name__ == "__main__":
    sys.exit(main())
