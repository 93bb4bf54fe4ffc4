"""Tests in a real Chromium that an EventSource with a ticket resumes by itself after a cut, and is told of its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.conftest import PASSWORD, sign_up
from tests.e2e.cut_line import CutLine

READING = Path(__file__).parents[2] / "samples" / "peter-piper.webm"
TEXT = "Peter Piper picked a peck of pickled peppers."
WITHIN = 60.0  # seconds
#: notes each event, and closes at the end, as a page is told to do
FOLLOW = """
window.heard = []; window.over = false; window.refused = 0;
const source = new EventSource(arguments[0]);
const types = ["attempt.accepted", "step.started", "attempt.assessed", "feedback.given", "job.succeeded", "job.end"];
for (const type of types) source.addEventListener(type, (event) => {
  window.heard.push([type, JSON.parse(event.data).seq]);
  if (type === "job.end") { source.close(); window.over = true; }
});
source.onerror = () => { if (source.readyState === EventSource.CLOSED) window.refused += 1; };
"""
HEARD = [
    ["attempt.accepted", 1],
    ["step.started", 2],
    ["attempt.assessed", 3],
    ["step.started", 4],
    ["feedback.given", 5],
    ["job.succeeded", 6],
    ["job.end", None],
]


def heard(driver: WebDriver, address: str) -> list[Any]:
    """Follows a stream to its end, and returns the types and numbers of its events."""
    driver.execute_script(FOLLOW, address)
    WebDriverWait(driver, WITHIN).until(lambda _: driver.execute_script("return window.over"))
    assert driver.execute_script("return window.refused") == 0
    found: list[Any] = driver.execute_script("return window.heard")
    return found


def test_an_event_source_resumes_after_a_cut_and_closes_at_the_end(driver: WebDriver, all_in_one: str) -> None:
    with httpx2.Client(base_url=all_in_one, timeout=60) as client:
        session = client.post("/auth/login", json={"email": sign_up(all_in_one), "password": PASSWORD}).json()
        client.headers["Authorization"] = f"Bearer {session['access_token']}"
        recording = {"recording": ("reading.webm", READING.read_bytes(), "audio/webm")}
        job = client.post("/attempts", files=recording, data={"text": TEXT}).raise_for_status().json()["job"]["id"]

        def stream(after: int = 0) -> str:
            ticket = client.post("/auth/tickets").raise_for_status().json()["ticket"]
            return f"/jobs/{job}/events?after={after}&ticket={ticket}"

        with CutLine(all_in_one, after=b"id: 2\nevent: step.started") as line:
            driver.get(f"{line.address}/try")
            assert heard(driver, stream()) == HEARD
            assert (line.cuts, line.resumed_after) == (1, ["1"])
            assert heard(driver, stream(after=4)) == HEARD[4:]
            assert heard(driver, stream(after=6)) == HEARD[6:]
    console = driver.get_log("browser")  # type: ignore[no-untyped-call]
    assert [entry for entry in console if "status of 401" in entry["message"]] == []
