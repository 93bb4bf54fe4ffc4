"""Tests that docs/security.md names, for each control, tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(test_\w+)::(test_\w+)`")


def test_each_test_that_the_page_names_exists() -> None:
    named = set(NAMED.findall(PAGE))
    assert named
    modules = {module for module, _ in named}
    defined: set[tuple[str, str]] = set()
    for folder in ("libs", "services", "tests", "voxbus"):
        for path in (ROOT / folder).rglob("test_*.py"):
            if path.stem in modules:
                functions = re.findall(r"^(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
                defined |= {(path.stem, function) for function in functions}
    assert named - defined == set()


def test_each_control_names_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| threat")]
    rows = [row for row in rows if row != "| | here | held by |"]
    assert len(rows) > 10
    assert [row for row in rows if not NAMED.search(row)] == []
