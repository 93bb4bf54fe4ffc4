"""Looks at a page with axe-core, which npm provides; the product has no part of it."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path

from selenium.webdriver.chrome.webdriver import WebDriver

PACKAGE = "axe-core@4.10.3"
_WITHIN = 120.0  # seconds
_RUN = """
const done = arguments[0];
const told = ({ id, nodes }) => `${id}: ${nodes.map((each) => each.html).join(" ")}`;
axe.run().then((found) => done(found.violations.map(told)));
"""


def fetch_axe(folder: Path) -> str | None:
    """Returns the script, fetched into a folder; None where there is no npm, or no registry for it."""
    npm = shutil.which("npm")
    if npm is None:
        return None
    packed = subprocess.run(
        [npm, "pack", PACKAGE, "--pack-destination", folder], timeout=_WITHIN, capture_output=True, check=False
    )
    if packed.returncode:
        return None
    with tarfile.open(next(folder.glob("axe-core-*.tgz"))) as package:
        file = package.extractfile("package/axe.min.js")
        assert file is not None
        return file.read().decode()


def violations(driver: WebDriver, script: str) -> list[str]:
    """Returns what axe-core finds on the page as it is shown now."""
    driver.execute_script(script)
    found: list[str] = driver.execute_async_script(_RUN)
    return found
