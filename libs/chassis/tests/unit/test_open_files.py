"""A process may open as many files as its hard limit permits, up to what it wants."""

from __future__ import annotations

import resource
from collections.abc import Iterator

import pytest

from chassis.listener import raise_open_files

FEW = 512


@pytest.fixture
def hard() -> Iterator[int]:
    """Lowers the soft limit of this process, and returns its hard one."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW, before[1]))
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_soft_limit_is_raised_to_what_is_wanted(hard: int) -> None:
    assert raise_open_files(FEW + 100) == FEW + 100
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (FEW + 100, hard)


def test_the_hard_limit_is_not_exceeded(hard: int) -> None:
    if hard != resource.RLIM_INFINITY:
        assert raise_open_files(hard + 1) == hard


def test_a_soft_limit_is_not_lowered(hard: int) -> None:
    assert raise_open_files(FEW - 100) == FEW
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (FEW, hard)
