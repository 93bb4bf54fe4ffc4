"""Each client gets the answer to an upload that is refused while it sends, and a server that waits holds no bytes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.browser import find_browser, open_browser
from tests.faults.processes import Running
from tests.faults.upload_clients import clients, in_page
from tests.faults.upload_server import REFUSALS
from tests.faults.upload_table import MEGABYTE, ROUNDS, SIZES, lines, measure, missed, upload_server

#: programs that read the answer only when all is sent, and one that reads meanwhile
BRIEF = ("urllib, Content-Length", "http.client, chunked", "requests, Content-Length", "curl, Expect")
_SENDERS = 60


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[str, Running]]:
    async with upload_server(tmp_path_factory.mktemp("uploads")) as running:
        yield running


async def test_answers_arrive_at_clients_that_are_still_sending(server: tuple[str, Running]) -> None:
    programs = {name: client for name, client in clients().items() if name in BRIEF}
    large = await measure(server[0], programs, (413,), (30,), 1)
    others = await measure(server[0], {BRIEF[0]: programs[BRIEF[0]]}, sorted(REFUSALS.keys() - {413}), (11,), 1)
    assert missed({**large, **others}) == []


@pytest.mark.in_full
@pytest.mark.timeout(900)
async def test_all_answers_arrive_at_all_clients(server: tuple[str, Running], tmp_path: Path) -> None:
    with open_browser(find_browser(print), None, tmp_path / "profile") as browser:
        browser.set_script_timeout(60)
        browser.get(server[0])
        programs = clients() | {"Chromium fetch, Content-Length": in_page(browser)}
        large = await measure(server[0], programs, (413,), SIZES, ROUNDS)
        others = await measure(server[0], programs, sorted(REFUSALS.keys() - {413}), (30,), 1)
    assert missed({**large, **others}) == [], "\n".join(lines(large))


@pytest.mark.in_full
@pytest.mark.timeout(300)
async def test_memory_is_flat_while_connections_linger(server: tuple[str, Running]) -> None:
    address, process = server
    host, port = address.removeprefix("http://").split(":")

    async def send() -> None:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"POST /413 HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (SIZES[-1] * MEGABYTE))
        for _ in range(SIZES[-1]):
            writer.write(bytes(MEGABYTE))
            await writer.drain()
        assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
        writer.close()

    await send()
    before = _most_memory(process)
    await asyncio.gather(*(send() for _ in range(_SENDERS)))
    assert _most_memory(process) - before < _SENDERS * MEGABYTE / 2


def _most_memory(process: Running) -> int:
    """Returns the most bytes that the process has held so far (proc(5): VmHWM)."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024
