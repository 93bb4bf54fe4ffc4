"""Tests that the cost of each test folder is counted, and that an excess is reported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bench.processor import cpu_of, family
from tests.budgets import BUDGETS, COLLECTING, DEFAULT, LIMIT, STARTING, over

ROOT = Path(__file__).parents[2]
WORKS = "import time\nwhile time.process_time() < 0.3: pass\n"
WAITS = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WORKS!r}]); print(flush=True); input()"


def test_a_budget_is_for_a_folder_that_there_is() -> None:
    assert [
        folder for folder in BUDGETS.keys() - {COLLECTING, STARTING} if not list((ROOT / folder).glob("test_*.py"))
    ] == []


def test_a_folder_that_costs_more_than_its_limit_is_named() -> None:
    at_most = DEFAULT * LIMIT
    assert over({"new": at_most - 0.1, "newer": at_most + 0.1}) == ["newer"]


def test_what_descendants_have_spent_is_counted_while_they_live_and_when_they_have_ended() -> None:
    before = cpu_of(*family(os.getpid()))
    with subprocess.Popen([sys.executable, "-c", WAITS], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None and child.stdout is not None
        child.stdout.readline()  # its own child has ended
        assert cpu_of(*family(os.getpid())) - before > 0.25
        child.communicate(b"\n")
    assert cpu_of(*family(os.getpid())) - before > 0.25
