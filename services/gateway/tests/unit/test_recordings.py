"""Tests that a recording's key is built in one place, because erasing a person relies on it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import gateway
from chassis.message.envelope import new_id
from gateway.consents.kept_recordings import KEEP
from gateway.jobs.recordings import RECORDINGS, job_of_recording, recording_key
from gateway.tables import KEPT_RECORDINGS

#: the name of a table and that of a purpose of consent
_NO_KEY = re.compile(f"{KEPT_RECORDINGS.name}|{KEEP[0]}")


def test_a_key_leads_back_to_its_job() -> None:
    job_id = new_id()
    assert job_of_recording(recording_key(job_id)) == job_id
    assert job_of_recording(f"{RECORDINGS}/no-job") is None


def test_one_module_alone_knows_how_the_key_is_built() -> None:
    package = Path(gateway.__file__).parent
    found = [path.relative_to(package).as_posix() for path in package.rglob("*.py") for _ in _keys(path)]
    # the other is a folder of a copy of everything, once: no key of the media store
    assert sorted(found) == ["exports/recordings.py", "jobs/recordings.py"]


def _keys(path: Path) -> Iterator[str]:
    """Yields string constants of a module that hold a part of a key: none with a space in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and " " not in text and RECORDINGS in _NO_KEY.sub("", text):
            yield text
