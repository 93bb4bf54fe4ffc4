"""Tests that what no gateway does is refused where one is named, and touches no installation here."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from tests.command_line import CommandLine

NO_TWIN = [
    ("dead-letters", "edit", f"feedback.give_feedback/{UUID(int=7)}", "--set", "a=1"),
    ("jobs", "resend", str(UUID(int=7))),
    ("people", "grant", "ada@example.org", "author"),
    ("people", "erase", "ada@example.org"),
    ("topology", "apply"),
    ("topology", "show"),
    ("topology", "diff"),
    ("doctor",),
    ("migrate",),
    ("backup", "--to", "backups"),
    ("restore", "--from", "backups"),
    ("destroy",),
    ("learning", "regrade", "a/b"),
    ("learning", "rebuild"),
    ("replay", "feedback.give_feedback", "--mode", "reprocess", "--yes"),
    ("replay", "feedback.give_feedback", "--mode", "repair", "--dry-run"),
    ("replay", "resume", str(UUID(int=7))),
    ("replay", "cancel", str(UUID(int=7))),
    ("replay", "show", str(UUID(int=7))),
    ("replay", "list"),
]


@pytest.mark.parametrize("words", NO_TWIN, ids=" ".join)
def test_what_no_gateway_does_is_refused_where_one_is_named(tmp_path: Path, words: tuple[str, ...]) -> None:
    line = CommandLine({"VOXBUS_DATA_DIR": str(tmp_path / "none"), "VOXBUS_SERVER": "https://voxbus.example.org"})
    for ended in (line(*words), line(*words, "--server", "https://voxbus.example.org", VOXBUS_SERVER="")):
        assert ended.exit_code == 5
        assert "No gateway does this, so it would not be done at https://voxbus.example.org" in ended.stderr
    assert not (tmp_path / "none").exists()


def test_what_was_pulled_from_a_gateway_is_held_against_the_code_here(tmp_path: Path) -> None:
    line = CommandLine({"VOXBUS_DATA_DIR": str(tmp_path / "none"), "VOXBUS_SERVER": "https://voxbus.example.org"})
    ended = line("replay", "feedback.give_feedback", "--mode", "repair", "--dry-run", "--tape", "a.tape")
    assert (ended.exit_code, "There is no database in" in ended.stderr) == (1, True)
