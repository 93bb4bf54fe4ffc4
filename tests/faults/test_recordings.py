"""Recordings that lie, and recordings with damage at random, are decoded or refused: no crash, no hang, no excess."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from chassis.worker_process import WorkerCrashed, WorkerProcess
from services.speech.tests.unit.hostile import FORMATS, claiming, encoded, lying, mutated
from services.speech.tests.unit.sounds import FOLDER
from speech.audio import RecordingTooLong, RecordingUndecodable
from speech.decoder import MEMORY, PROCESSOR_S, Decoded, setup

MUTATED = 10_000
#: kilobytes of the decoder's libraries
LIBRARIES_KB = 120 * 1024
#: seconds of processor time; what is beyond them the kernel would have ended
PATIENCE = 60.0


class Cost:
    """Measures one decoder: its greatest memory in kilobytes, and its processor time for one recording."""

    def __init__(self) -> None:
        self.child = WorkerProcess[bytes, Decoded](setup, "decoder")
        self.outcomes: Counter[str] = Counter()
        self.peak, self.longest = 0, 0.0
        self.largest_is = self.longest_is = ""
        self.crashes: list[str] = []

    async def decode(self, name: str, data: bytes) -> None:
        """Decodes a recording and notes what it cost."""
        await self.child.start()
        pid, before = self.child.pid, _processor(self.child.pid)
        try:
            await self.child.call(data, PATIENCE)
            self.outcomes["decoded"] += 1
        except (RecordingTooLong, RecordingUndecodable) as refused:
            self.outcomes[type(refused).__name__] += 1
        except (WorkerCrashed, TimeoutError) as crash:
            self.crashes.append(f"{name}: {crash}")
            return
        if (spent := _processor(pid) - before) > self.longest:
            self.longest, self.longest_is = spent, name
        if (peak := _peak(pid)) > self.peak:
            self.peak, self.largest_is = peak, name

    def report(self, what: str) -> str:
        """Tells outcomes and costs in one line."""
        return (
            f"{what}: {sum(self.outcomes.values())} recordings, {dict(self.outcomes)}, crashes {len(self.crashes)}; "
            f"peak {self.peak // 1024} MB ({self.largest_is}), processor {self.longest:.2f} s ({self.longest_is})"
        )


@pytest.fixture
async def cost() -> AsyncIterator[Cost]:
    """Provides a decoder whose costs are measured."""
    measured = Cost()
    yield measured
    await measured.child.close()


@pytest.mark.in_full
@pytest.mark.timeout(1800)
async def test_recordings_that_lie_cost_what_is_permitted(cost: Cost, capsys: pytest.CaptureFixture[str]) -> None:
    for name, data in lying():
        await cost.decode(name, data)
    for form, codec in FORMATS:
        for number, data in enumerate(claiming(encoded(form, codec, seconds=0.5), step=8)):
            await cost.decode(f"{form} of {codec} with claim {number}", data)
    _hold(cost, "recordings that lie", capsys)


@pytest.mark.in_full
@pytest.mark.timeout(1800)
async def test_recordings_with_damage_cost_what_is_permitted(cost: Cost, capsys: pytest.CaptureFixture[str]) -> None:
    wholes = list(_wholes())
    for seed in range(MUTATED):
        name, whole = wholes[seed % len(wholes)]
        await cost.decode(f"{name}, mutated with seed {seed}", mutated(whole, seed))
    _hold(cost, "recordings with damage", capsys)


def _hold(cost: Cost, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{cost.report(what)}")
    assert cost.crashes == []
    assert cost.peak < MEMORY // 1024 + LIBRARIES_KB
    assert cost.longest < PROCESSOR_S


def _wholes() -> Iterator[tuple[str, bytes]]:
    for path in sorted(FOLDER.glob("peter-piper.*")):
        yield path.name, path.read_bytes()
    for form, codec in FORMATS:
        yield f"{form} of {codec}", encoded(form, codec)


def _processor(pid: int | None) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _peak(pid: int | None) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
