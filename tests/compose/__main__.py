"""Runs the containers of docker-compose.yml for real, and asks of them what the documents promise: `make compose-test`.

Each step prints a line; the first that does not hold ends the run. The containers have a project, ports and volumes of
their own, and are deleted in the end.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

from tests.compose import faults, requests, tape
from tests.compose.stack import Stack, running

STEPS: tuple[Callable[[Stack], Awaitable[str]], ...] = (
    requests.confinement,
    requests.attempt,
    requests.uploads,
    requests.addresses,
    requests.tls,
    requests.metrics,
    tape.tape,
    faults.gateway_under_open_streams,
    faults.one_of_each_kind,
    faults.drain,
)


async def main() -> int:
    """Runs all steps, or those whose names are given as arguments."""
    steps = [step for step in STEPS if step.__name__ in sys.argv[1:] or not sys.argv[1:]]
    began = time.monotonic()
    async with running("--scale", "speech=3") as stack:
        print(
            f"up and healthy, with three of speech, at {stack.address} ({time.monotonic() - began:.0f} s)", flush=True
        )
        for step in steps:
            at = time.monotonic()
            found = await step(stack)
            print(f"{step.__name__:28} {found} ({time.monotonic() - at:.0f} s)", flush=True)
    print("compose-test holds")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
