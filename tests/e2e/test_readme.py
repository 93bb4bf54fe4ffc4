"""Tests that the commands of the README work as they are written."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from uuid import uuid4

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def email() -> str:
    """Provides the address that every run of the example signs up with."""
    return f"{uuid4().hex}@example.org"


def example() -> str:
    """Returns the worked example, between its fences."""
    _, _, rest = (ROOT / "README.md").read_text(encoding="utf-8").partition("```sh\n")
    return rest.partition("```")[0]


@pytest.mark.parametrize("time", ["the first time", pytest.param("the second time", marks=pytest.mark.landing)])
async def test_the_example_of_the_readme(all_in_one: str, email: str, time: str) -> None:
    script = example()
    # the process and its accounts are shared with other tests
    for written, meant in (("localhost:8000", all_in_one.removeprefix("http://")), ("robin@example.org", email)):
        assert written in script
        script = script.replace(written, meant)
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", script),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complaints = (part.decode() for part in await shell.communicate())
    assert (shell.returncode, complaints) == (0, "")
    assert ("/problems/email-taken" in said) == (time == "the second time")
    events = re.findall(r"^event: (\S+)", said, re.MULTILINE)
    assert [event for event in events if event != "progress"] == [  # which is transient: it may be missed
        "attempt.accepted",
        "step.started",
        "attempt.assessed",
        "step.started",
        "feedback.given",
        "job.succeeded",
        "job.end",
    ]
    assert '"status": "assessed"' in said
