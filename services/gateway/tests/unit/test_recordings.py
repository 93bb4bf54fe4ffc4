"""Tests that a recording's key is built in one place, because erasing a person relies on it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import gateway
from chassis.message.envelope import new_id
from gateway.exports import recordings as copied
from gateway.jobs import recordings
from gateway.jobs.recordings import RECORDINGS, job_of_recording, recording_key


def test_a_key_leads_back_to_its_job() -> None:
    job_id = new_id()
    assert job_of_recording(recording_key(job_id)) == job_id
    assert job_of_recording(f"{RECORDINGS}/no-job") is None


def test_one_module_alone_knows_how_the_key_is_built() -> None:
    package = Path(gateway.__file__).parent
    found = {path for path in package.rglob("*.py") if any(_is_key(text) for text in _values(path))}
    # a folder of a copy of everything has the same name, and is no key of the media store
    assert found - {Path(copied.__file__)} == {Path(recordings.__file__)}


def _is_key(text: str) -> bool:
    return text.startswith(f"{RECORDINGS}/") or text == RECORDINGS


def _values(path: Path) -> Iterator[str]:
    """Yields string constants of a module that are a key or the beginning of one: none with a space in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " not in node.value:
            yield node.value
