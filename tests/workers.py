"""Divides the tests among the workers of `make test`.

A worker has a broker, a database server and a fork server of its own, so no test depends on another worker. Tests of
a file stay together for what they share. In `tests/e2e` files share the running product, so those that use it stay
together in two lots: with a browser and without. The mark `xdist_group` would say the same, but with pytest 9.2 it is
ignored without a word (pytest-dev/pytest-xdist#1386).
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
_ROOT = Path(__file__).parents[1]


@cache
def lot_of(file: str) -> str:
    """Returns the name of what a worker is given at once: a test file, or several that share fixtures of a session."""
    if not file.startswith(f"{_E2E}/"):
        return file
    shared = r"\b(?:driver|all_in_one|two_gateways|author|admin)\b"
    uses = set(re.findall(shared, (_ROOT / file).read_text(encoding="utf-8")))
    return f"{_E2E} with a browser" if "driver" in uses else f"{_E2E} without" if uses else file


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
    """Puts first what takes longest and cannot be divided, so that no worker is left with it at the end."""

    def place(item: pytest.Item) -> tuple[bool, float]:
        folder = folder_of(item.path)
        return folder != _E2E, -budget_of(folder)

    if hasattr(config, "workerinput"):
        items.sort(key=place)
