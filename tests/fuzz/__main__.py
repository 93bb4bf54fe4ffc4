"""Starts the product and asks for every operation of its document as everyone, for as long as it may (`make fuzz`).

The same seed and the same number of rounds ask for the same again, on a fast machine and on a slow one; only the ids of
what the product has made, and the chains that follow from its answers, may differ.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import signal
import sys
import time
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import httpx2

from chassis.settings import Settings
from tests.faults.processes import ROOT, environment, start_anew
from tests.fuzz.callers import callers
from tests.fuzz.fuzzer import Fuzzer
from tests.provider import providing
from voxbus import accounts

#: requests for each operation and mode in one round, for one with an id, and chains of each caller
ROUND = 6, 18, 20
#: providers outside, for which a caller may have a key
PROVIDERS = ("openai", "anthropic", "gemini")
#: makes what the installation pays possible at the stand-in
OUR_KEY = "sk-a-key-of-our-own"
#: nobody listens there
HOOK = "http://127.0.0.1:9/hook"


def _say(line: str) -> None:
    print(line, flush=True)


async def _run(folder: Path, seed: int, rounds: int | None, minutes: float | None) -> bool:
    async with providing() as models:  # stands in for the providers of models, of which keys are made up here
        return await _asked(folder, {f"{name}_base_url": models.url(name) for name in PROVIDERS}, seed, rounds, minutes)


async def _asked(folder: Path, models: dict[str, str], seed: int, rounds: int | None, minutes: float | None) -> bool:
    data = folder / "data"
    # an application at X, which is nowhere
    x = {"x_client_id": "id", "x_api_url": "http://127.0.0.1:9", "x_authorize_url": "http://127.0.0.1:9/authorize"}
    given = {"data_dir": str(data), "port": "0", "webhook_allow_nets": "127.0.0.0/8", "openai_api_key": OUR_KEY}
    settings = environment(folder, **given, **x, **models)
    process = await start_anew(folder / "log.txt", settings, "voxbus", "run")
    try:
        address = await process.ready()

        async def grant(email: str, role: str) -> None:
            await accounts.grant(Settings(data_dir=data), email, role)

        document = httpx2.get(f"{address}/openapi.json", timeout=60).raise_for_status().json()
        asked = await callers(address, grant)
        failed: dict[str, str] = {}
        until = None if minutes is None else time.monotonic() + minutes * 60
        for current in count(seed) if rounds is None else range(seed, seed + rounds):
            fuzzer = Fuzzer(document, asked, current, HOOK)
            each, of_id, chains = ROUND
            await asyncio.to_thread(fuzzer.each, each, of_id)
            await asyncio.to_thread(fuzzer.chains, chains)
            statuses = ", ".join(f"{status}: {times}" for status, times in sorted(fuzzer.statuses.items()))
            _say(f"SEED={current}: {fuzzer.statuses.total()} answers ({statuses})")
            for name, text in fuzzer.failures.items():
                if name not in failed:
                    _say(f"\n{name}\n{text}\n")
            failed = {**fuzzer.failures, **failed}
            if process.ended or (until is not None and time.monotonic() > until):
                break
    finally:
        await process.stop(signal.SIGINT)
    _say(f"{len(failed)} failures" if failed else "Every answer was as declared.")
    return not failed


def main() -> int:
    """Returns the exit code: 0 when every answer was as declared."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="default: a random one")
    parser.add_argument("--rounds", type=int, default=None, help="each with a seed of its own; default: no limit")
    parser.add_argument("--minutes", type=float, default=None, help="after them the round ends; default: no limit")
    arguments = parser.parse_args()
    folder = ROOT / "reports" / "fuzz" / f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
    folder.mkdir(parents=True)
    well = False
    try:
        well = asyncio.run(_run(folder, arguments.seed, arguments.rounds, arguments.minutes))
    except KeyboardInterrupt:
        well = True
    finally:
        for link in folder.rglob("postgres"):
            if link.is_symlink():  # as root a database lies elsewhere
                shutil.rmtree(link.resolve(), ignore_errors=True)
        if well:
            shutil.rmtree(folder)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
