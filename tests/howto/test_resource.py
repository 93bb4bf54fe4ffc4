"""Carries out docs/howto/resource.md in a copy of the repository, starts it, and drives it as the page says."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chassis.testing import until
from tests.howto.copy import Repository, copied
from tests.howto.page import Commands, NewFile, parts, write

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "resource.md"
pytestmark = pytest.mark.landing
START, SUITE, CLIENT = "make run\n", "-m pytest", "localhost:8000"
READY_WITHIN = 160.0  # seconds


@dataclass(frozen=True)
class Followed:
    """Holds the copy after all files of the page are written and generated; testing and using it remain."""

    repository: Repository
    folder: Path
    suite: str
    client: str


def after_the_newest(migration: NewFile, root: Path) -> NewFile:
    """Returns the migration after the newest that there is, as the page says; the one it names may be older by now."""
    newest = max(path.stem for path in (root / migration.path).parent.glob("*.py"))
    text = re.sub(r'^down_revision = ".*"$', f'down_revision = "{newest}"', migration.text, flags=re.MULTILINE)
    return NewFile(migration.path, text)


@pytest.fixture(scope="module")
async def followed(tmp_path_factory: pytest.TempPathFactory) -> Followed:
    """Carries out the page. A command that occurs twice is run the second time."""
    folder = tmp_path_factory.mktemp("howto")
    repository = copied(folder / "copy", data_dir=str(folder / "data"), port="0")
    steps = list(parts(PAGE))
    kept: dict[str, list[str]] = {SUITE: [], CLIENT: [], START: []}
    for at, part in enumerate(steps):
        if isinstance(part, NewFile) and "/migrations/" in part.path:
            write(after_the_newest(part, repository.root), repository.root)
        elif not isinstance(part, Commands):
            write(part, repository.root)
        elif kind := next((kind for kind in kept if kind in part.text), None):
            kept[kind].append(part.text)
        elif part not in steps[at + 1 :]:
            await repository.run(part.text, folder / "commands.log")
    assert kept[START] == [START]
    return Followed(repository, folder, "".join(kept[SUITE]), "".join(kept[CLIENT]))


@pytest.fixture(scope="module")
async def address(followed: Followed) -> AsyncIterator[str]:
    """Starts the copy as the page says, on a free port."""
    log = followed.folder / "run.log"
    process = await followed.repository.start(f"exec {START}", log)

    async def ready() -> str | None:
        found = re.search(r"ready at http://(\S+)", log.read_text(encoding="utf-8"))
        assert found or process.returncode is None, log.read_text(encoding="utf-8")[-3000:]
        return found[1] if found else None

    try:
        yield str(await until(ready, within=READY_WITHIN, what="make run"))
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
        await process.wait()
    assert "drained" in (followed.folder / "data" / "logs" / "voxbus.log").read_text(encoding="utf-8")


async def test_it_can_be_made_found_changed_deleted_and_asked_about(followed: Followed, address: str) -> None:
    printed = await followed.repository.run(
        followed.client.replace("localhost:8000", address), followed.folder / "client.log"
    )
    assert re.findall(r"HTTP/1.1 (\d+)", printed) == ["201", "200", "200", "412", "204", "404"], printed
    bodies = re.findall(r'^({"(?:id|items)".*?})(?:HTTP|$)', printed, re.MULTILINE)
    made, listed, changed, job = (json.loads(body) for body in bodies)
    assert (made["answer"], listed["items"], listed["next_cursor"]) == ("piano", [made], None)
    assert changed == made | {"answer": "a piano", "version": 2, "updated_at": changed["updated_at"]}
    events = re.findall(r"^event: (\S+)", printed, re.MULTILINE)
    assert events == ["riddle.write_hint", "step.started", "riddle.hint_written", "job.succeeded", "job.end"], printed
    assert "It begins with W." in printed
    assert (job["kind"], job["status"]) == ("riddle_hint", "succeeded")


async def test_it_costs_what_a_resource_and_a_slow_verb_may(followed: Followed) -> None:
    printed = await followed.repository.run("make cost", followed.folder / "cost.log")
    line = r"^{}\s+(\d+) files\s+(\d+) lines\s*(?:(\d+) edited)?"
    [(files, lines, edited)] = re.findall(line.format("content/riddles"), printed, re.MULTILINE)
    assert (int(files) <= 5, int(lines) <= 200, int(edited) <= 2) == (True, True, True), printed
    [(files, lines, _)] = re.findall(line.format("askHint"), printed, re.MULTILINE)
    assert (int(files) <= 6, int(lines) <= 150) == (True, True), printed
    shown = re.findall(r"^(?:content/riddles|askHint) .*$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(shown) == 2 and {*shown} <= {*printed.splitlines()}, printed


@pytest.mark.in_full
async def test_it_passes_the_suite_of_resources(followed: Followed) -> None:
    printed = await followed.repository.run(followed.suite, followed.folder / "suite.log")
    passed = re.search(r"(\d+) passed", printed)
    assert passed and int(passed[1]) >= 60, printed


@pytest.mark.in_full
@pytest.mark.timeout(900)
async def test_it_passes_every_check(followed: Followed) -> None:
    await followed.repository.run("make check", followed.folder / "check.log")
