"""Tests that a change that breaks a released schema is reported, with its field and the queues that would meet it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.base import Json
from contracts.catalogue import MESSAGES
from voxbus.checks import CONTRACTS
from voxbus.schema_releases import RELEASED, broken, consumers, release


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Copies the released schemas, to be changed as if the code had been changed the other way round."""
    shutil.copytree(CONTRACTS / RELEASED, tmp_path / RELEASED)
    return tmp_path


def rewrite(folder: Path, kind: str, change: Callable[[Json], Any]) -> None:
    path = folder / RELEASED / f"{kind}.1.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")


def test_the_messages_keep_what_was_released() -> None:
    assert broken(CONTRACTS) == []


def test_a_break_is_one_sentence_with_field_and_consumer(folder: Path) -> None:
    rewrite(folder, "feedback.given", lambda old: old["$defs"]["Tip"]["properties"].update(pitch={"type": "number"}))
    rewrite(folder, "attempt.assess", lambda old: old["properties"]["text"].update(maxLength=400))
    advice = "keep it as it was, or make it a new major version with an upcast."
    assert broken(folder) == [
        "attempt.assess: text may pass maxLength 300 (it has 400), which speech.assess_attempt of this release "
        f"could not read (a new reader of old messages): {advice}",
        "feedback.given: tips[].pitch was removed, which gateway.record of the release before could not read "
        f"(an old reader of new messages): {advice}",
    ]


def test_a_compatible_change_passes(folder: Path) -> None:
    rewrite(folder, "attempt.assess", lambda old: old["properties"].pop("language"))
    rewrite(folder, "feedback.given", lambda old: old.update(description="said otherwise"))
    assert broken(folder) == []


def test_what_was_released_has_to_stay_readable(folder: Path) -> None:
    released = folder / RELEASED
    (released / "attempt.assess.1.json").rename(released / "attempt.assess.0.json")
    (released / "job.failed.1.json").rename(released / "job.forgotten.1.json")
    assert [sentence.partition(" ")[0] for sentence in broken(folder)] == ["attempt.assess", "job.forgotten"]
    assert "AssessAttempt.upcasts has no way" in broken(folder)[0]


def test_a_release_moves_what_is_released_unless_it_breaks_it(folder: Path) -> None:
    rewrite(folder, "attempt.assess", lambda old: old["properties"].pop("language"))
    assert release(folder) == []
    current = {f"{kind}.{said.version[0]}.json" for kind, said in MESSAGES.items()}
    older = {"attempt.assessed.1.json"}
    assert {path.name for path in (folder / RELEASED).iterdir()} == current | older
    assert "language" in (folder / RELEASED / "attempt.assess.1.json").read_text(encoding="utf-8")
    rewrite(folder, "attempt.assess", lambda old: old["properties"].update(pitch={"type": "number"}))
    before = (folder / RELEASED / "attempt.assess.1.json").read_text(encoding="utf-8")
    assert len(release(folder)) == 1
    assert (folder / RELEASED / "attempt.assess.1.json").read_text(encoding="utf-8") == before


def test_consumers_are_those_bound_to_a_message() -> None:
    assert consumers("attempt.assess") == ["speech.assess_attempt"]
    assert set(consumers("attempt.assessed")) >= {
        "feedback.give_feedback",
        "content.project_progress",
        "gateway.record",
    }
