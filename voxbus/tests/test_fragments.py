"""Tests that the committed description of each service's routes is the present one."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from libs.chassis.tests.integration.toys import TOYS
from voxbus.checks import FRAGMENT, check_fragments


def test_what_is_committed_is_what_is_served() -> None:
    assert check_fragments() == []
    assert check_fragments([TOYS]) == []


def test_a_route_that_is_missing_or_changed_is_drift(tmp_path: Path) -> None:
    toys = dataclasses.replace(TOYS, migrations=tmp_path / "migrations")
    assert check_fragments([toys]) == ["toys"]
    assert check_fragments([toys], write=True) == check_fragments([toys]) == []
    (tmp_path / FRAGMENT).write_text("{}")
    assert check_fragments([toys]) == ["toys"]
    without = dataclasses.replace(toys, routes=())
    assert check_fragments([without]) == ["toys"]
    assert check_fragments([without], write=True) == check_fragments([without]) == []
