"""Runs the program of docs/clients.md as a page of another origin in a real Chromium, and its other blocks too."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.conftest import PASSWORD, OtherOrigin, sign_up

ROOT = Path(__file__).parents[2]
READING = ROOT / "samples" / "peter-piper.webm"
TEXT = "Peter Piper picked a peck of pickled peppers."
WITHIN = 60.0  # seconds
EVENTS = ["attempt.accepted", "step.started", "attempt.assessed", "step.started", "feedback.given", "job.succeeded"]
EXPORTED = "Object.assign(window, { call, kept, signUp, token, surely, send, follow, followAll, ready: true });"


def blocks(language: str) -> list[str]:
    """Returns the page's blocks in one language, but those that want a provider: test_realtime does what they do."""
    page = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
    page = re.sub(r"^## Talk aloud$.*?(?=^## )", "", page, count=1, flags=re.MULTILINE | re.DOTALL)
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def program(all_in_one: str, other_origin: OtherOrigin) -> str:
    """Serves the program on its own origin, and provides the address of its page."""
    program = "\n".join([*blocks("js"), EXPORTED])
    assert "http://localhost:8000" in program
    page = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/app.js"></script>'
    script = program.replace("http://localhost:8000", all_in_one)
    other_origin.files = {"/": ("text/html", page), "/app.js": ("text/javascript", script)}
    return other_origin.address


def opened(driver: WebDriver, address: str) -> None:
    driver.get(address)
    WebDriverWait(driver, WITHIN).until(lambda _: driver.execute_script("return window.ready"))


def done(driver: WebDriver, work: str, *arguments: Any) -> Any:
    """Runs the body of an async function in the page, and returns its result, or its error as text."""
    script = (
        "const done = [...arguments].at(-1); const given = [...arguments].slice(0, -1);"
        f"(async () => {{ {work} }})().then(done, (error) => done(`failed: ${{error.problem?.type ?? error}}`));"
    )
    return driver.execute_async_script(script, *arguments)


def test_the_program_signs_up_sends_follows_and_stays_signed_in_with_two_tabs(driver: WebDriver, program: str) -> None:
    opened(driver, program)
    account = {"email": f"{uuid4()}@example.org", "password": PASSWORD, "username": "Robin", "birth_date": "1990-01-01"}
    assert done(driver, "return (await signUp(given[0])).user.username", account) == "Robin"
    assert done(driver, "return await signUp(given[0])", account) == "failed: /problems/email-taken"
    recording = base64.b64encode(READING.read_bytes()).decode()
    job = done(
        driver,
        "const bytes = Uint8Array.from(atob(given[0]), c => c.charCodeAt(0));"
        "return (await send(new Blob([bytes]), given[1])).job.id",
        recording,
        TEXT,
    )
    seen = done(driver, "const seen = []; await follow(given[0], (event) => seen.push(event.type)); return seen", job)
    assert [each for each in seen if each != "progress"] == EVENTS
    again = "const seen = []; await followAll([given[0]], (event) => seen.push(event.type)); return seen"
    assert done(driver, again, job) == EVENTS
    read = "const found = await call(`/attempts/${given[0]}`, { token: await token() });"
    assert done(driver, f"{read} return found.body.status", job) == "assessed"
    assert (
        done(driver, f"{read} return [found.headers.get('ETag'), found.headers.get('X-Request-Id')]", job) != [None] * 2
    )
    assert done(driver, "return await followAll([given[0]], () => {})", str(uuid4())) == "failed: /problems/not-found"

    first = driver.current_window_handle
    driver.switch_to.new_window("tab")
    opened(driver, program)
    before = done(driver, "return kept().access_token")
    expired = "localStorage.setItem('voxbus', JSON.stringify({ ...kept(), until: 0 }));"
    driver.execute_script(f"{expired} window.fresh = token()")
    second = driver.current_window_handle
    driver.switch_to.window(first)
    # what one tab keeps, Chromium shows to another a moment later: whether this tab then refreshes, too, is its affair
    seen = "while (kept().until && kept().access_token === given[0]) await new Promise((next) => setTimeout(next, 10));"
    works = "return (await call('/me', { token: TOKEN })).body.username"
    assert done(driver, f"{seen} window.mine = await token(); {works.replace('TOKEN', 'mine')}", before) == "Robin"
    assert done(driver, "return mine") != before
    driver.switch_to.window(second)
    assert done(driver, f"window.fresh = await fresh; {works.replace('TOKEN', 'fresh')}") == "Robin"
    assert done(driver, "return fresh") != before
    sessions = done(driver, "return (await call('/me/sessions', { token: await token() })).body.items.length")
    assert sessions == 1
    driver.close()
    driver.switch_to.window(first)
    console = driver.get_log("browser")  # type: ignore[no-untyped-call]
    complaints = [each["message"] for each in console if each["level"] == "SEVERE"]
    assert [each for each in complaints if "signup" not in each] == []  # the 409 of an address that is taken


def test_a_page_that_is_not_listed_reads_nothing(driver: WebDriver, program: str) -> None:
    opened(driver, program.replace("127.0.0.1", "localhost"))  # another origin
    assert done(driver, "return (await call('/twisters')).body") == "failed: TypeError: Failed to fetch"


async def test_the_other_blocks_of_the_page_work(all_in_one: str) -> None:
    body = {"email": sign_up(all_in_one), "password": PASSWORD}
    token = httpx2.post(f"{all_in_one}/auth/login", json=body, timeout=60).json()["access_token"]

    async def run(*command: str) -> str:
        environment = {**os.environ, "VOXBUS": all_in_one, "TOKEN": token}
        ended = await asyncio.to_thread(
            subprocess.run,
            command,
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=WITHIN,
            check=False,
        )
        assert (ended.returncode, ended.stderr) == (0, "")
        return str(ended.stdout)

    [script] = blocks("sh")
    printed = await run("bash", "-euo", "pipefail", "-c", script)
    jobs = re.findall(r'"job":{"id":"([^"]+)"', printed)
    assert (len(jobs), len(set(jobs))) == (2, 1)
    [reader] = blocks("python")
    use = f"for event in follow({all_in_one!r}, {jobs[0]!r}, lambda: {token!r}):\n    print(json.dumps(event))\n"
    events = [json.loads(line) for line in (await run(sys.executable, "-c", f"{reader}\n{use}")).splitlines()]
    assert [event["type"] for event in events if event["seq"]] == EVENTS
