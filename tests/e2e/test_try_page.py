"""Tests the page at /try in a real Chromium, on the whole product; a recording plays as the microphone."""

from __future__ import annotations

import json
import uuid
import wave
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.e2e.browser import as_microphone, find_browser, open_browser
from tests.e2e.cut_line import CutLine

SAMPLES = Path(__file__).parents[2] / "samples"
TEXT = "Peter Piper picked a peck of pickled peppers."
SOUND = "P"
#: TEXT read as it stands, and once with a word left out
READING, OTHER_READING = SAMPLES / "peter-piper.webm", SAMPLES / "peter-piper-different.webm"
WITHIN = 30.0  # seconds

STEPS = [
    "Your recording has arrived",
    "Listening",
    "Words are marked",
    "Writing feedback",
    "Feedback is ready",
    "Done",
]


class Page:
    """Represents the page as a person uses it."""

    def __init__(self, driver: WebDriver, address: str) -> None:
        self.driver = driver
        self.wait = WebDriverWait(driver, WITHIN)
        driver.get(f"{address}/try")
        driver.execute_script("sessionStorage.clear()")
        driver.refresh()
        self.wait.until(lambda _: self.twisters())

    def __getitem__(self, id: str) -> WebElement:
        return self.driver.find_element(By.ID, id)

    def twisters(self) -> list[WebElement]:
        return self.driver.find_elements(By.CLASS_NAME, "twister")

    def texts(self, selector: str) -> list[str]:
        """Returns the texts of all matching elements at one moment: the page may draw them anew at any time."""
        script = "return [...document.querySelectorAll(arguments[0])].map(each => each.innerText)"
        found: list[str] = self.driver.execute_script(script, selector)
        return found

    def steps(self) -> list[str]:
        return self.texts("#steps li")

    def words(self) -> list[tuple[str, str]]:
        """Returns each word with what its mark says."""
        lines = [text.split("\n") for text in self.texts("#words .word")]
        return [(word, mark) for word, mark, *_ in lines]

    def count_drawings(self) -> None:
        """Counts from now on how often the words are drawn (`drawings`)."""
        self.driver.execute_script(
            "window.drawings = 0;"
            "new MutationObserver(changes => { window.drawings += changes.length })"
            ".observe(document.getElementById('words'), {childList: true})"
        )

    def drawings(self) -> int:
        count: int = self.driver.execute_script("return window.drawings")
        return count

    def sign_up(self, birth_date: str) -> str:
        """Returns the e-mail address."""
        email = f"{uuid.uuid4()}@example.org"
        self["email"].send_keys(email)
        self["password"].send_keys("correct horse")
        self["username"].send_keys("Robin")
        self.driver.execute_script("arguments[0].value = arguments[1]", self["birth-date"], birth_date)
        self["account-send"].click()
        self.wait.until(lambda _: self["who"].is_displayed())
        return email

    def pick(self, text: str) -> None:
        """Picks a twister by sound and difficulty, as a child would."""
        before = self["pick-count"].text
        Select(self["sound"]).select_by_value(SOUND)
        self.wait.until(lambda _: self["pick-count"].text != before)
        next(each for each in self.twisters() if text in each.text).click()

    def record(self, seconds: float) -> None:
        self["record"].click()
        self.wait.until(lambda _: float(self["elapsed"].get_attribute("value") or 0) >= seconds)
        self["record"].click()

    def storage(self) -> str:
        found: str = self.driver.execute_script("return sessionStorage.getItem('session')")
        return found

    def run_out(self) -> None:
        """Makes the kept access token one that the server refuses, as when it has expired."""
        self.driver.execute_script(
            "const kept = JSON.parse(sessionStorage.session); kept.access_token = 'run.out.token';"
            "sessionStorage.session = JSON.stringify(kept)"
        )

    def overflows(self) -> bool:
        """Tells whether the page is wider than the window."""
        script = "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
        found: bool = self.driver.execute_script(script)
        return found

    def addresses(self) -> list[str]:
        """Returns every address the page has asked for."""
        found: list[str] = self.driver.execute_script("return performance.getEntries().map(each => each.name)")
        return found


@pytest.fixture(scope="module")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return as_microphone(READING, tmp_path_factory.mktemp("microphone") / "microphone.wav")


@pytest.fixture(scope="module")
def driver(
    microphone: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[WebDriver]:
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def notify_operator(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{line}", flush=True)

    with open_browser(find_browser(notify_operator), microphone, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def seconds(microphone: Path) -> float:
    with wave.open(str(microphone)) as sound:
        return float(sound.getnframes() / sound.getframerate())


def test_somebody_signs_up_speaks_and_sees_the_words_marked(
    driver: WebDriver, all_in_one: str, microphone: Path
) -> None:
    page = Page(driver, all_in_one)
    page.sign_up("2001-05-17")
    page.pick(TEXT)
    page.count_drawings()
    page.record(seconds(microphone) + 1)
    page.wait.until(lambda _: "Done" in page.steps())
    assert [step for step in page.steps() if not step.startswith("Heard")] == STEPS
    assert [word for word, _ in page.words()] == TEXT.rstrip(".").split()
    assert [mark for _, mark in page.words()].count("✓ clear") >= 6
    assert "Overall" in page["scores"].text
    assert len(page["summary"].text) > 20
    page.wait.until(lambda _: page["next"].is_displayed() and "deleted" in page["receipt"].text)
    assert page.drawings() == 1, "words that somebody may be reading were drawn again"
    token = json.loads(page.storage())["access_token"]
    assert not [each for each in page.addresses() if token in each]
    console = driver.get_log("browser")  # type: ignore[no-untyped-call]
    assert [entry for entry in console if entry["level"] == "SEVERE"] == []
    page["next-pick"].click()
    page.wait.until(lambda _: page["chosen"].text != TEXT)


def test_a_child_is_told_that_a_guardian_has_to_agree(driver: WebDriver, all_in_one: str) -> None:
    page = Page(driver, all_in_one)
    page.sign_up("2019-05-17")
    page.pick(TEXT)
    page.record(0.5)
    page.wait.until(lambda _: page["trouble"].is_displayed())
    assert "guardian" in page["trouble"].text
    assert not page["result"].is_displayed()


@pytest.mark.parametrize("width", [1000, 390])
def test_somebody_stays_signed_in_and_ends_sessions(driver: WebDriver, all_in_one: str, width: int) -> None:
    driver.set_window_size(width, 1400)
    page = Page(driver, all_in_one)
    account = {"email": page.sign_up("2001-05-17"), "password": "correct horse"}
    page.wait.until(lambda _: page.texts("#session-list strong") == ["Chrome on Linux"])
    device = {"User-Agent": "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"}
    elsewhere = httpx2.post(f"{all_in_one}/auth/login", json=account, headers=device, timeout=60).json()
    page.run_out()
    driver.refresh()
    page.wait.until(lambda _: page.texts("#session-list strong") == ["Firefox on Android", "Chrome on Linux"])
    assert page["who-name"].text == "Hello, Robin!"
    assert not page.overflows()

    assert status(all_in_one, elsewhere["access_token"]) == 200
    driver.find_element(By.CSS_SELECTOR, "[aria-label='Sign out Firefox on Android']").click()
    page.wait.until(lambda _: page.texts("#session-list strong") == ["Chrome on Linux"])
    assert status(all_in_one, elsewhere["access_token"]) == 401

    page.run_out()
    driver.get(f"{all_in_one}/try/twisters-admin")  # renews when it is refused
    page.wait.until(lambda _: page.texts("#list li"))
    token = json.loads(page.storage())["access_token"]
    assert status(all_in_one, token) == 200
    page["sign-out"].click()
    page.wait.until(lambda _: page["account"].is_displayed())
    assert not page.storage()
    assert status(all_in_one, token) == 401


def status(address: str, token: str) -> int:
    """Returns what a token is answered."""
    return httpx2.get(f"{address}/jobs", headers={"Authorization": f"Bearer {token}"}, timeout=60).status_code


def test_a_stream_that_is_cut_goes_on_where_it_was(driver: WebDriver, all_in_one: str) -> None:
    with CutLine(all_in_one, after=b"id: 2\nevent: step.started") as line:
        page = Page(driver, line.address)
        page.sign_up("2001-05-17")
        page.pick(TEXT)
        page["file"].send_keys(str(OTHER_READING))
        page.wait.until(lambda _: "Done" in page.steps())
        assert [step for step in page.steps() if not step.startswith("Heard")] == STEPS
        assert ("pickled", "○ left out") in page.words()
        assert (line.cuts, line.resumed_after) == (1, ["1"])
