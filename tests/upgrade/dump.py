"""Dumps a database as release b3dc287 leaves one amid work: `python -m tests.upgrade.dump`, two minutes.

Wants a git clone that has commit b3dc287. Checks it out in a folder of its own, makes its environment there, runs
`b3dc287/fill.py.txt` in it, and writes `database.sql` (the services' schemas and rows), and `keys.sql` (the key store).
Ids, times and keys are others each time. The recordings that open attempts refer to are `samples/she-sells.webm`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

RELEASE = "b3dc287"
HERE = Path(__file__).parent / RELEASE


def main() -> None:
    """Writes the dump again."""
    with tempfile.TemporaryDirectory() as scratch:
        tree, made = Path(scratch) / "tree", Path(scratch) / "made"
        made.mkdir()
        subprocess.run(["git", "worktree", "add", "--detach", tree, RELEASE], check=True, cwd=HERE)
        try:
            subprocess.run([tree / ".ci" / "setup", "dev"], check=True, cwd=tree)
            shutil.copy(HERE / "fill.py.txt", tree / "fill.py")
            environment = {name: value for name, value in os.environ.items() if not name.startswith("VOXBUS_")}
            python = tree / ".venv" / "bin" / "python"
            subprocess.run([python, "fill.py", made], check=True, cwd=tree, env=environment | {"PYTHONPATH": str(tree)})
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", tree], check=True, cwd=HERE)
        for name in ("database.sql", "keys.sql"):
            shutil.copy(made / name, HERE / name)


if __name__ == "__main__":
    main()
