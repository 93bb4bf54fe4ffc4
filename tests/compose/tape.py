"""Pulls a tape from the containers through nginx, and replays it on the embedded default, dry and for real."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.compose.requests import RECORDING, TEXT, person
from tests.compose.stack import Stack, told_by

HANDLER = "feedback.give_feedback"


async def tape(stack: Stack) -> str:
    """Follows docs/howto/replay.md: an admin pulls what happened, and a developer runs it on another machine."""
    async with person(stack) as client:
        job = await client.submit(RECORDING, TEXT)
        await client.follow(job)
        me = (await client.http.get("/me")).json()
        await stack.compose("run", "--rm", "--build", "voxbus", "people", "grant", me["email"], "admin")
        token = client.http.headers["Authorization"].removeprefix("Bearer ")
    with TemporaryDirectory() as folder:
        pulled = Path(folder) / "pulled.tape"
        own = {"VOXBUS_DATA_DIR": f"{folder}/data", "VOXBUS_TOKEN": token}
        from_afar = ("--server", stack.address, "--from", "-1h", "--job", str(job))
        await _voxbus(own, "events", "pull", *from_afar, "--out", str(pulled))
        await _voxbus(own, "tape", "check", str(pulled))
        header, *events = [json.loads(line) for line in pulled.read_text(encoding="utf-8").splitlines()]
        assert header["events"] == len(events) and header["masked"] is True, header
        assert [event["voxbusseq"] for event in events] == list(range(1, len(events) + 1)), events
        await _voxbus(own, "migrate")
        replay = ("replay", HANDLER, "--tape", str(pulled), "--mode", "repair", "--yes", "--json")
        # 3 says that it found differences: here nothing is recorded yet
        dry = await _voxbus(own, *replay, "--dry-run", codes=(0, 3))
        real = await _voxbus(own, *replay)
        again = await _voxbus(own, *replay)
    # on masked words the coach says something else than it said then
    assert (dry["result"]["differs"], dry["result"]["failed"]) == (1, 0), dry
    assert (real["planned"]["to_run"], real["result"]["failed"]) == (1, 0), real
    assert (again["planned"]["to_run"], again["planned"]["already_handled"]) == (0, 1), again
    return f"{len(events)} events, masked; {HANDLER} ran dry and for real on the embedded default, and not twice"


async def _voxbus(own: dict[str, str], *words: str, codes: Collection[int] = (0,)) -> Any:
    """Runs a command of this checkout, which may end with these codes; returns what it says as JSON."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VOXBUS_")} | own
    said = await told_by(sys.executable, "-m", "voxbus", *words, environment=environment, codes=codes)
    return json.loads(said) if "--json" in words else None
