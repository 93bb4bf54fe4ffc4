"""Runs a real Chromium without a window; a recording plays as its microphone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.chrome.webdriver import WebDriver

from chassis.errors import SettingsError

#: Debian's packages, and what they and their like are called on the way
PACKAGES = ("chromium", "chromium-driver")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_DRIVERS = ("chromedriver", "chromium.chromedriver")
_INSTALL_WITHIN = 300.0  # seconds
_SAMPLES = Path(__file__).parents[2] / "samples"

#: pixels of a window
WINDOW = (1000, 1400)
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--lang=en",
    # no renderer in stock, and no page that was left: a load costs two thirds of what it does with these
    "--disable-features=SpareRendererForSitePerProcess,BackForwardCache",
)


def find_browser(notify_operator: Callable[[str], None]) -> tuple[str, str]:
    """Finds browser and driver; installs them if it may. Raises SettingsError with a sentence that says what to do."""
    found = _find()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        notify_operator(f"installing {' and '.join(PACKAGES)} with apt-get, for the test in a real browser")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *PACKAGES]):
            subprocess.run(
                ["apt-get", *command], env=environment, timeout=_INSTALL_WITHIN, capture_output=True, check=False
            )
        found = _find()
    if found is None:
        raise SettingsError(f"Install Chromium and its driver (on Debian: apt-get install {' '.join(PACKAGES)}).")
    return found


def _find() -> tuple[str, str] | None:
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    driver = next(filter(None, map(shutil.which, _DRIVERS)), None)
    return (browser, driver) if browser and driver else None


@contextmanager
def open_browser(binaries: tuple[str, str], microphone: Path | None, profile: Path) -> Iterator[WebDriver]:
    """Provides a browser; its microphone, where it is given one, plays a WAV file once from the moment it is opened."""
    options = Options()
    options.binary_location = binaries[0]
    hears = [] if microphone is None else [f"--use-file-for-fake-audio-capture={microphone}%noloop"]
    for flag in (*_FLAGS, *hears, f"--user-data-dir={profile}", f"--window-size={WINDOW[0]},{WINDOW[1]}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = Service(binaries[1])
    driver = WebDriver(options=options, service=service)
    try:
        yield driver
    finally:
        driver.quit()


def sign_out(driver: WebDriver, address: str) -> None:
    """Forgets who is signed in, on a page of the same origin that costs a quarter of what the others do."""
    driver.get(f"{address}/problems/email-taken")
    driver.execute_script("sessionStorage.clear()")


def as_microphone(recording: Path, target: Path) -> Path:
    """Converts a recording into the format that Chromium plays as a microphone."""
    subprocess.run([sys.executable, _SAMPLES / "make.py", "microphone", recording, target], check=True)
    return target
