"""Prints which clients got the answer to an upload that was refused while they were sending: `make uploads`."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.e2e.browser import find_browser, open_browser
from tests.faults.processes import Running, environment, start_anew
from tests.faults.upload_clients import Client, Got, clients, in_page
from tests.faults.upload_server import REFUSALS

MEGABYTE = 1_000_000
#: a little more than is permitted, more than the buffers of sockets hold, and nearly all that is read of a refused body
SIZES = (11, 30, 60)
ROUNDS = 5

#: what each client got, in the order of its uploads: by client, status and size in megabytes
Table = Mapping[tuple[str, int, int], Sequence[Got]]


@asynccontextmanager
async def upload_server(folder: Path) -> AsyncIterator[tuple[str, Running]]:
    """Runs the server that refuses; provides its address and process."""
    process = await start_anew(folder / "uploads.log", environment(folder), "tests.faults.upload_server")
    try:
        yield await process.ready(), process
    finally:
        await process.kill()


async def measure(
    address: str, programs: Mapping[str, Client], statuses: Iterable[int], sizes: Iterable[int], rounds: int
) -> Table:
    """Uploads with each client, one after the other."""
    found: dict[tuple[str, int, int], list[Got]] = {}
    for name, upload in programs.items():
        for status in statuses:
            for size in sizes:
                uploads = [await upload(f"{address}/{status}", size * MEGABYTE) for _ in range(rounds)]
                found[name, status, size] = uploads
    return found


def missed(table: Table) -> list[str]:
    """Returns a line for each answer that did not arrive."""
    return [
        f"{name}, {status}, {size} MB: {times} × {said or 'nothing'}"
        for (name, status, size), answers in table.items()
        for (code, said), times in Counter(answers).items()
        if (code, said) != (status, REFUSALS[status].type)
    ]


def lines(table: Table) -> list[str]:
    """Returns the table: a row for each client, with the answers that arrived of all uploads of a size and status."""
    names = list(dict.fromkeys(name for name, _, _ in table))
    columns = list(dict.fromkeys((status, size) for _, status, size in table))
    shown = [["client", *(f"{status} {size} MB" for status, size in columns)]]
    for name in names:
        cells = []
        for status, size in columns:
            answers = table.get((name, status, size), ())
            arrived = sum(answer == (status, REFUSALS[status].type) for answer in answers)
            cells.append(f"{arrived}/{len(answers)}")
        shown.append([name, *cells])
    widths = [max(len(row[column]) for row in shown) for column in range(len(shown[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown]


async def main(notify_operator: Callable[[str], None]) -> bool:
    """Measures all clients in full, and prints what they got; False if an answer did not arrive."""
    with TemporaryDirectory(prefix="voxbus-uploads-") as given, ExitStack() as stack:
        folder = Path(given)
        async with upload_server(folder) as (address, _):
            browser = stack.enter_context(open_browser(find_browser(notify_operator), None, folder / "profile"))
            browser.set_script_timeout(60)
            browser.get(address)
            programs = clients() | {"Chromium fetch, Content-Length": in_page(browser)}
            large = await measure(address, programs, (413,), SIZES, ROUNDS)
            others = await measure(address, programs, sorted(REFUSALS.keys() - {413}), (30,), 1)
    for line in (*lines(large), "", *lines(others), "", *missed({**large, **others})):
        notify_operator(line)
    return not missed({**large, **others})


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(main(print)) else 1)
