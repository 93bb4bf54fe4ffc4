"""Provides the source tree of the release before, and starts processes of either release.

Both run with this tree's libraries: the older sources stand before the installed ones. No release has a tag yet, so the
one before is named by its commit; whoever releases writes the next one here.
"""

from __future__ import annotations

import asyncio
import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

from tests.faults.processes import ROOT, Running, environment, start_anew

#: the release before this one: what was on the main branch before the commands to operate it
PREVIOUS = "df629add"
#: ends with 1 unless the packages are of the tree that is named
_WHOSE = """
import sys
import chassis, contracts, gateway, voxbus
sys.exit(not all(each.__file__.startswith(sys.argv[1]) for each in (chassis, contracts, gateway, voxbus)))
"""


@dataclass(frozen=True, slots=True)
class Release:
    """Holds a release's name and its tree; None for this one, whose packages are installed."""

    name: str
    tree: Path | None

    async def start(self, log: Path, settings: dict[str, str], module: str, *arguments: str) -> Running:
        """Starts a module of this release, in an interpreter of its own."""
        if self.tree is not None:
            sources = [*sorted(self.tree.glob("libs/*/src")), *sorted(self.tree.glob("services/*/src"))]
            paths = [self.tree, self.tree / "voxbus" / "src", *sources]
            settings = settings | {"PYTHONPATH": ":".join(map(str, paths))}
        return await start_anew(log, settings, module, *arguments)

    async def command(self, log: Path, settings: dict[str, str], *arguments: str) -> None:
        """Runs an operator's command of this release, which must go well."""
        await (await self.start(log, settings, "voxbus", *arguments)).ends_well(180)

    async def check(self, log: Path) -> None:
        """Raises AssertionError unless it is this release's sources that a process imports."""
        where = self.tree or ROOT
        (log.parent / "whose.py").write_text(_WHOSE, encoding="utf-8")
        process = await self.start(log, environment(log.parent), "whose", str(where))
        await process.ends_well()


async def unpacked(commit: str, folder: Path) -> Release:
    """Returns a release from the project's history. Raises RuntimeError where this clone does not have it."""
    process = await asyncio.create_subprocess_exec(
        *("git", "archive", "--format=tar", commit),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    content, said = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"This clone has no commit {commit}: {said.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        await asyncio.to_thread(archive.extractall, folder, filter="data")
    return Release(commit, folder)
