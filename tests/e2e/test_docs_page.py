"""Tests the page at /docs in a real Chromium: it shows all of the document, its samples work, and so does its form."""

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
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.browser import sign_out
from tests.e2e.conftest import PASSWORD, sign_up

SAMPLES = Path(__file__).parents[2] / "samples"
READING = SAMPLES / "peter-piper.webm"
TEXT = "Peter Piper picked a peck of pickled peppers."
WITHIN = 60.0  # seconds
#: the texts whose contrast with what is behind them is below that of WCAG 2.2 AA
PALE = """
const once = (find) => { const found = new Map(); return (each) => {
  if (!found.has(each)) found.set(each, find(each));
  return found.get(each);
}; };
const parts = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
const light = once((text) => {
  const [r, g, b] = parts(text).slice(0, 3).map(each => each / 255)
    .map(each => (each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
});
const covers = once((color) => (parts(color)[3] ?? 1) > 0);
const behind = once((element) => {
  if (!element) return "rgb(255, 255, 255)";
  const color = getComputedStyle(element).backgroundColor;
  return covers(color) ? color : behind(element.parentElement);
});
const found = new Set();
for (const each of document.querySelectorAll("body *")) {
  if (![...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()) || !each.checkVisibility()) continue;
  const [one, other] = [light(getComputedStyle(each).color), light(behind(each))];
  const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  if (contrast < 4.5) found.add(`${each.tagName} ${each.className} ${contrast.toFixed(1)}`);
}
return [...found];
"""
#: the title of each operation as it is seen, and all of its text
BOXES = """
const boxes = [...document.querySelectorAll(".operation")];
return Object.fromEntries(boxes.map(each => [each.id, [each.querySelector("h3").innerText, each.textContent]]));
"""
#: runs a sample in TypeScript, which has no types in it, and answers what it has printed
RUN = """
const [token, bytes, done] = [arguments[0], Uint8Array.from(atob(arguments[1]), c => c.charCodeAt(0)), arguments[2]];
const recording = new Blob([bytes]), said = [];
const console = { log: (text) => said.push(typeof text === "string" ? text : JSON.stringify(text)) };
(async () => { %s })().then(() => done(said.join("\\n")), (error) => done(`failed: ${error}`));
"""


class Page:
    """Represents the page as a developer uses it."""

    def __init__(self, driver: WebDriver, address: str) -> None:
        self.driver, self.address = driver, address
        self.wait = WebDriverWait(driver, WITHIN)
        driver.get(f"{address}/docs")
        self.wait.until(lambda _: driver.find_elements(By.CLASS_NAME, "operation"))

    def open(self, operation: str) -> Operation:
        """Opens an operation by its link in the contents, and what is folded in it."""
        self.driver.execute_script("location.hash = arguments[0]", operation)
        box = self.driver.find_element(By.ID, operation)
        self.wait.until(lambda _: box.find_elements(By.CLASS_NAME, "sample"))
        self.driver.execute_script("arguments[0].querySelector('.trial').open = true", box)
        return Operation(self, box)

    def open_all(self) -> None:
        self.driver.execute_script("for (const each of document.querySelectorAll('details')) each.open = true")
        closed = "return [...document.querySelectorAll('details:not([open])')].length"
        drawn = "return [...document.querySelectorAll('.operation')].every(each => each.querySelector('.response'))"
        self.wait.until(lambda _: self.driver.execute_script(drawn))
        self.driver.execute_script("for (const each of document.querySelectorAll('details')) each.open = true")
        assert self.driver.execute_script(closed) == 0

    def sign_in(self, email: str) -> None:
        """Signs in by trying out the log-in."""
        log_in = self.open("logIn")
        log_in.fill("Body, application/json", json.dumps({"email": email, "password": PASSWORD}))
        assert log_in.send().startswith("200 ")
        self.wait.until(lambda _: "sent as Robin" in self.driver.find_element(By.ID, "who").text)

    def complaints(self) -> list[str]:
        """Returns what the browser has complained of since the last call, as of a violated policy."""
        entries = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]


class Operation:
    """Represents one operation that is open."""

    def __init__(self, page: Page, box: WebElement) -> None:
        self.page, self.box = page, box

    def field(self, label: str) -> WebElement:
        return next(
            each.find_element(By.CSS_SELECTOR, "input, select, textarea")
            for each in self.box.find_elements(By.CLASS_NAME, "field")
            if each.find_element(By.TAG_NAME, "label").text.removesuffix(" (required)") == label
        )

    def fill(self, label: str, value: str) -> None:
        field = self.field(label)
        if field.get_attribute("type") == "file":
            field.send_keys(value)
            return
        script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}))"
        self.page.driver.execute_script(script, field, value)

    def sample(self, language: str) -> str:
        self.box.find_element(By.CSS_SELECTOR, f"input[value={language}]").click()
        text: str = self.box.find_element(By.CLASS_NAME, "sample").get_attribute("textContent") or ""
        return text

    def send(self) -> str:
        """Sends the request; returns the status once the answer is whole."""
        self.box.find_element(By.CSS_SELECTOR, "button[type=submit]").click()
        stop = self.box.find_element(By.XPATH, ".//button[text()='Stop']")
        self.page.wait.until(lambda _: not stop.is_displayed())
        return self.box.find_element(By.CLASS_NAME, "status").text

    @property
    def answer(self) -> str:
        return self.box.find_element(By.CLASS_NAME, "answer").get_attribute("textContent") or ""


@pytest.fixture(scope="module")
def document(all_in_one: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx2.get(f"{all_in_one}/openapi.json", timeout=60).json()
    return found


@pytest.fixture
def page(driver: WebDriver, all_in_one: str) -> Page:
    sign_out(driver, all_in_one)
    return Page(driver, all_in_one)


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (390, "light"),
        *(pytest.param(*each, marks=pytest.mark.in_full) for each in ((1280, "dark"), (390, "dark"), (1280, "light"))),
    ],
)
@pytest.mark.landing
def test_all_of_the_document_is_shown_and_fits_under_the_policy_of_the_pages(
    driver: WebDriver, all_in_one: str, document: dict[str, Any], width: int, scheme: str
) -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.get("about:blank")  # before and after it is open: to lay all of it out once more takes five seconds
    try:
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        page = Page(driver, all_in_one)
        page.open_all()
        _fits(driver, width, scheme)
        _shows(page, document)
    finally:
        driver.get("about:blank")
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def _fits(driver: WebDriver, width: int, scheme: str) -> None:
    there, needed = driver.execute_script("return [innerWidth, document.documentElement.scrollWidth]")
    assert (there, needed <= there) == (width, True), needed
    assert driver.execute_script(PALE) == []
    ground = driver.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground))) < 3 * 128) == (scheme == "dark")


def _shows(page: Page, document: dict[str, Any]) -> None:
    boxes: dict[str, tuple[str, str]] = page.driver.execute_script(BOXES)
    for methods in document["paths"].values():
        for operation in methods.values():
            title, text = boxes[operation["operationId"]]
            words = re.sub("[A-Z]", lambda found: f" {found[0].lower()}", operation["operationId"])
            assert title == words[0].upper() + words[1:]
            told = [
                operation["summary"],
                *operation["responses"],
                *(each["name"] for each in operation.get("parameters", ())),
            ]
            assert [each for each in told if each.replace("`", "") not in text] == []
    places = page.driver.execute_script(
        "return [...document.querySelectorAll(\"#order a[href^='#'], #contents a\")].map(each => each.hash.slice(1))"
        ".map(name => [name, document.getElementById(name) !== null])"
    )
    assert len(places) > len(boxes)
    assert [name for name, is_there in places if not is_there] == []
    shown = page.driver.find_element(By.ID, "operations").get_attribute("textContent") or ""
    for name in document["webhooks"]:
        assert name in shown
    tables = ("words[].verdict", "for: author or admin", "with consent to assess_voice", "characters at most 300")
    for words in (*tables, "Preference-Applied", "webhook-signature"):
        assert words in shown
    without = page.driver.execute_script(
        "return [...document.querySelectorAll('.response')].filter(each => !each.querySelector('pre'))"
        ".map(each => each.textContent)"
    )
    assert [each for each in without if not each.startswith(("202", "204", "302", "304"))] == []
    assert page.complaints() == []
    page.driver.find_element(By.CSS_SELECTOR, "a[href='/problems/email-taken']").click()
    assert page.driver.find_element(By.TAG_NAME, "h1").text == "There is an account with this e-mail address"


def test_all_of_it_is_reached_by_the_keyboard(page: Page) -> None:
    driver = page.driver

    def press(*keys: str) -> WebElement:
        for key in keys:
            driver.switch_to.active_element.send_keys(key)
        return driver.switch_to.active_element

    assert press(Keys.TAB).text == "Skip to the content"
    driver.find_element(By.ID, "find").send_keys("catalogue by sound")
    links = [each for each in driver.find_elements(By.CSS_SELECTOR, "#contents a") if each.is_displayed()]
    assert [each.text for each in links] == ["List twisters"]
    assert press(Keys.TAB).text == "List twisters"
    summary = press(Keys.ENTER)
    page.wait.until(lambda _: driver.switch_to.active_element.tag_name == "summary")
    summary = driver.switch_to.active_element
    assert "GET" in summary.text
    box = summary.find_element(By.XPATH, "..")
    page.wait.until(lambda _: box.find_elements(By.CLASS_NAME, "sample"))
    assert press(Keys.TAB).get_attribute("value") == "curl"
    assert press(Keys.ARROW_DOWN).get_attribute("value") == "Python"
    assert "import requests" in box.find_element(By.CLASS_NAME, "sample").text
    assert press(Keys.TAB).text == "Copy"
    assert press(Keys.TAB, Keys.TAB).text == "Try it out"
    press(Keys.ENTER)
    limit = press(Keys.TAB)
    assert limit.get_attribute("id") == box.find_element(By.CSS_SELECTOR, ".fields input").get_attribute("id")
    press("2", Keys.ENTER)
    page.wait.until(lambda _: "200 after" in box.find_element(By.CLASS_NAME, "status").text)
    assert len(json.loads(Operation(page, box).answer)["items"]) == 2
    assert '"limit": ' not in Operation(page, box).sample("curl")
    assert "limit=2" in Operation(page, box).sample("curl")


@pytest.mark.landing
def test_a_recording_is_sent_and_followed_from_the_page(page: Page, all_in_one: str) -> None:
    assert page.open("listJobs").send().startswith("401 ")
    page.sign_in(sign_up(all_in_one))
    listing = page.open("listJobs")
    assert (listing.send()[:3], json.loads(listing.answer)["items"]) == ("200", [])
    create = page.open("createAttempt")
    create.fill("recording", str(READING))
    create.fill("text", TEXT)
    assert create.send().startswith("202 ")
    job = json.loads(create.answer)["job"]["id"]
    follow = page.open("followJob")
    follow.fill("id", job)
    assert follow.send().startswith("200 ")
    events = re.findall(r"^event: (\S+)", follow.answer, re.MULTILINE)
    assert (events[0], events[-2:]) == ("attempt.accepted", ["job.succeeded", "job.end"])
    headers = follow.box.find_element(By.CLASS_NAME, "heads").text
    assert re.search(r"^x-request-id: [0-9a-f]{32}$", headers, re.MULTILINE)
    make = page.open("makeTwister")
    make.fill("Body, application/json", "{")
    assert make.send() == "The body is not JSON."
    page.driver.get(f"{all_in_one}/try")  # the session is the same
    page.wait.until(lambda _: page.driver.find_element(By.ID, "who").is_displayed())


class Sampled:
    """Fills in operations of the page and runs their samples in one language, as a reader does."""

    def __init__(self, page: Page, language: str) -> None:
        self.page, self.language, self.token = page, language, ""

    async def run(self, operation: str, body: str | None = None, **values: str) -> str:
        """Returns what the sample of an operation has printed."""
        opened = self.page.open(operation)
        if body is not None:
            opened.fill("Body, application/json", body)
        for label, value in values.items():
            opened.fill(label, value)
        return await asyncio.to_thread(run, self.page, self.language, opened.sample(self.language), self.token)


def run(page: Page, language: str, sample: str, token: str) -> str:
    """Runs a sample as its reader does; returns what it has printed."""
    if language == "TypeScript":
        recording = base64.b64encode(READING.read_bytes()).decode()
        said: str = page.driver.execute_async_script(RUN % sample, token, recording)
        return said
    command = ["bash", "-c", sample] if language == "curl" else [sys.executable, "-c", sample]
    environment = {**os.environ, "TOKEN": token}
    done = subprocess.run(
        command, cwd=SAMPLES, env=environment, capture_output=True, text=True, timeout=WITHIN, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), sample
    return done.stdout


@pytest.mark.parametrize(
    ("language", "writes"),
    [
        ("curl", False),
        ("Python", False),
        ("TypeScript", False),
        pytest.param("curl", True, marks=pytest.mark.landing),
        *(pytest.param(each, True, marks=pytest.mark.in_full) for each in ("Python", "TypeScript")),
    ],
)
async def test_the_samples_of_the_page_work(
    page: Page, all_in_one: str, author: str, language: str, writes: bool
) -> None:
    work = Sampled(page, language)
    session = await work.run("logIn", json.dumps({"email": author, "password": PASSWORD}))
    if language == "Python":  # which prints it as Python does
        work.token = re.findall(r"'access_token': '([^']+)'", session)[0]
    else:
        work.token = json.loads(session)["access_token"]
    found = await work.run("listTwisters", sound="R", difficulty="3", limit="1")
    assert re.search(r"""["']difficulty["']: ?3""", found)
    if not writes:
        return
    said = await work.run("createAttempt", recording=str(READING), text=f"{TEXT} It's “so”.")
    job = re.findall("[0-9a-f-]{36}", said)[0]
    assert "event: job.end" in await work.run("followJob", id=job)
    assert "assessed" in await work.run("readAttempt", id=job)
    words = f"{uuid4().hex} it's \\ “odd”"
    body = json.dumps({"text": words, "language": "en", "difficulty": 2, "sounds": ["R"]})
    twister = re.findall("[0-9a-f-]{36}", await work.run("makeTwister", body))[0]
    changed = await work.run("editTwister", '{"difficulty": 5}', id=twister)
    assert re.search(r"""["']difficulty["']: ?5""", changed)
    assert await work.run("deleteTwister", id=twister) in ("", "204\n", "204")
    assert httpx2.get(f"{all_in_one}/twisters/{twister}", timeout=60).status_code == 404
