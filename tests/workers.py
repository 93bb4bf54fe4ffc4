"""Divides the tests among the workers of `make test`.

A worker has a broker, a database server and a fork server of its own, so no test depends on another worker. Tests of
a file stay together for what they share, and so do those of `tests/e2e`. The mark `xdist_group` would say the same,
but with pytest 9.2 it is ignored without a word (pytest-dev/pytest-xdist#1386).
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.budgets import budget_of, folder_of

_TOGETHER = "tests/e2e"


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist says nothing of its types
    """Gives a worker one file after another, or a whole folder."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return _TOGETHER if file.startswith(f"{_TOGETHER}/") else file


@pytest.hookimpl
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Uses this plugin's scheduler, whatever `--dist` says."""
    return ByFile(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Puts first what takes longest and cannot be divided, so that no worker is left with it at the end."""

    def place(item: pytest.Item) -> tuple[bool, float]:
        folder = folder_of(item.path)
        return folder != _TOGETHER, -budget_of(folder)

    if hasattr(config, "workerinput"):
        items.sort(key=place)
