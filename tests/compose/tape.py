"""Pulls a tape from the containers through nginx, and replays it on the embedded default, dry and for real."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.compose.requests import RECORDING, TEXT, person
from tests.compose.stack import ROOT, Stack, told_by

HANDLER = "feedback.give_feedback"
#: what a developer changes in it
SAYS = "summary=feedback.summary,"


async def tape(stack: Stack) -> str:
    """Follows docs/howto/replay.md: an admin pulls what happened, and a developer runs it on another machine.

    There it runs dry with a handler that was changed, for real, not twice, and dry with the handler as it was.
    """
    async with person(stack) as client:
        job = await client.submit(RECORDING, TEXT)
        await client.follow(job)
        me = (await client.http.get("/me")).json()
        await stack.compose("run", "--rm", "--build", "voxbus", "people", "grant", me["email"], "admin")
        token = client.http.headers["Authorization"].removeprefix("Bearer ")
    with TemporaryDirectory() as folder:
        masked, revealed = Path(folder) / "masked.tape", Path(folder) / "revealed.tape"
        own = {"VOXBUS_DATA_DIR": f"{folder}/data", "VOXBUS_TOKEN": token}
        pull = ("events", "pull", "--server", stack.address, "--from", "-1h", "--job", str(job))
        await _voxbus(own, *pull, "--out", str(masked))
        await _voxbus(own, *pull, "--out", str(revealed), "--reveal", "--reason", "compose-test")
        for each in (masked, revealed):
            await _voxbus(own, "tape", "check", str(each))
        events = _held(masked, masked=True)
        assert _held(revealed, masked=False) == events
        await _voxbus(own, "migrate")
        # on masked words the coach says something else than it said then
        on_masked = await _replay(own, masked, "--dry-run")
        changed = await _replay(own | {"PYTHONPATH": _changed(Path(folder) / "changed")}, revealed, "--dry-run")
        real = await _replay(own, revealed)
        again = await _replay(own, revealed)
        as_it_was = await _replay(own, revealed, "--dry-run")
    assert (on_masked["result"]["differs"], on_masked["result"]["failed"]) == (1, 0), on_masked
    assert (changed["result"]["differs"], changed["result"]["failed"]) == (1, 0), changed
    assert [each for each in changed["differences"] if "summary" in each["field"]], changed
    assert (real["planned"]["to_run"], real["result"]["failed"]) == (1, 0), real
    assert (again["planned"]["to_run"], again["planned"]["already_handled"]) == (0, 1), again
    assert as_it_was["result"]["same"] == 1 and not as_it_was["differences"], as_it_was
    return f"{events} events; {HANDLER}: dry and changed it differs, for real it ran once, dry as it was it is the same"


def _held(tape: Path, *, masked: bool) -> int:
    """Returns how many events a tape holds, which must be those of one job in their order."""
    header, *events = [json.loads(line) for line in tape.read_text(encoding="utf-8").splitlines()]
    assert header["events"] == len(events) and header["masked"] is masked, header
    assert [event["voxbusseq"] for event in events] == list(range(1, len(events) + 1)), events
    return len(events)


def _changed(folder: Path) -> str:
    """Copies the sources of feedback, changes what its handler says, and returns where they are."""
    shutil.copytree(ROOT / "services" / "feedback" / "src", folder)
    source = folder / "feedback" / "handlers.py"
    text = source.read_text(encoding="utf-8")
    assert text.count(SAYS) == 1, SAYS
    source.write_text(text.replace(SAYS, "summary=feedback.summary.upper(),"), encoding="utf-8")
    return str(folder)


async def _replay(own: dict[str, str], tape: Path, *words: str) -> Any:
    """Replays a tape to the handler, and returns the report; 3 says that a dry run found differences."""
    given = ("replay", HANDLER, "--tape", str(tape), "--mode", "repair", "--yes", "--json", *words)
    return await _voxbus(own, *given, codes=(0, 3) if "--dry-run" in words else (0,))


async def _voxbus(own: dict[str, str], *words: str, codes: Collection[int] = (0,)) -> Any:
    """Runs a command of this checkout, which may end with these codes; returns what it says as JSON."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VOXBUS_")} | own
    said = await told_by(sys.executable, "-m", "voxbus", *words, environment=environment, codes=codes)
    return json.loads(said) if "--json" in words else None
