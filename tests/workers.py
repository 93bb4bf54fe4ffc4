"""Divides the tests among the workers of `make test`.

A worker has a broker, a database server and a fork server of its own, so no test depends on another worker. Tests of
a file stay together for what they share, and files that share more are one lot: in `tests/e2e` the running product, in
some folders running services, in `tests/house` the parsed product. The mark `xdist_group` would say the same, but with
pytest 9.2 it is ignored without a word (pytest-dev/pytest-xdist#1386).
"""

from __future__ import annotations

import re
import signal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.budgets import budget_of, folder_of

_E2E = "tests/e2e"
#: folders whose files share services by fixtures of a session: their loops look for work as long as a worker runs
_TOGETHER = (
    *("tests/conformance/resources", "services/notify/tests/integration", "services/feedback/tests/integration"),
)
#: folders of which those files share something that name it: the running product, or what was parsed
_SHARED = {
    _E2E: r"\b(?:driver|all_in_one|two_gateways|author|admin)\b",
    "tests/house": r"\btests\.(?:sources|resource_cost)\b",
}
_ROOT = Path(__file__).parents[1]


@cache
def lot_of(file: str) -> str:
    """Returns the name of what a worker is given at once: a test file, or several that share fixtures or work."""
    folder = next((each for each in _TOGETHER if file.startswith(f"{each}/")), None)
    if folder is not None:
        return folder
    for folder, shared in _SHARED.items():
        if file.startswith(f"{folder}/") and re.search(shared, (_ROOT / file).read_text(encoding="utf-8")):
            return f"{folder} together"
    return file


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist says nothing of its types
    """Gives a worker one lot after another."""

    def _split_scope(self, nodeid: str) -> str:
        return lot_of(nodeid.partition("::")[0])


def pytest_configure() -> None:
    """Heeds SIGINT, which a shell lets its background commands ignore.

    Asyncio heeds it from some test on, so processes that were started before would differ from later ones.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Uses this plugin's scheduler, whatever `--dist` says."""
    return ByFile(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Puts first what takes longest and cannot be divided, so that no worker is left with it at the end.

    Then come files that use a broker: who has the longest lot need not start one for some test of the last minute.
    """
    if not hasattr(config, "workerinput"):
        return
    with_broker = {item.path for item in items if _uses_broker(item)}

    def place(item: pytest.Item) -> tuple[bool, bool, bool, float]:
        folder = folder_of(item.path)
        alone = lot_of(item.nodeid.partition("::")[0]) != f"{_E2E} together"
        return alone, item.path not in with_broker, folder != _E2E, -budget_of(folder)

    items.sort(key=place)


def _uses_broker(item: pytest.Item) -> bool:
    """Tells whether a test needs a broker, by the names of its fixtures or as the case of a bus that it is."""
    case = getattr(item, "callspec", None)
    cases = () if case is None else case.params.values()
    named = not {"broker", "rabbit_url"}.isdisjoint(getattr(item, "fixturenames", ()))
    return named or any(isinstance(each, str) and each == "rabbit" for each in cases)
