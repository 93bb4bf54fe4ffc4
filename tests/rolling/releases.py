"""Provides the source tree of the release before, and starts processes of either release.

Both run with the same installed libraries, each with its own sources: also in a child process, which is told nothing of
its parent's environment. No release has a tag yet, so the one before is named by its commit; whoever releases writes
the next one here.
"""

from __future__ import annotations

import asyncio
import io
import sys
import sysconfig
import tarfile
import venv
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

#: settings of tests that the release before does not know, and would refuse
_NEWER = frozenset({"VOXBUS_SPEECH_WARM"})


@dataclass(frozen=True, slots=True)
class Release:
    """Holds a release's name, its tree, and the interpreter that imports its packages."""

    name: str
    tree: Path = ROOT
    python: str = sys.executable

    async def start(self, log: Path, settings: dict[str, str], module: str, *arguments: str) -> Running:
        """Starts a module of this release, in an interpreter of its own."""
        known = {name: value for name, value in settings.items() if name not in _NEWER}
        settings = known | {"PYTHONPATH": str(self.tree)}  # for the modules of its tests
        return await start_anew(log, settings, module, *arguments, python=self.python)

    async def command(self, log: Path, settings: dict[str, str], *arguments: str) -> None:
        """Runs an operator's command of this release, which must go well."""
        await (await self.start(log, settings, "voxbus", *arguments)).ends_well(180)

    async def check(self, log: Path) -> None:
        """Raises AssertionError unless it is this release's sources that a process imports."""
        (log.parent / "whose.py").write_text(_WHOSE, encoding="utf-8")
        process = await self.start(log, environment(log.parent), "whose", str(self.tree))
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
    return Release(commit, folder, await asyncio.to_thread(_interpreter, folder, folder.parent / "python"))


def _interpreter(tree: Path, folder: Path) -> str:
    """Makes an interpreter that imports a tree's packages, and this one's libraries without its packages."""
    venv.create(folder, symlinks=True, with_pip=False)
    sources = [*sorted(tree.glob("libs/*/src")), *sorted(tree.glob("services/*/src")), tree / "voxbus" / "src"]
    # a folder that is named here is searched, and its own .pth files, which name this tree's packages, are not read
    paths = [*sources, sysconfig.get_path("purelib")]
    [packages] = folder.glob("lib/python*/site-packages")
    (packages / "release.pth").write_text("".join(f"{path}\n" for path in paths), encoding="utf-8")
    return str(folder / "bin" / "python")
