"""A process that the fork server starts is what an interpreter of its own would be."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

from chassis.testing import until
from tests.faults.processes import Running, environment, start, start_anew

PROGRAM = "tests.faults.facts"


async def said(process: Running) -> list[Any] | None:
    """Returns what the program has printed about itself: facts, and random values."""
    written = process.log.read_text()
    return list(json.loads(written.splitlines()[0])) if "\n" in written else None


async def test_a_fork_is_to_itself_what_a_fresh_interpreter_is(tmp_path: Path) -> None:
    settings = environment(tmp_path, port="7")
    log = tmp_path / "log"
    found = []
    for begin in (start, start, start_anew):
        process = await begin(log, settings, PROGRAM, "a", "b c")
        assert await asyncio.wait_for(process.wait(), 60) == 3
        found.append(await said(process))
        assert log.read_text().endswith("to stderr\n")
    (first, chance), (second, other_chance), (fresh, _) = (each for each in found if each is not None)
    assert first == second == fresh
    assert not {*chance} & {*other_chance}, "what is drawn in one fork is drawn in the next"


async def test_a_killed_fork_is_gone_and_its_neighbours_are_not(tmp_path: Path) -> None:
    settings = environment(tmp_path)
    one, other = [await start(tmp_path / name, settings, PROGRAM, "waits") for name in ("one", "other")]
    await until(lambda: said(one), what="its first line")
    await one.kill()
    assert await one.wait() == -signal.SIGKILL
    await until(lambda: said(other), what="its first line")
    assert not other.ended
    os.kill(other.pid, signal.SIGTERM)
    assert await other.wait() == -signal.SIGTERM
