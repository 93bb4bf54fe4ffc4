"""Runs the containers of docker-compose.yml for real, and asks of them what the documents promise: `make compose-test`.

Each step prints a line; the first that does not hold ends the run. A step for which an image cannot be had is not run,
and its line says so. The containers have a project, ports and volumes of their own, and are deleted in the end.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

from tests.compose import debugger, faults, profiles, requests, tape
from tests.compose.images import NotRun, require_all
from tests.compose.stack import Stack, running

STEPS: tuple[Callable[[Stack], Awaitable[str]], ...] = (
    requests.confinement,
    requests.attempt,
    requests.uploads,
    requests.addresses,
    requests.tls,
    requests.metrics,
    profiles.dashboards,
    tape.tape,
    faults.gateway_under_open_streams,
    faults.one_of_each_kind,
    faults.drain,
    profiles.s3_and_mail,
    debugger.breakpoint_in_a_handler,
    requests.new_secrets,
)
NAMES = tuple(step.__name__ for step in STEPS)


async def main(wanted: Sequence[str]) -> int:
    """Runs these steps."""
    stack, began, not_run = Stack(), time.monotonic(), 0
    try:
        await require_all(stack)
    except NotRun as why:
        print(f"NOT RUN: make compose-test: {why}.")
        return 0
    async with running(stack, "--scale", "speech=3"):
        print(
            f"up and healthy, with three of speech, at {stack.address} ({time.monotonic() - began:.0f} s)", flush=True
        )
        for step in STEPS:
            if step.__name__ not in wanted:
                continue
            at = time.monotonic()
            try:
                found = await step(stack)
            except NotRun as why:
                not_run += 1
                print(f"{step.__name__:28} NOT RUN: {why}.", flush=True)
            else:
                print(f"{step.__name__:28} {found} ({time.monotonic() - at:.0f} s)", flush=True)
    ran = len(wanted) - not_run
    print(f"compose-test holds: {ran} of {len(NAMES)} steps ran ({time.monotonic() - began:.0f} s)")
    return 0


def _named() -> list[str]:
    parser = argparse.ArgumentParser(prog="make compose-test", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], metavar="STEP", help=", ".join(NAMES))
    parser.add_argument("--only", nargs="+", choices=NAMES, default=[], metavar="STEP", help="the same")
    given = parser.parse_args()
    return [*given.names, *given.only] or [*NAMES]


if __name__ == "__main__":
    sys.exit(asyncio.run(main(_named())))
