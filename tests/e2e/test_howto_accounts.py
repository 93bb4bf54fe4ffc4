"""Tests that the commands of docs/howto/accounts.md work as they are written, beside other people's mails."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from uuid import uuid4

ROOT = Path(__file__).parents[2]
#: what the steps print beside the documents: the change of password, the log-out, the request and the choice of another
STATUSES = ["204", "204", "202", "204"]


def steps() -> str:
    """Returns all blocks, but that which starts the product."""
    text = (ROOT / "docs/howto/accounts.md").read_text(encoding="utf-8")
    start, *blocks = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    assert start == "make run\n"
    return "".join(blocks)


async def test_the_steps_of_the_how_to(all_in_one: str, data_dir: Path) -> None:
    script = steps()
    email = f"{uuid4().hex}@example.org"
    # the process and its accounts are shared with other tests
    for written, meant in (
        ("http://localhost:8000", all_in_one),
        (".voxbus/mail", str(data_dir / "mail")),
        ("marian@example.org", email),
    ):
        assert script.count(written) == 1
        script = script.replace(written, meant)
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", script), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, complaints = (part.decode() for part in await shell.communicate())
    assert (shell.returncode, complaints) == (0, "")
    assert re.findall(r"^20\d$", said, re.MULTILINE) == STATUSES
    titles = [line for line in said.splitlines() if line in ('"This link does not work any more"', '"Sign in first"')]
    assert '"email_verified":true' in said
    assert len(titles) == 1 and "This link does not work any more" in said
    assert said.splitlines()[-1] == '"Marian"'
