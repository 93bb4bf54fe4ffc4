"""Tests the page at /try in a real Chromium, on the whole product; a recording plays as the microphone."""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.e2e.browser import as_microphone, find_browser, open_browser
from tests.e2e.cut_line import CutLine
from tests.e2e.try_page import Page
from tests.issuers.x import CANARY, User, XStandIn

SAMPLES = Path(__file__).parents[2] / "samples"
TEXT = "Peter Piper picked a peck of pickled peppers."
#: TEXT read as it stands, and once with a word left out
READING, OTHER_READING = SAMPLES / "peter-piper.webm", SAMPLES / "peter-piper-different.webm"
ANOTHER_TEXT = SAMPLES / "she-sells.webm"
STEPS = ["Sent", "Listening", "Ready"]


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


@pytest.fixture(autouse=True)
def window(driver: WebDriver) -> Iterator[None]:
    """Makes the window as it was, after a test that resized it."""
    yield
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_somebody_signs_up_speaks_and_sees_the_words_marked(
    driver: WebDriver, all_in_one: str, microphone: Path
) -> None:
    page = Page(driver, all_in_one)
    page.sign_up("2001-05-17")
    page.pick(TEXT)
    page.count_drawings()
    page.record(seconds(microphone) + 1)
    page.wait.until(lambda _: page.steps() == STEPS)
    assert [word for word, _ in page.words()] == TEXT.rstrip(".").split()
    assert [mark for _, mark in page.words()].count("✓ clear") >= 6
    assert page["stars"].text in ("★★★ Very clear!", "★★☆ Well on the way!")
    assert not page["scores"].is_displayed()
    assert len(page["summary"].text) > 20
    page.wait.until(lambda _: page["next"].is_displayed() and "deleted" in page["receipt"].text)
    assert page.drawings() == 1, "words that somebody may be reading were drawn again"
    token = json.loads(page.storage())["access_token"]
    assert not [each for each in page.addresses() if token in each]
    page["figures"].find_element(By.TAG_NAME, "summary").click()
    assert "Overall" in page["scores"].text
    assert page.flaws() == []
    own = "return arguments[0].duration > 1"
    page.wait.until(lambda _: driver.execute_script(own, page["own-sound"]))

    said = page.words()
    driver.refresh()
    page.wait.until(lambda _: page["again"].is_displayed() and page["receipt"].text)
    assert (page.words(), page["chosen"].text, page.steps()) == (said, TEXT, STEPS)
    assert not page["own"].is_displayed()
    page["again"].click()
    assert (page.focused(), page["chosen"].text) == ("record", TEXT)
    page["next-pick"].click()
    page.wait.until(lambda _: page["chosen"].text != TEXT)
    assert page.focused() == "record"
    console = driver.get_log("browser")  # type: ignore[no-untyped-call]
    assert [entry for entry in console if entry["level"] == "SEVERE"] == []


def test_nobody_speaks_before_their_age_is_known(driver: WebDriver, all_in_one: str) -> None:
    page = Page(driver, all_in_one)
    page.sign_up("2019-05-17")
    assert page.focused() == "guardian"
    assert "parent or guardian" in page["guardian"].text
    assert not page["record"].is_displayed() and not page["file"].is_displayed()
    assert page.flaws() == []
    page["sign-out"].click()
    page.wait.until(lambda _: page.focused() == "account-title")
    page.sign_up("")
    assert page.focused() == "birthday-date"
    assert not page["record"].is_displayed() and not page["file"].is_displayed()
    assert page.flaws() == []
    page.press("05", "17", "2001", Keys.ENTER)
    page.wait.until(lambda _: page["record"].is_displayed())
    assert page.focused() == "record"


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 800)])
def test_what_comes_next_is_in_view_and_has_the_focus(
    driver: WebDriver, all_in_one: str, width: int, height: int
) -> None:
    page = Page(driver, all_in_one)
    page.resize(width, height)
    assert page.in_view("record")
    assert page.flaws() == []
    assert (page.beyond(), page.overflows()) == (0, False)
    page["record"].click()
    assert page.focused() == "email"
    page.sign_up("2001-05-17")
    assert page.in_view("record") and page.focused() == "record"
    page.twisters()[-1].click()
    assert page["chosen"].text == page.twisters()[-1].text.split("\n")[0]
    assert page.in_view("record") and page.focused() == "record"
    before = page["chosen"].text
    driver.find_element(By.CSS_SELECTOR, "input[name=twister]:checked").send_keys(Keys.ARROW_UP)
    assert page["chosen"].text != before
    assert page.focused() != "record", "arrow keys left the list"
    page.press(Keys.ENTER)
    assert page.in_view("record") and page.focused() == "record"


@pytest.mark.parametrize("path", ["/try/twisters-admin", "/docs"])
def test_no_other_page_scrolls_into_nothing(driver: WebDriver, all_in_one: str, path: str) -> None:
    page = Page(driver, all_in_one)
    page.resize(390, 844)
    driver.get(f"{all_in_one}{path}")
    page.wait.until(lambda _: len(page.texts("#list li, .operation")) > 5)
    script = "return document.documentElement.scrollHeight - document.body.getBoundingClientRect().bottom - scrollY"
    assert driver.execute_script(script) < 100


@pytest.mark.landing
def test_somebody_without_a_microphone_is_told_kindly_and_sends_a_file(driver: WebDriver, all_in_one: str) -> None:
    page = Page(driver, all_in_one)
    page.sign_up("2001-05-17")
    # as a browser does whose person refuses; the flags of this one permit always
    refuse = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError') }"
    driver.execute_script(refuse)
    page["record"].click()
    page.wait.until(lambda _: "that is fine" in page["trouble"].text)
    assert "send a recording" in page["trouble"].text and page["file"].is_enabled()

    page.pick(TEXT)
    page["file"].send_keys(str(ANOTHER_TEXT))
    for look in ("the stream", "the attempt, after a reload"):
        page.wait.until(lambda _: page["again"].is_displayed() and page["summary"].text and page.steps() == STEPS)
        assert "this text" in page["summary"].text or "not this one" in page["summary"].text, look
        for width, height in ((390, 844), (1280, 800)):
            page.resize(width, height)
            assert (page.words(), page["words"].is_displayed(), page["stars"].is_displayed()) == ([], False, False)
            assert (page.flaws(), page.beyond(), page.overflows()) == ([], 0, False)
        page["figures"].find_element(By.TAG_NAME, "summary").click()
        assert "sea" in page["transcript"].text and page["scores"].text == ""
        driver.refresh()


def test_a_stutter_is_told_apart_and_marks_no_word(driver: WebDriver, all_in_one: str) -> None:
    # shown by the page's own module: no sample holds a stutter, and speech has tests of how it finds one
    page = Page(driver, all_in_one)
    words = [
        {"word": "Peter", "verdict": "correct", "findings": ["reading.sound_repeated", "reading.of_a_later_release"]},
        {"word": "Piper", "verdict": "correct"},
    ]
    scores = dict.fromkeys(("overall", "accuracy", "fluency", "completeness"), 100)
    data = {"words": words, "scores": scores, "refusal": None, "findings": ["reading.sound_repeated"]}
    trouble = driver.execute_async_script(
        "const [data, done] = arguments; import('/try/result.js').then((result) => {"
        " result.clearResult(); document.getElementById('result').hidden = false;"
        " result.showEvent({type: 'attempt.assessed', data}); }).then(done, (error) => done(String(error)))",
        data,
    )
    assert trouble is None
    assert page.words() == [("Peter", "✓ clear"), ("Piper", "✓ clear")]
    assert page["stars"].text == "★★★ Very clear!" and not page["stutters"].is_displayed()
    page["figures"].find_element(By.TAG_NAME, "summary").click()
    assert page["stutters"].text == "“Peter”: a sound was said more than once. That is fine, and lowers no figure."
    assert page.flaws() == []


@pytest.mark.parametrize("local", [True, False])
def test_a_voice_of_this_device_reads_the_twister(driver: WebDriver, all_in_one: str, local: bool) -> None:
    # a browser without a window has no voices, so it is given one that notes what it reads
    voices = (
        "Object.defineProperty(window, 'speechSynthesis', {value: {speaking: false, cancel() {}, getVoices: () => "
        f"[{{lang: 'en-GB', localService: {str(local).lower()}}}], speak(words) {{ window.read = words.text }}}}}});"
        "window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text } };"
    )
    added = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": voices})
    page = Page(driver, all_in_one)
    page.wait.until(lambda _: page["record"].is_enabled())
    assert page["listen"].is_displayed() is local
    if local:
        page["listen"].click()
        assert driver.execute_script("return window.read") == page["chosen"].text
        assert page["listen"].text == "Stop listening"
    driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


@pytest.mark.parametrize("width", [pytest.param(1000, marks=pytest.mark.in_full), 390])
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


def test_somebody_whose_address_has_to_be_confirmed_first_is_told_so(driver: WebDriver, all_in_one: str) -> None:
    page = Page(driver, all_in_one)
    driver.execute_script(  # stands in for a gateway whose accounts Supabase keeps
        'window.fetch = async () => new Response(\'{"status": "confirm-email"}\', {status: 202})'
    )
    for id, text in {"email": "robin@example.org", "password": "correct horse", "username": "Robin"}.items():
        page[id].send_keys(text)
    page["username"].send_keys(Keys.ENTER)
    page.wait.until(lambda _: page["forgot-told"].text)
    assert page["forgot-told"].text == "A mail is on its way to you. Open the link in it, then log in here."
    assert (page["account-send"].text, page["who"].is_displayed()) == ("Log in", False)
    assert not page.storage()


def test_a_stream_that_is_cut_goes_on_where_it_was(driver: WebDriver, all_in_one: str) -> None:
    with CutLine(all_in_one, after=b"id: 2\nevent: step.started") as line:
        page = Page(driver, line.address)
        page.sign_up("2001-05-17")
        page.pick(TEXT)
        page["file"].send_keys(str(OTHER_READING))
        page.wait.until(lambda _: page.steps() == STEPS)
        assert ("pickled", "○ left out") in page.words()
        assert (line.cuts, line.resumed_after) == (1, ["1"])


def test_somebody_signs_in_with_x(driver: WebDriver, all_in_one: str, x_at_hand: XStandIn) -> None:
    x_at_hand.user = User(str(uuid4().int)[:19], "TwitterDev")  # whom no other test has signed in
    page = Page(driver, all_in_one)
    page.resize(1280, 900)
    page.wait.until(lambda _: page["with-x"]).click()
    press_at_x(driver, page, "cancel")
    page.wait.until(lambda _: page["with-x-told"].text == "You did not agree at X, so you are not signed in.")
    page.resize(390, 844)
    assert page.wait.until(lambda _: page["with-x"]).size["height"] >= 44
    assert not page.overflows()
    page["with-x"].click()
    press_at_x(driver, page, "authorize")
    page.wait.until(lambda _: page["who-name"].text == f"Hello, {x_at_hand.user.username}!")
    assert urlsplit(driver.current_url)[2:] == ("/try", "", "")  # neither the outcome nor the code
    assert page["birthday"].is_displayed()
    assert not page["unproven"].is_displayed()
    assert not page.overflows()
    assert CANARY not in page.storage() + driver.page_source
    driver.refresh()
    page.wait.until(lambda _: page.texts("#session-list strong") == ["Chrome on Linux"])
    page["sign-out"].click()
    page.wait.until(lambda _: page["account"].is_displayed())


def press_at_x(driver: WebDriver, page: Page, button: str) -> None:
    page.wait.until(lambda _: driver.title == "A stand-in of X")
    driver.find_element(By.CSS_SELECTOR, f"button[value={button}]").click()
