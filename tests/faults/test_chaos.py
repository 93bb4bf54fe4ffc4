"""Every fault of the table under steady load: those of `make test` briefly, with `--faults=all` every one in full."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.brokers import Broker
from tests.faults.broker_faults import cut_every_two_seconds
from tests.faults.chaos_env import ChaosEnv, Fault, open_chaos_env
from tests.faults.conftest import Hold, all_faults
from tests.faults.nemesis import History, Nemesis
from tests.faults.nemesis_plan import Strike, struck
from tests.faults.table import FAULTS

pytestmark = pytest.mark.timeout(600)


class Stages:
    """Represents the stage of this run; a new one after a fault that has left its traces."""

    def __init__(self, folder: Path, broker: Broker, recording: bytes) -> None:
        self._folder = folder
        self._broker = broker
        self._recording = recording
        self._open = AsyncExitStack()
        self._stage: ChaosEnv | None = None
        self._number = 0

    async def get(self) -> ChaosEnv:
        """Returns a stage that works, a new one if need be."""
        if self._stage is None:
            self._number += 1
            folder = self._folder / str(self._number)
            folder.mkdir()
            self._stage = await self._open.enter_async_context(open_chaos_env(folder, self._broker, self._recording))
        return self._stage

    async def close(self) -> None:
        """Closes the stage, whether its work is done or a fault has spoiled it."""
        self._stage = None
        await self._open.aclose()


@pytest.fixture(scope="module")
async def stages(tmp_path_factory: pytest.TempPathFactory, broker: Broker, recording: bytes) -> AsyncIterator[Stages]:
    made = Stages(tmp_path_factory.mktemp("stage"), broker, recording)
    yield made
    await made.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "fault" not in metafunc.fixturenames:
        return
    chosen = [
        (fault, seconds)
        for fault in FAULTS
        if (seconds := fault.seconds if all_faults(metafunc.config) else fault.briefly) is not None
    ]
    metafunc.parametrize(("fault", "seconds"), chosen, ids=[fault.name for fault, _ in chosen])


@pytest.mark.landing
async def test_nothing_is_lost_and_nothing_done_twice(fault: Fault, seconds: float, stages: Stages, hold: Hold) -> None:
    env = await stages.get()
    try:
        hold(fault.name, await env.suffer(fault, seconds))
    except BaseException:
        await stages.close()
        raise


@pytest.mark.in_full
async def test_a_nemesis_strikes_and_what_it_did_can_be_done_again(stages: Stages, hold: Hold, tmp_path: Path) -> None:
    faults = {fault.name: fault for fault in FAULTS if fault.strike is cut_every_two_seconds}
    [name] = faults
    path = tmp_path / "history.jsonl"
    env = await stages.get()
    nemesis = Nemesis(env, faults, History(path), print)
    [(what, report)] = await nemesis.run([Strike(1, 1, 0.5, name, 2.0)])
    hold(f"nemesis, {what}", report)
    assert not nemesis.missed
    history = path.read_text().splitlines()
    [again] = struck(history)
    assert again == Strike(1, 1, again.at, name, 2.0) and again.at >= 0.5
    jobs = [line["seen"] for line in map(json.loads, history) if line["kind"] == "job"]
    assert report.jobs == len(jobs) and all(events[-1] == [len(events), "job.succeeded"] for events in jobs)
