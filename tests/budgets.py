"""Lists what each folder of tests may cost. `tests.cost` measures it, and says why in processor time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

#: no folders: what every worker does before its first test, and its fixtures for all tests
COLLECTING, STARTING = "(imports and collection)", "(fixtures of a session)"
#: seconds of processor time, some ten to twenty hundredths above what was measured, because the same tests cost more
#: where two processes share a core; a folder that is not listed has DEFAULT
BUDGETS: dict[str, float] = {
    "tests/faults": 250,
    "tests/e2e": 350,
    "libs/chassis/tests/integration": 70,
    "services/gateway/tests/integration": 60,
    "services/content/tests/integration": 45,
    "services/notify/tests/integration": 27,
    "voxbus/tests": 60,
    "tests/conformance/resources": 35,
    "services/speech/tests/unit": 45,
    "tests/house": 47,
    "tests/howto": 38,
    "services/gateway/tests/unit": 30,
    "tests/upgrade": 30,
    "tests/backup": 22,
    COLLECTING: 50,
    STARTING: 65,
}
DEFAULT = 20.0
#: part of its budget beyond which a folder fails: the same tests cost half as much again on a machine that others use,
#: so less would measure the machine
LIMIT = 1.6

_ROOT = Path(__file__).parents[1]


def folder_of(path: Path) -> str:
    """Returns the folder of a test module, below that of the repository."""
    return path.parent.relative_to(_ROOT).as_posix()


def budget_of(folder: str) -> float:
    """Returns the budget of a folder, in seconds of processor time."""
    return BUDGETS.get(folder, DEFAULT)


def over(spent: Mapping[str, float]) -> list[str]:
    """Returns the folders that cost more than they may."""
    return [folder for folder, seconds in sorted(spent.items()) if seconds > LIMIT * budget_of(folder)]
