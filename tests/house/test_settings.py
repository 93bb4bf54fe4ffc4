"""A setting that a sentence of the product names exists: the runbook lists it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAME = re.compile(r"VOXBUS_[A-Z_]*[A-Z]")


def test_every_setting_named_in_the_sources_is_in_the_runbook() -> None:
    listed = set(NAME.findall((ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")))
    named = {
        (name, str(path.relative_to(ROOT)))
        for path in ROOT.glob("*/**/src/**/*.py")
        if ".venv" not in path.parts
        for name in NAME.findall(path.read_text(encoding="utf-8"))
    }
    assert named, "no source names a setting any more"
    assert {(name, path) for name, path in named if name not in listed} == set()
