"""Makes a copy of the repository, in which a page is carried out, with the environment that runs the tests."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: what the copy is made of
_KEPT = ("libs", "services", "voxbus", "tests", "docs", "samples", "bench", "deploy", "requirements", ".ci")


@dataclass(frozen=True)
class Repository:
    """Runs commands in a copy."""

    root: Path
    environment: dict[str, str]

    async def start(self, script: str, log: Path) -> asyncio.subprocess.Process:
        """Starts a script in the shell, its output in a file."""
        with log.open("wb") as out:
            return await asyncio.create_subprocess_exec(
                *("bash", "-euo", "pipefail", "-c", script),
                cwd=self.root,
                env=self.environment,
                start_new_session=True,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=asyncio.subprocess.STDOUT,
            )

    async def run(self, script: str, log: Path) -> str:
        """Runs a script to its end and returns what it has printed. Raises AssertionError when it fails."""
        process = await self.start(script, log)
        code = await process.wait()
        printed = await asyncio.to_thread(log.read_text, encoding="utf-8")
        assert code == 0, f"{script}\nhas ended with {code}:\n{printed[-3000:]}"
        return printed


def copied(root: Path, **settings: str) -> Repository:
    """Copies the repository without its environment, which the copy shares: its own packages come first there."""
    leave_out = shutil.ignore_patterns("__pycache__", ".*_cache", ".voxbus")
    for name in _KEPT:
        shutil.copytree(ROOT / name, root / name, ignore=leave_out)
    for path in (path for path in ROOT.iterdir() if path.is_file() and path.name != ".git"):
        shutil.copy(path, root)
    programs = root / ".venv" / "bin"
    programs.mkdir(parents=True)
    for program in Path(sys.prefix, "bin").iterdir():
        (programs / program.name).symlink_to(program)
    (programs / "python").unlink()  # a link would make an environment of the copy: no place that a server could enter
    (programs / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
    (programs / "python").chmod(0o755)
    (root / ".ci" / "setup").write_text(
        "#!/bin/sh\n", encoding="utf-8"
    )  # set up already, and by another folder's rules
    sources = [*(path / "src" for path in (*root.glob("libs/*"), *root.glob("services/*"))), root / "voxbus" / "src"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VOXBUS_", "PYTEST_"))}
    named = {f"VOXBUS_{name.upper()}": value for name, value in settings.items()}
    return Repository(root, kept | named | {"PYTHONPATH": os.pathsep.join(map(str, [root, *sources]))})
