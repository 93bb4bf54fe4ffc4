"""Tests the page at /try/conversation in a real Chromium, before a stand-in of the gateway.

Ear and voice are scripted: Chromium without a window has neither. Nothing was run in Safari.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.e2e.talk_stand_in import Scripted, TalkStandIn, talking
from tests.e2e.try_page import WITHIN, Page

SCRIPTED = Path(__file__).with_name("scripted_voice.js").read_text(encoding="utf-8")
KEY = "sk-canary-0123456789"
DECISION = ("That is a decision. ", "Who has ", "this problem? ", "Tell me of one.")


class Conversation(Page):
    """Represents the page as a designer uses it."""

    def __init__(self, driver: WebDriver, address: str) -> None:
        self.driver = driver
        self.wait = WebDriverWait(driver, WITHIN)
        driver.get(f"{address}/try/conversation")
        self.until("document.body.dataset.state === 'idle'")

    def run(self, script: str) -> Any:
        return self.driver.execute_script(script)

    def until(self, condition: str) -> None:
        self.wait.until(lambda _: self.run(f"return {condition}"))

    def state(self, name: str) -> None:
        self.until(f"document.body.dataset.state === '{name}'")

    def say(self, text: str) -> None:
        self["message"].send_keys(text, Keys.ENTER)

    def said(self) -> list[str]:
        """Returns what stands in the log, without sources; what is struck out stands between tildes."""
        found: list[str] = self.run(
            "return [...document.querySelectorAll('#said li')].map((item) => [...item.children[1].childNodes].map("
            "(node) => node.nodeName === 'S' ? `~${node.lastChild.data}~` : node.data).join(''))"
        )
        return found


@pytest.fixture(scope="module")
def stand_in() -> Iterator[TalkStandIn]:
    with talking() as serving:
        yield serving


@pytest.fixture(autouse=True)
def script(driver: WebDriver, stand_in: TalkStandIn) -> Iterator[None]:
    """Gives the browser a scripted ear and voice, and the stand-in nothing to answer."""
    stand_in.answers, stand_in.asked, stand_in.noted = [], [], []
    added = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": SCRIPTED})
    yield
    driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": added["identifier"]})
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_who_is_interrupted_has_said_what_was_heard(driver: WebDriver, stand_in: TalkStandIn) -> None:
    page, rest = Conversation(driver, stand_in.url), Event()
    stand_in.answers = [Scripted(DECISION, until=rest), Scripted(("Noted.",))]
    page["talk"].click()
    assert page.run("return unlocked") == 1
    page.state("listening")
    page.run("heard[0].understand('We ask ', 'nurses first')")
    assert page["message"].get_attribute("value") == "We ask nurses first"
    page["talk"].click()
    page.until("voiced.length === 2")  # two sentences are whole, and the answer is not
    assert page.run("return voiced.map((each) => each.text)") == ["That is a decision. ", "Who has this problem? "]
    rest.set()
    page.until("voiced.length === 3")
    page.run("voiced[0].onend(); voiced[1].onboundary({charIndex: 4})")
    page.state("speaking")
    page["message"].send_keys("N")
    page.state("idle")
    assert page.run("return cancelled") == 1
    assert page.said() == ["We ask nurses first", "That is a decision. Who ~has this problem? Tell me of one.~"]
    page.say("o, doctors")
    page.until("voiced.length === 4")
    page.run("voiced[3].onend()")
    page.state("idle")
    assert stand_in.asked[0] == {"message": "We ask nurses first", "stream": True}
    assert stand_in.asked[1]["history"] == [
        {"role": "user", "text": "We ask nurses first"},
        {"role": "assistant", "text": "That is a decision. Who"},
    ]
    page["notes-ask"].click()
    page.until("document.activeElement.id === 'notes-title'")
    assert page["notes-text"].text.split("\n") == [
        "Notes",
        "Decisions",
        "Ask nurses *first* (1)",
        "Open questions",
        "none noted",
    ]
    assert [each["role"] for each in stand_in.noted[0]["history"]] == ["user", "assistant", "user", "assistant"]


def test_the_button_is_held_tapped_or_pressed_by_key(driver: WebDriver, stand_in: TalkStandIn) -> None:
    page = Conversation(driver, stand_in.url)
    stand_in.answers = [Scripted(("One.",), until=(never := Event())), Scripted(("Two.",))]
    ActionChains(driver).click_and_hold(page["talk"]).perform()
    page.state("listening")
    page.run("heard[0].understand('held'); const t = performance.now(); while (performance.now() < t + 450);")
    ActionChains(driver).release().perform()
    page.state("thinking")
    page["talk"].send_keys(Keys.SPACE)  # interrupts
    page.state("listening")
    page.run("heard[1].fail('not-allowed')")
    page.state("idle")
    assert "not allowed" in page["state"].text
    page["talk"].send_keys(Keys.ENTER)
    page.run("heard[2].understand('pressed')")
    page["talk"].send_keys(Keys.ENTER)
    page.until("voiced.length === 1")
    page.press(Keys.ESCAPE)
    page.state("idle")
    never.set()
    assert page.said() == ["held", "pressed", "~Two.~"]
    assert [each["message"] for each in stand_in.asked] == ["held", "pressed"]
    assert stand_in.asked[1]["history"] == [{"role": "user", "text": "held"}]


def test_a_connection_that_is_lost_is_tried_again(driver: WebDriver, stand_in: TalkStandIn) -> None:
    page = Conversation(driver, stand_in.url)
    page["settings"].click()
    page["aloud"].click()
    stand_in.answers = [Scripted(("First.",)), Scripted(("Half an ",), cut=True), Scripted(("A whole answer.",))]
    page.say("one")
    page.until("document.querySelectorAll('#said .from').length === 1")
    page.say("two")
    page.until("document.querySelectorAll('#said .from').length === 2")
    assert page.said() == ["one", "First.", "two", "A whole answer."]
    assert stand_in.asked[1] == stand_in.asked[2]
    assert [each["text"] for each in stand_in.asked[2]["history"]] == ["one", "First."]
    assert page.run("return voiced.length") == 0


def test_a_key_goes_with_the_message_and_rests_nowhere(driver: WebDriver, stand_in: TalkStandIn) -> None:
    page = Conversation(driver, stand_in.url)
    page["settings"].click()
    page.until("document.getElementById('model').length === 2")
    assert [each.text for each in Select(page["model"]).options] == ["the first of OpenAI", "gpt-6-luna (openai)"]
    page["key"].send_keys(KEY)
    Select(page["model"]).select_by_value("gpt-6-luna")
    refused = {"type": "/problems/provider-key-refused", "title": "The provider refuses the key.", "status": 401}
    cut = {"type": "/problems/provider-stream-cut", "title": "The answer broke off.", "status": 502}
    notices = [{"code": "small-model", "message": "A small model answers."}]
    stand_in.answers = [
        Scripted(problem=refused),
        Scripted(("Half",), problem=cut),
        Scripted(("Half",), cut=True),
        Scripted(("Yes.",), notices=notices),
    ]
    page.say("hello")
    for title in (refused["title"], cut["title"], "The connection was lost."):
        page.until(f"document.getElementById('trouble').textContent.startsWith('{title}')")
        page["retry"].click()
    page.until("voiced.length === 1")
    assert page.said() == ["hello", "Yes."]
    assert "answers may be wrong" in page["said"].text
    assert [(each["apiKey"], each["model"]) for each in stand_in.asked] == [(KEY, "gpt-6-luna")] * 4
    stored = page.run("return JSON.stringify([{...sessionStorage}, {...localStorage}, document.cookie, location.href])")
    assert KEY not in stored
    assert KEY not in page["said"].text
    assert page["key"].get_attribute("type") == "password"
    driver.refresh()
    assert page["key"].get_attribute("value") == ""
    driver.back()


def test_the_page_fits_a_phone_and_everything_has_a_name(driver: WebDriver, stand_in: TalkStandIn) -> None:
    driver.get_log("browser")  # type: ignore[no-untyped-call]  # of tests before
    page = Conversation(driver, stand_in.url)
    stand_in.answers = [Scripted((f"{'A long answer. ' * 30}{'x' * 80}",))]
    for width, height in ((390, 844), (1280, 900)):
        page.resize(width, height)
        assert page.in_view("talk")
        assert page.in_view("send")
    page.resize(390, 844)
    page.say("y" * 80)
    page.until("voiced.length > 0")
    page["settings"].click()
    assert page.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.flaws() == []
    assert page["message"].accessible_name == "Write instead"
    assert page["said"].aria_role == "log"
    assert "never run in Safari" in driver.find_element("tag name", "footer").text
    assert [each for each in driver.get_log("browser") if each["level"] == "SEVERE"] == []  # type: ignore[no-untyped-call]


def test_nothing_covers_the_button_that_tries_again_on_a_phone(driver: WebDriver, stand_in: TalkStandIn) -> None:
    page = Conversation(driver, stand_in.url)
    page.resize(390, 844)
    refused = {"type": "/problems/provider-key-refused", "title": "The provider refuses the key.", "status": 401}
    stand_in.answers = [Scripted(("A long answer. " * 30,)), Scripted(problem=refused)]
    page.say("one")
    page.until("document.querySelectorAll('#said .from').length === 1")
    page.say("two")
    page.until("!document.getElementById('retry').hidden")
    assert page.in_view("retry")
    place = "const {x, y, width, height} = document.getElementById('retry').getBoundingClientRect();"
    assert page.run(f"{place} return document.elementFromPoint(x + width / 2, y + height / 2).id") == "retry"


def test_a_browser_without_ear_and_voice_is_written_to(driver: WebDriver, stand_in: TalkStandIn) -> None:
    gone = "for (const name of ['SpeechRecognition', 'webkitSpeechRecognition', 'SpeechSynthesisUtterance'])"
    gone += " window[name] = undefined;"
    added = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": gone})
    try:
        page = Conversation(driver, stand_in.url)
    finally:
        driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": added["identifier"]})
    stand_in.answers = [Scripted(("Read me.",))]
    assert not page["talk"].is_displayed()
    assert "cannot hear" in page["talk-hint"].text
    page.say("hello")
    page.state("idle")
    assert page.said() == ["hello", "Read me."]
    assert not page["aloud"].is_enabled()
