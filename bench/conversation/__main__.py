"""Runs `make conversation-bench`: a stand-in of a provider directly, through Voxbus, and through a plain proxy.

The stand-in (`tests/provider.py`) takes 200 ms to its first token. All sides are asked in turn, in one run, with a key
of the caller's; Voxbus runs as `make run` runs it, its limits of requests off, because there is one client address.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.conversation.turns import Answer, Conversation, Side
from bench.report import percentile
from chassis.listener import free_port
from chassis.parent_death import bound

ROOT = Path(__file__).parents[2]
#: seconds to the stand-in's first token, and between two
FIRST_S, GAP_S = 0.2, 0.02
CONVERSATIONS, EVERY_S = 50, 3.0
GOALS = {"added median": 15.0, "added p99 of 50 conversations": 60.0}
_NOWHERE = "http://127.0.0.1:9"
_STARTS_WITHIN = 120.0

Say = Callable[[str], None]


@asynccontextmanager
async def started(*command: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Runs a process that ends with this one."""
    process = await asyncio.create_subprocess_exec(
        *bound(sys.executable, *command),
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def listening(port: int, process: asyncio.subprocess.Process) -> None:
    """Waits until somebody listens. Raises RuntimeError where the process ends before."""
    async with asyncio.timeout(_STARTS_WITHIN):
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"a side has ended with {process.returncode}")
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
                continue
            writer.close()
            return


def cpu_of(pid: int) -> float:
    """Returns the milliseconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def sides() -> AsyncIterator[list[Side]]:
    """Starts the stand-in, Voxbus and the plain proxy."""
    async with AsyncExitStack() as stack:
        provider, proxy, voxbus = free_port(), free_port(), free_port()
        folder = stack.enter_context(TemporaryDirectory())
        url = f"http://127.0.0.1:{provider}/openai/v1"
        options = ("--port", str(provider), "--first", str(FIRST_S), "--gap", str(GAP_S))
        processes = {
            provider: await stack.enter_async_context(started("-m", "tests.provider", *options)),
            proxy: await stack.enter_async_context(started("-m", "bench.conversation.proxy", str(proxy), url)),
            voxbus: await stack.enter_async_context(
                started(
                    *("-m", "voxbus", "run"),
                    VOXBUS_PORT=str(voxbus),
                    VOXBUS_DATA_DIR=folder,
                    VOXBUS_OPENAI_BASE_URL=url,
                    VOXBUS_ANTHROPIC_BASE_URL=_NOWHERE,
                    VOXBUS_GEMINI_BASE_URL=_NOWHERE,
                    VOXBUS_RATE_LIMITS="off",
                    VOXBUS_CONVERSATION_STREAMS="100,100",
                )
            ),
        }
        for port, process in processes.items():
            await listening(port, process)
        pids = {port: process.pid for port, process in processes.items()}
        yield [
            Side("direct", provider, pids[provider], "/openai/v1/chat/completions", b'"content"', b"[DONE]"),
            Side("voxbus", voxbus, pids[voxbus], "/api/conversation", b"event: delta", b"event: done"),
            Side("proxy", proxy, pids[proxy], "/api/conversation", b"event: delta", b"event: done"),
        ]


async def single(side: Side, turns: int, key: str | None) -> list[Answer]:
    """Takes turns one after the other, in one conversation."""
    conversation = Conversation(side, key)
    found = [await conversation.turn() for _ in range(turns)]
    await conversation.aclose()
    return found


async def many(side: Side, turns: int) -> list[Answer]:
    """Holds 50 conversations with a turn every 3 s each, evenly spread; the first turns open connections."""

    async def hold(number: int) -> list[Answer]:
        conversation, found = Conversation(side, f"sk-bench-person-{number:04d}"), []
        clock = asyncio.get_running_loop().time
        at = begin + number * EVERY_S / CONVERSATIONS
        for turn in range(turns + 1):
            await asyncio.sleep(max(0.0, at + turn * EVERY_S - clock()))
            found.append(await conversation.turn())
        await conversation.aclose()
        return found[1:]

    begin = asyncio.get_running_loop().time()
    return [each for found in await asyncio.gather(*map(hold, range(CONVERSATIONS))) for each in found]


async def burst(side: Side) -> list[Answer]:
    """Lets 50 clients ask at once, each over a connection of its own that is opened then."""
    conversations = [Conversation(side, f"sk-bench-burst-{number:04d}") for number in range(CONVERSATIONS)]
    found = await asyncio.gather(*(each.turn() for each in conversations))
    for each in conversations:
        await each.aclose()
    return found


class Figures:
    """Gathers what was measured, by part and side, and shows it."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, list[Answer]]] = {}
        self._rounds: dict[str, dict[str, list[list[Answer]]]] = {}
        #: by side and round, milliseconds of processor time that its process takes for a turn
        self.cpu: dict[str, list[float]] = {}

    def add(self, part: str, side: str, answers: list[Answer]) -> None:
        """Takes the answers of one round."""
        self._found.setdefault(part, {}).setdefault(side, []).extend(answers)
        self._rounds.setdefault(part, {}).setdefault(side, []).append(answers)

    def first(self, part: str, side: str, at: int) -> float:
        """Returns a percentile of the milliseconds to the first token."""
        return percentile([each.first for each in self._found[part][side]], at)

    def added(self, part: str, side: str, at: int) -> list[float]:
        """Returns by round what a side adds to the direct way, at a percentile."""
        rounds = self._rounds[part]
        return [
            percentile([each.first for each in ours], at) - percentile([each.first for each in direct], at)
            for ours, direct in zip(rounds[side], rounds["direct"], strict=True)
        ]

    def lines(self) -> list[str]:
        """Returns the tables."""
        shown = ["", "milliseconds to the first token            p50      p99      max   added p50 (by round)"]
        for part, by_side in self._found.items():
            for side in by_side:
                values = [self.first(part, side, at) for at in (50, 99, 100)]
                line = f"{part:<26}{side:<14}" + "".join(f"{value:9.1f}" for value in values)
                if side != "direct" and "direct" in by_side:
                    added = self.added(part, side, 50)
                    line += f"{median(added):9.1f} ({min(added):.1f} to {max(added):.1f})"
                shown.append(line)
        shown += ["", "tokens that came by themselves, and milliseconds between two that were made 20 ms apart"]
        for side, answers in self._found["one by one"].items():
            gaps = [gap for each in answers for gap in each.gaps]
            alone, tokens = sum(each.alone for each in answers), sum(each.tokens for each in answers)
            between = f"p50 {percentile(gaps, 50):.1f}   p99 {percentile(gaps, 99):.1f}"
            shown.append(f"{side:<14}{alone} of {tokens}   {between}")
        shown += ["", "milliseconds of its process's time for a turn (direct: the stand-in's)"]
        shown += [
            f"{side:<14}{median(found):.1f} ({min(found):.1f} to {max(found):.1f})" for side, found in self.cpu.items()
        ]
        return [*shown, "", *self._goals()]

    def _goals(self) -> list[str]:
        medians, tails = self.added("one by one", "voxbus", 50), self.added("50 conversations", "voxbus", 99)
        values = dict(zip(GOALS, (median(medians), median(tails)), strict=True))
        return [
            f"{name}: {values[name]:.1f} ms, goal {goal:.0f}: {'reached' if values[name] <= goal else 'MISSED'}"
            for name, goal in GOALS.items()
        ]


async def measure(rounds: int, say: Say) -> Figures:
    """Measures all sides in each round; the order changes, so that no side always comes first."""
    figures = Figures()
    async with sides() as found:
        for side in found:
            await single(side, 5, "sk-bench-warm-up")
        for number in range(rounds):
            turned = [*found[number % 3 :], *found[: number % 3]]
            alone: dict[str, list[Answer]] = {side.name: [] for side in turned}
            for _ in range(5):
                for side in turned:
                    alone[side.name] += await single(side, 4, "sk-bench-the-same")
            for name, answers in alone.items():
                figures.add("one by one", name, answers)
            for side in turned:
                before = cpu_of(side.pid)
                figures.add("50 conversations", side.name, await many(side, 3))
                figures.cpu.setdefault(side.name, []).append((cpu_of(side.pid) - before) / (4 * CONVERSATIONS))
            for side in turned:
                figures.add("50 at once", side.name, await burst(side))
            voxbus = next(side for side in found if side.name == "voxbus")
            for key, name in ((None, "a new key each"), ("sk-bench-the-same", "the same key")):
                figures.add("voxbus again", name, await single(voxbus, 15, key))
            say(f"round {number + 1} of {rounds}, load {os.getloadavg()[0]:.1f}")
    return figures


def conditions() -> str:
    """Says where and when it is measured."""
    at = datetime.now(UTC).isoformat(timespec="minutes")
    load = f"load {os.getloadavg()[0]:.1f} at the start"
    return f"{at}, {os.cpu_count()} cores, {load}, Python {platform.python_version()}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args(arguments)
    print(conditions(), flush=True)
    figures = asyncio.run(measure(given.rounds, lambda line: print(line, flush=True)))
    print("\n".join(figures.lines()))


if __name__ == "__main__":
    main()
