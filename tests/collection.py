"""Keeps the garbage collector off what stays as long as the run: the product, its tests and their items.

Without it a third of the time of collecting was spent on looking through some million objects again and again.
"""

from __future__ import annotations

import gc

import pytest


def pytest_configure() -> None:
    """Stops the collector while modules are imported and tests are collected."""
    gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Starts it again, but for all that there is by now."""
    gc.freeze()
    gc.enable()
