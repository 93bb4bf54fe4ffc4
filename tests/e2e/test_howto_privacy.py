"""Tests that the commands of docs/howto/privacy.md work as they are written, but for the one that awaits a mail."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from uuid import uuid4

import pytest

ROOT = Path(__file__).parents[2]
SAYS = [
    '"A guardian has to agree first"',
    '{"status":"invited"}',
    '"invited"',
    "true",
    "What Voxbus would like to do with your child's data",
    "granted",
    '"A signed form is needed for this"',
    "revoked",
    '"A guardian has to agree first"',
    "revoked",
    "granted",
    "pending",
    '"Not allowed"',
    '["pending","keep_recordings"]',
    "200 application/pdf",
    "approved",
    "granted",
    '"Not found"',
    "true",
    "A COPY OF EVERYTHING ABOUT YOU",
    '"Not found"',
    '"Not found"',
    '"A guardian decides this"',
    "204",
    "export",
    "200 application/zip",
    '"Not found"',
    '"Sign in first"',
    *(f"{service} confirmed" for service in ("content", "feedback", "gateway", "notify", "speech")),
    "0",
]


@pytest.mark.landing
async def test_the_steps_of_the_how_to(all_in_one: str, data_dir: Path) -> None:
    text = (ROOT / "docs/howto/privacy.md").read_text(encoding="utf-8")
    start, *blocks = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    assert start.endswith("make run\n")
    script = "".join(blocks)
    # the process is shared with other tests, and its second mails come after a day
    script = re.sub(r"arrived \$parent consent-confirmation\nask GET .*\n", "", script)
    for written, meant in (
        ("http://localhost:8000", all_in_one),
        (".voxbus/mail", str(data_dir / "mail")),
        ("sam@", f"{uuid4().hex}@"),
        ("marian@", f"{uuid4().hex}@"),
        ("robin@", f"{uuid4().hex}@"),
        ("ada@", f"{uuid4().hex}@"),
    ):
        assert script.count(written) == 1
        script = script.replace(written, meant)
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", script),
        cwd=ROOT,
        env={**os.environ, "VOXBUS_DATA_DIR": str(data_dir)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complaints = (part.decode() for part in await shell.communicate())
    assert shell.returncode == 0, complaints
    assert re.fullmatch(r"voxbus: \S+ is admin now\n", complaints)
    lines = said.splitlines()
    assert [line for line in lines if line in SAYS] == SAYS, said
