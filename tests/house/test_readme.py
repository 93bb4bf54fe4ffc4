"""Tests that the commands of the README work as they are written."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def example() -> str:
    """Returns the worked example, between its fences."""
    _, _, rest = (ROOT / "README.md").read_text(encoding="utf-8").partition("```sh\n")
    return rest.partition("```")[0]


async def test_the_example_of_the_readme(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VOXBUS_")}
    product = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "voxbus", "run"),
        env=environment | {"VOXBUS_PORT": "0", "VOXBUS_DATA_DIR": str(tmp_path / "data")},
        cwd=tmp_path,
        stderr=asyncio.subprocess.PIPE,
    )
    assert product.stderr is not None
    try:
        address = ""
        while not address:
            line = (await product.stderr.readline()).decode()
            assert line, "it ended before it was ready"
            address = line.strip().partition("ready at http://")[2]
        script = example().replace("localhost:8000", address)
        shell = await asyncio.create_subprocess_exec(
            *("bash", "-euo", "pipefail", "-c", script),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, complaints = (part.decode() for part in await shell.communicate())
        assert (shell.returncode, complaints) == (0, "")
        events = re.findall(r"^event: (\S+)", said, re.MULTILINE)
        assert [event for event in events if event != "progress"] == [  # which is transient: it may be missed
            "attempt.accepted",
            "step.started",
            "attempt.assessed",
            "step.started",
            "feedback.given",
            "job.succeeded",
        ]
        assert '"status": "assessed"' in said
    finally:
        product.terminate()
        await product.stderr.read()
    assert await product.wait() == 0
