"""Kills one process of the product at a time with signal 9, under load."""

from __future__ import annotations

import asyncio
from functools import partial

from tests.faults.chaos_env import PROCESSES, ChaosEnv, Fault

#: a process that finds no broker or no database ends after a while, and its supervisor starts it again
STARTS = 3


async def kill_process(name: str, env: ChaosEnv, seconds: float) -> None:
    """Kills a process and starts it again; messages it held come back when its leases have run out."""
    assert not env.processes[name].ended, f"{name} had ended by itself"
    await env.kill(name)
    try:
        await asyncio.sleep(seconds)
    finally:
        await revive(name, env)


async def revive(name: str, env: ChaosEnv) -> None:
    """Starts a process again and again until it serves, as a supervisor does."""
    for start in range(1, STARTS + 1):
        try:
            await env.serve(name)
            return
        except AssertionError:
            if start == STARTS:
                raise


KILL_FAULTS = tuple(
    Fault(f"kill -9 of {name} under load", partial(kill_process, name), 8, upon="processes") for name in PROCESSES
)
