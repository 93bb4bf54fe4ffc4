"""Tests that a nemesis's actions follow from its seed, and that they can be read back from its history."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tests.faults.chaos_env import ChaosEnv, Fault
from tests.faults.nemesis import History
from tests.faults.nemesis_plan import ROUND, plan, rounds, struck

pytestmark = pytest.mark.in_full  # it is the faults' instruments that are tested

SECONDS = 1800.0


async def nothing(env: ChaosEnv, seconds: float) -> None:
    """Does nothing: a fault of no consequence."""


FAULTS = [
    Fault(name, nothing, seconds, upon=name.split()[0] if " " in name else None)
    for name, seconds in (("broker killed", 5.0), ("broker frozen", 30.0), ("database killed", 10.0), ("alone", 8.0))
]
UPON = {fault.name: fault.upon for fault in FAULTS}


def test_the_same_seed_gives_the_same_strikes_and_another_one_others() -> None:
    assert plan(7, SECONDS, FAULTS) == plan(7, SECONDS, FAULTS) != plan(8, SECONDS, FAULTS)


@pytest.mark.parametrize("seed", range(20))
def test_strikes_fill_the_time_one_after_another_but_for_pairs_of_different_parts(seed: int) -> None:
    strikes = plan(seed, SECONDS, FAULTS)
    assert SECONDS / ROUND[1] <= len(rounds(strikes)) <= SECONDS / ROUND[0] + 1
    for moments in rounds(strikes):
        over = 0.0
        for moment in moments:
            first = moment[0]
            assert over < first.at <= ROUND[1] or len(moments) == 1
            over = max(strike.at + strike.seconds for strike in moment)
            upon = [UPON[strike.fault] for strike in moment]
            assert len(moment) == 1 or (len(set(upon)) == len(moment) == 2 and None not in upon)


def test_every_fault_has_its_turn_and_so_have_pairs() -> None:
    strikes = plan(7, SECONDS, FAULTS)
    assert {strike.fault for strike in strikes} == UPON.keys()
    assert any(len(moment) == 2 for moments in rounds(strikes) for moment in moments)


def test_a_history_is_read_back_as_it_was_struck(tmp_path: Path) -> None:
    history = History(tmp_path / "history.jsonl")
    strikes = [replace(strike, at=strike.at + 0.3) for strike in plan(7, 300, FAULTS)]
    history.write("run", seed=7)
    for strike in strikes:
        history.write("strike", **asdict(strike))
        history.write("end", fault=strike.fault, missed=None)
    assert struck(history.path.read_text().splitlines()) == strikes
