"""Tests that one module has the names of a message's headers: in SQL too they are built from its prefix."""

from __future__ import annotations

import ast
from pathlib import Path

from chassis.message import envelope
from tests.sources import parsed

ROOT = Path(__file__).parents[2]


def test_no_service_spells_the_prefix_of_headers() -> None:
    modules = sorted(ROOT.glob("services/*/src/**/*.py"))
    assert modules
    assert [path for path in modules if _spells_the_prefix(path)] == []


def _spells_the_prefix(path: Path) -> bool:
    nodes = ast.walk(parsed(path))
    values = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return any(envelope.PREFIX in value for value in values)
