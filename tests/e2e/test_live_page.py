"""Tests live talk on /try/conversation: the page in a real Chromium, the whole product, a stand-in of the Realtime API.

The microphone plays a file, and what the browser would say is noted by a script. Nothing was run in Safari.
"""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.keys import Keys

from tests.e2e.browser import find_browser, open_browser
from tests.e2e.test_conversation_page import SCRIPTED, Conversation
from tests.realtime_provider import RealtimeStandIn

KEY = "sk-canary-of-the-live-page"
#: keeps the page's WebSockets, so that a test can lose one, and its clock of sound
_KEEPS = """
[window.sockets, window.contexts] = [[], []];
window.AudioContext = class extends AudioContext { constructor(...given) { super(...given); contexts.push(this); } };
window.WebSocket = class extends WebSocket { constructor(...given) { super(...given); sockets.push(this); } };
"""
T = TypeVar("T")


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[WebDriver]:
    """Provides a browser whose microphone hears nothing."""
    with wave.open(str(tmp_path / "quiet.wav"), "wb") as sound:
        sound.setparams((1, 2, 48_000, 0, "NONE", ""))
        sound.writeframes(bytes(48_000 * 2))
    with open_browser(find_browser(print), tmp_path / "quiet.wav", tmp_path / "profile") as driver:
        for script in (SCRIPTED, _KEEPS):
            driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        yield driver


async def aside(work: Callable[..., T], *given: object) -> T:
    """Does in a thread what waits for the browser: the stand-in answers in this one."""
    return await asyncio.to_thread(work, *given)


def begin(driver: WebDriver, address: str) -> Conversation:
    page = Conversation(driver, address)
    page.resize(390, 844)
    page["settings"].click()
    assert not page["live"].is_enabled()  # nobody would pay
    page["key"].send_keys(KEY)
    page["live"].click()
    page["talk"].send_keys(Keys.ENTER)
    page.state("live")
    page["message"].send_keys("Which page first?", Keys.ENTER)
    page.state("live-speaking")
    page.run("window.since = contexts[0].currentTime")
    page.until("contexts[0].currentTime - since > 1.5")
    assert page.in_view("send")
    return page


@pytest.mark.landing
async def test_live_talk_is_interrupted_lost_and_ended(
    all_in_one: str, aloud_at_hand: RealtimeStandIn, quiet: WebDriver
) -> None:
    aloud = aloud_at_hand
    aloud.answer_ms, before = 8_000, len(aloud.calls)
    page = await aside(begin, quiet, all_in_one)
    call = aloud.last
    assert (call.key, call.model) == (KEY, "gpt-realtime-2.1-mini")
    assert call.asked("input_audio_buffer.append")
    assert call.asked("session.update")[0]["session"]["type"] == "realtime"

    await aloud.speech_started(call)
    await aside(page.until, "document.querySelector('#said s') !== null")
    [cut] = call.asked("conversation.item.truncate")
    assert 500 < cut["audio_end_ms"] < 8_000
    asked, answer = await aside(page.said)
    heard, _, unheard = answer.partition("~")
    assert asked == "Which page first?"
    assert heard and heard + unheard.rstrip("~") == f"{aloud.answer} ", answer

    await aloud.send(call, "voxbus.warning", say="One minute is left.")
    await aside(page.until, "voiced.at(-1)?.text === 'One minute is left.'")
    assert "One minute" in await aside(lambda: page["state"].text)

    await aside(page.run, "sockets.at(-1).close(4999)")
    await aside(page.until, "sockets.length === 2")
    await aside(page.state, "live")
    assert len(aloud.calls) == before + 2
    await aloud.last.over.wait()  # what was opened in its place is hung up
    assert not call.over.is_set()

    await aside(lambda: page["talk"].click())
    await aside(page.state, "idle")
    await call.over.wait()
    stored = await aside(page.run, "return JSON.stringify([{...sessionStorage}, {...localStorage}, location.href])")
    assert KEY not in stored
    severe = [each for each in quiet.get_log("browser") if each["level"] == "SEVERE"]  # type: ignore[no-untyped-call]
    assert severe == []
