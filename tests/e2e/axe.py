"""Looks at a page with axe-core, which npm provides; the product has no part of it."""

from __future__ import annotations

from pathlib import Path

from selenium.webdriver.chrome.webdriver import WebDriver

from tests.packaged import from_npm

PACKAGE = "axe-core@4.10.3"
_RUN = """
const done = arguments[0];
const told = ({ id, nodes }) => `${id}: ${nodes.map((each) => each.html).join(" ")}`;
axe.run().then((found) => done(found.violations.map(told)));
"""


def fetch_axe(folder: Path) -> str | None:
    """Returns the script, fetched into a folder; None where there is no npm, or no registry for it."""
    script = from_npm(PACKAGE, "axe.min.js", folder)
    return None if script is None else script.decode()


def violations(driver: WebDriver, script: str) -> list[str]:
    """Returns what axe-core finds on the page as it is shown now."""
    driver.execute_script(script)
    found: list[str] = driver.execute_async_script(_RUN)
    return found
