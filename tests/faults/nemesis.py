"""Runs a random mix of all faults under steady load: `make nemesis SEED=… MINUTES=…`.

Some things are held while it goes on (nothing twice, no gap), all of them each time it has come to rest. What was
struck, and what each job saw, is written down as JSON lines; from these the same can be struck again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from chassis.observe.logs import configure_logs
from tests.brokers import start_broker
from tests.faults.chaos_env import PER_SECOND, ChaosEnv, Fault, open_chaos_env
from tests.faults.client import Observed
from tests.faults.invariants import Report, so_far, table
from tests.faults.load import Attempt, Load, steady
from tests.faults.nemesis_plan import Strike, plan, rounds, struck
from tests.faults.processes import ROOT
from tests.faults.table import FAULTS

#: seconds between two looks at what can be said while all is on its way, at least
LOOK_EVERY = 5.0
#: reading everything takes longer as the books grow: at most this part of the time goes into it
LOOK_PART = 0.1
#: seconds of load after a round's last strike
AFTER = 3.0
UNREADABLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

Say = Callable[[str], None]


class History:
    """Writes what happened into a file: a JSON object per line, each with its `kind` and its time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, kind: str, **facts: Any) -> None:
        """Writes one line, which is on disk before this returns."""
        line = {"kind": kind, "time": datetime.now(UTC).isoformat(timespec="milliseconds"), **facts}
        with self.path.open("a") as file:
            file.write(json.dumps(line, default=str) + "\n")


@dataclass(slots=True)
class Nemesis:
    """Strikes on one stage at times drawn from a seed."""

    env: ChaosEnv
    faults: Mapping[str, Fault]
    history: History
    say: Say
    #: seconds after which nothing new is struck: on a slow machine most things take longer than planned
    within: float = math.inf
    #: strikes that found nothing to bite: it had just gone for another reason, say
    missed: int = 0
    struck: int = 0
    _begun: float = field(default_factory=time.monotonic)
    _met: set[UUID] = field(default_factory=set)

    async def run(self, strikes: Sequence[Strike]) -> list[tuple[str, Report]]:
        """Runs round after round, up to the first one after which something is wrong; returns their reports."""
        reports: list[tuple[str, Report]] = []
        for moments in rounds(strikes):
            if self._over:
                break
            before = self.struck
            report = await self.round(moments)
            reports.append((f"round {moments[0][0].round}: {self.struck - before} strikes", report))
            self.history.write("check", round=moments[0][0].round, **asdict(report))
            if not report.clean:
                break
        return reports

    @property
    def _over(self) -> bool:
        return time.monotonic() - self._begun > self.within

    async def round(self, moments: Sequence[Sequence[Strike]]) -> Report:
        """Runs a round: load, strikes, rest, and a check of everything that ever happened on this stage."""
        known = len(self.env.observed().jobs)
        self._met = set()
        wrong = Report()
        load: Load | None = None
        begun = time.monotonic()
        try:
            async with steady(self.env.clients[1:], self.env.recording, PER_SECOND) as load:
                watching = asyncio.create_task(self._watch(wrong))
                try:
                    await self._strikes(moments, begun, wrong)
                    await asyncio.sleep(AFTER)
                finally:
                    watching.cancel()
                    await asyncio.gather(watching, return_exceptions=True)
        except (AssertionError, TimeoutError) as error:
            wrong.unexpected.append(f"a client: {error or type(error).__name__}")
        finally:
            if load is not None:
                self._write_jobs(load, begun)
        report = await self.env.check()
        for kind in ("lost", "duplicated", "unexpected"):
            getattr(report, kind).extend(getattr(wrong, kind))
        report.jobs -= known
        harmed = {job for job in self._met for line in report.lost + report.unexpected if str(job) in line}
        report.recovered = len(self._met - harmed)
        return report

    async def _strikes(self, moments: Sequence[Sequence[Strike]], begun: float, wrong: Report) -> None:
        for moment in moments:
            striking = asyncio.gather(*(self._strike(strike, begun) for strike in moment))
            await striking
            for name, process in self.env.processes.items():
                if process.ended:
                    wrong.unexpected.append(f"{name} has ended by itself: {process.log}")
            if not wrong.clean or self._over:
                return

    async def _strike(self, strike: Strike, begun: float) -> None:
        await asyncio.sleep(begun + strike.at - time.monotonic())
        now = round(time.monotonic() - begun, 1)
        self.struck += 1
        self.say(f"  {now:6.1f} s  {strike.fault}, {strike.seconds:g} s")
        self.history.write("strike", **asdict(replace(strike, at=now)))
        striking = asyncio.create_task(self.faults[strike.fault].strike(self.env, strike.seconds))
        await asyncio.wait([striking], timeout=strike.seconds / 2)
        with suppress(*UNREADABLE):
            self._met |= await self.env.met(striking)
        missed = None
        try:
            await striking
        except AssertionError as error:
            self.missed += 1
            missed = str(error) or "it found nothing to bite"
            self.say(f"            no bite: {missed.splitlines()[0][:100]}")
        self.history.write("end", fault=strike.fault, at=round(time.monotonic() - begun, 1), missed=missed)

    async def _watch(self, wrong: Report) -> None:
        """Watches until an invariant is seen to be broken."""
        while True:
            begun = time.monotonic()
            observed = self.env.observed()
            observed = Observed(observed.jobs, {job: list(seen) for job, seen in observed.streams.items()})
            with suppress(*UNREADABLE):
                report = await asyncio.to_thread(so_far, await self.env.system.books(), observed)
                if not report.clean:
                    self.say(f"  wrong while it goes on: {report}")
                    wrong.lost += report.lost
                    wrong.duplicated += report.duplicated
                    wrong.unexpected += report.unexpected
                    return
            await asyncio.sleep(max(LOOK_EVERY, (time.monotonic() - begun) / LOOK_PART))

    def _write_jobs(self, load: Load, begun: float) -> None:
        streams = self.env.observed().streams
        for attempt in load.attempts:
            seen = [(event.seq, event.type) for event in streams.get(attempt.job, ())] if attempt.job else []
            self.history.write("job", job=attempt.job, seen=seen, **_times(attempt, begun))


def _times(attempt: Attempt, begun: float) -> dict[str, float | None]:
    """Returns seconds after the beginning of the round."""
    times = {"begun": attempt.begun, "accepted": attempt.accepted, "ended": attempt.ended}
    return {name: None if at is None else round(at - begun, 2) for name, at in times.items()}


def _say(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    """Returns the exit code: 0 when every invariant held, 1 when one did not, or the run broke off."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.nemesis", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="default: a random one")
    parser.add_argument("--minutes", type=float, default=5.0, help="of rounds; after that the last one comes to rest")
    parser.add_argument("--replay", type=Path, metavar="HISTORY", help="strike what this file says, instead of a seed")
    arguments = parser.parse_args()
    configure_logs("text")
    faults = {fault.name: fault for fault in FAULTS}
    if arguments.replay:
        strikes = struck(arguments.replay.read_text().splitlines())
        _say(f"HISTORY={arguments.replay}: {len(strikes)} strikes once more")
    else:
        _say(f"SEED={arguments.seed} MINUTES={arguments.minutes:g}, {len(faults)} faults")
        strikes = plan(arguments.seed, arguments.minutes * 60, FAULTS)
    if unknown := {strike.fault for strike in strikes} - faults.keys():
        parser.error(f"no such fault any more: {', '.join(sorted(unknown))}")
    folder = ROOT / "reports" / "nemesis" / f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
    folder.mkdir(parents=True)
    history = History(folder / "history.jsonl")
    history.write("run", seed=None if arguments.replay else arguments.seed, minutes=arguments.minutes)
    well = False
    try:
        within = math.inf if arguments.replay else arguments.minutes * 60
        well = asyncio.run(_run(folder, strikes, faults, history, within))
    finally:
        _leave(folder, history, well)
    return 0 if well else 1


async def _run(
    folder: Path, strikes: Sequence[Strike], faults: Mapping[str, Fault], history: History, within: float
) -> bool:
    broker = await start_broker(folder / "broker", _say)
    recording = (ROOT / "samples" / "she-sells.webm").read_bytes()
    try:
        (folder / "stage").mkdir()
        async with open_chaos_env(folder / "stage", broker, recording) as env:
            nemesis = Nemesis(env, faults, history, _say, within)
            reports = await nemesis.run(strikes)
    finally:
        await broker.stop()
    for line in table(reports):
        _say(line)
    for _, report in reports:
        for line in report.lost + report.duplicated + report.unexpected:
            _say(line)
    if nemesis.missed:
        _say(f"{nemesis.missed} of {nemesis.struck} strikes found nothing to bite.")
    return all(report.clean for _, report in reports) and nemesis.missed < nemesis.struck


def _leave(folder: Path, history: History, well: bool) -> None:
    """Keeps the files that explain and replay a failure; after a good run the seed is enough."""
    for link in folder.rglob("postgres"):
        if link.is_symlink():  # as root a database lies elsewhere
            shutil.rmtree(link.resolve(), ignore_errors=True)
    if well:
        shutil.rmtree(folder)
        _say("Nothing lost, nothing done twice.")
    else:
        _say(f"History and logs are in {folder}; again: make nemesis HISTORY={history.path}")


if __name__ == "__main__":
    sys.exit(main())
