"""Tests the page at /try/lessons in a real Chromium, on the whole product."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.e2e.axe import fetch_axe, violations
from tests.e2e.lessons_page import LessonsPage, Solutions, solutions
from tests.e2e.weak_line import WeakLine

#: two lessons in a row with all nine types of exercises between them
FIRST, SECOND = "data-and-spreadsheets/tidy-tables", "data-and-spreadsheets/kinds-of-values"
#: tells whether the page can be loaded without a line
KEPT = """
const done = arguments[0];
navigator.serviceWorker.getRegistration("/try/lessons").then(async (found) =>
  done(found?.active?.state === "activated" && Boolean(await caches.match("/try/lessons"))));
"""
PHONE, DESK = (360, 780), (1280, 900)


@pytest.fixture(autouse=True)
def window(driver: WebDriver) -> Iterator[None]:
    """Makes the window as it was, after a test that resized it."""
    yield
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def severe(driver: WebDriver) -> list[dict[str, Any]]:
    """Returns what the console complains of, without what a server has not got or does not reach."""
    log = driver.get_log("browser")  # type: ignore[no-untyped-call]
    return [each for each in log if each["level"] == "SEVERE" and each["source"] != "network"]


def wrong(solution: dict[str, Any], page: LessonsPage, id: str) -> dict[str, Any]:
    """Returns a wrong answer to a question with one choice."""
    values = [each.get_attribute("value") for each in page.exercise(id).find_elements(By.CSS_SELECTOR, "input")]
    return {"choice": next(each for each in values if each != solution["choice"])}


@pytest.mark.landing
def test_a_newcomer_learns_by_keyboard_alone(driver: WebDriver, all_in_one: str, admin: str) -> None:
    page = LessonsPage(driver, all_in_one)
    page.resize(*PHONE)
    assert {page.path()[FIRST], page.path()[SECOND]} == {"open", "locked"}
    page.sign_up("1990-01-01")
    page.wait.until(lambda _: page.texts(".next .button"))
    types: set[str] = set()
    for key in (FIRST, SECOND):
        right = solutions(all_in_one, admin, key)
        page.open_lesson(key)
        assert page.flaws() == [] and not page.overflows()
        choices = [id for id, each in right.items() if "choice" in each]
        if key == FIRST:
            give_up(page, choices[0], wrong(dict(right[choices[0]]), page, choices[0]))
        for id, answer in right.items():
            types |= set(answer)
            if (key, id) != (FIRST, choices[0]):
                page.answer(id, answer)
                page.judged(id, "solved", "✓")
        page.wait.until(lambda _: page.texts(".end:not([hidden]) .score"))
        assert page.flaws() == [] and not page.overflows()
        page.go("")
        assert page.path()[key] == "completed"
    assert types == {"choice", "choices", "value", "order", "pairs", "blanks", "text", "rating"}
    page.go("progress")
    assert "1 day in a row" in page["view"].text and "Today is done." in page["view"].text
    assert page.texts(".badges strong")[0].startswith("★")
    assert severe(driver) == []


def give_up(page: LessonsPage, id: str, answer: dict[str, Any]) -> None:
    """Answers wrong until the solution may be seen, and sees it."""
    button = f"[data-exercise='{id}'] .actions button:nth-last-child(2)"
    for _ in range(3):
        assert not page.driver.find_element(By.CSS_SELECTOR, button).is_displayed()
        page.answer(id, answer)
        page.judged(id, "open", "✗")
        page.driver.execute_script(
            "arguments[0].replaceChildren()", page.exercise(id).find_element(By.CLASS_NAME, "outcome")
        )
    page.driver.find_element(By.CSS_SELECTOR, button).send_keys(Keys.ENTER)
    page.judged(id, "given-up", "This is the solution.")


@pytest.mark.landing
def test_answers_wait_while_the_line_is_away_and_count_once(driver: WebDriver, all_in_one: str, admin: str) -> None:
    right = solutions(all_in_one, admin, FIRST)
    ids = list(right)
    with WeakLine(all_in_one) as line:
        page = LessonsPage(driver, line.address)
        page.resize(*PHONE)
        page.sign_up("1990-01-01")
        page.wait.until(lambda _: page.texts(".next .button"))
        page.open_lesson(FIRST)
        page.wait.until(lambda _: driver.execute_async_script(KEPT))
        line.loses = b"POST /progress"  # which the server has done when the answer is lost
        page.answer(ids[0], right[ids[0]])
        page.wait.until(lambda _: line.lost)
        page.answer(ids[1], right[ids[1]])
        page.judged(ids[1], "waits", "Kept on this device")
        page.wait.until(lambda _: "2 answers wait" in page["waiting"].text)
        driver.refresh()  # without a line
        page.wait.until(lambda _: page.driver.find_elements(By.CSS_SELECTOR, ".exercise"))
        page.wait.until(lambda _: [page.standing(each) for each in ids[:3]] == ["waits", "waits", "open"])
        page.answer(ids[2], right[ids[2]])
        page.wait.until(lambda _: "3 answers wait" in page["waiting"].text)
        assert page.flaws() == [] and not page.overflows()
        address, session = driver.current_url, page.storage()
        driver.switch_to.new_window("tab")
        line.mend()
        driver.get(address)
        driver.execute_script("sessionStorage.session = arguments[0]", session)
        driver.refresh()
        first, second = driver.window_handles
        for window in (second, first):
            driver.switch_to.window(window)
            page.wait.until(lambda _: not page["waiting"].is_displayed())
            page.wait.until(lambda _: [page.standing(each) for each in ids[:3]] == ["solved"] * 3)
        assert page["done"].text == "3 kept answers are handed in: 3 right." or not page["done"].text
        headers = {
            "Authorization": f"Bearer {driver.execute_script('return JSON.parse(sessionStorage.session).access_token')}"
        }
    events = httpx2.get(f"{all_in_one}/progress/history", headers=headers, timeout=60).json()["items"]
    assert sorted(each["exercise_id"] for each in events if each["type"] == "attempt") == sorted(ids[:3])
    assert {each["type"] for each in events} == {"attempt", "opened"}


def test_items_are_dragged_into_order(driver: WebDriver, all_in_one: str) -> None:
    page = LessonsPage(driver, all_in_one)
    page.resize(*DESK)
    page.open_lesson("internet/what-is-the-internet")
    texts = page.texts(".order .text")
    handle = driver.find_elements(By.CSS_SELECTOR, ".order .handle")
    ActionChains(driver).scroll_to_element(handle[-1]).perform()
    ActionChains(driver).click_and_hold(handle[0]).move_to_element(handle[2]).move_by_offset(0, 20).release().perform()
    assert page.texts(".order .text") == [texts[1], texts[2], texts[0], *texts[3:]]
    assert page.texts(".exercise [role=status]")[0].endswith(f"is 3 of {len(texts)} now.")


@pytest.mark.in_full
def test_axe_finds_nothing(driver: WebDriver, all_in_one: str, admin: str, tmp_path: Any) -> None:
    script = fetch_axe(tmp_path)
    if script is None:
        pytest.skip("npm does not provide axe-core here")
    page = LessonsPage(driver, all_in_one)
    assert violations(driver, script) == []
    page.sign_up("1990-01-01")
    page.wait.until(lambda _: page.texts(".next .button"))
    for width, height in (PHONE, DESK):
        page.resize(width, height)
        for view in ("reviews", "progress", "settings", ""):
            page.go(view)
            assert violations(driver, script) == [], (view, width)
            assert not page.overflows(), (view, width)
    page.open_lesson(FIRST)
    assert violations(driver, script) == []
    answer = next(each for each in solutions(all_in_one, admin, FIRST).items() if "choice" in each[1])
    page.answer(answer[0], wrong(dict(answer[1]), page, answer[0]))
    page.judged(answer[0], "open", "✗")
    assert violations(driver, script) == []


@pytest.mark.in_full
def test_a_learner_reviews_is_told_and_is_reminded(driver: WebDriver, all_in_one: str, admin: str) -> None:
    page = LessonsPage(driver, all_in_one)
    page.resize(*PHONE)
    page.sign_up("1990-01-01")
    id, wrong_once = learn_days_ago(page, solutions(all_in_one, admin, FIRST))
    driver.refresh()
    page.wait.until(lambda _: page.texts("#reviews-due") == ["(1)"] and page.texts(".notes li"))
    assert page.flaws() == [] and not page.overflows()
    note = next(each for each in driver.find_elements(By.CSS_SELECTOR, ".notes li") if "Six minutes." in each.text)
    note.find_element(By.TAG_NAME, "button").send_keys(Keys.ENTER)
    page.wait.until(lambda _: not [each for each in page.texts(".notes li") if "Six minutes." in each])
    tell(page, "While the page is open")
    page.wait.until(lambda _: [each for each in page.texts(".notes li") if "While the page is open" in each])
    page.go("reviews")
    page.answer(id, wrong_once)
    page.judged(id, "solved", "✗")
    assert "It comes back soon." in page.outcome(id)
    page.driver.find_element(By.CSS_SELECTOR, ".exercise + button").send_keys(Keys.ENTER)
    page.wait.until(lambda _: "That is all for now." in page["view"].text)

    page.go("settings")
    remind, quiet = driver.find_elements(By.CSS_SELECTOR, ".timed > .check input")
    remind.send_keys(Keys.SPACE)
    page.wait.until(lambda _: page.texts(".next-reminder")[0].endswith("at 19:00."))
    quiet.send_keys(Keys.SPACE)
    script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}))"
    fields = driver.find_elements(By.CSS_SELECTOR, ".timed [type=time]")
    for field, time in zip(fields, ("19:00", "18:30", "20:30"), strict=True):
        driver.execute_script(script, field, time)
    page.wait.until(lambda _: page.texts(".next-reminder")[0].endswith("at 20:30 (because of your quiet hours)."))
    assert page.flaws() == [] and not page.overflows()
    page.driver.find_element(By.CSS_SELECTOR, "form:has(.timed) [type=submit]").send_keys(Keys.ENTER)
    page.wait.until(lambda _: "Saved." in page.texts("form:has(.timed) .actions")[0])
    driver.refresh()
    page.wait.until(lambda _: page.texts(".next-reminder"))
    assert page.texts(".next-reminder")[0].endswith("at 20:30 (because of your quiet hours).")
    assert severe(driver) == []


def tell(page: LessonsPage, title: str) -> None:
    """Makes a notification for oneself, which goes out at once."""
    token = page.driver.execute_script("return JSON.parse(sessionStorage.session).access_token")
    headers = {"Authorization": f"Bearer {token}"}
    body = {"title": title, "body": "It has come by itself."}
    httpx2.post(f"{page.address}/notifications", json=body, headers=headers, timeout=60).raise_for_status()


def learn_days_ago(page: LessonsPage, right: Solutions) -> tuple[str, dict[str, Any]]:
    """Completes a lesson of which one answer was wrong at first, so that it is due for review; writes oneself a note.

    Returns the exercise and its wrong answer.
    """
    token = page.driver.execute_script("return JSON.parse(sessionStorage.session).access_token")
    with httpx2.Client(base_url=page.address, timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        lesson = client.get("/lessons", params={"key": FIRST}).json()["items"][0]["id"]
        shown = {each["id"]: each for each in client.get(f"/lessons/{lesson}").json()["exercises"]}
        id = next(each for each, answer in right.items() if "choice" in answer)
        options = [each["id"] for each in shown[id]["options"]]
        wrong_once = {"choice": next(each for each in options if each != right[id]["choice"])}
        at = datetime.now(UTC) - timedelta(days=3)
        events = [
            {
                "client_id": str(uuid4()),
                "type": "attempt",
                "lesson_id": lesson,
                "exercise_id": exercise,
                "answer": answer,
                "happened_at": (at + timedelta(minutes=minute)).isoformat(),
            }
            for minute, (exercise, answer) in enumerate([(id, wrong_once), *right.items()])
        ]
        client.post("/progress", json={"events": events}).raise_for_status()
        client.post("/notifications", json={"title": "Read on", "body": "Six minutes."}).raise_for_status()
    return id, wrong_once


@pytest.mark.in_full
def test_every_control_of_a_lesson_is_reached_by_the_tab_key(driver: WebDriver, all_in_one: str) -> None:
    page = LessonsPage(driver, all_in_one)
    page.sign_up("1990-01-01")
    page.wait.until(lambda _: page.texts(".next .button"))
    page.open_lesson(FIRST)
    driver.execute_script("document.querySelector('.skip').focus()")
    controls = (
        "[...document.querySelectorAll('a, button, input, select, textarea, summary')].filter(e => e.checkVisibility())"
    )
    mark = "const e = document.activeElement; e.dataset.seen = 1; return e !== document.body && !e.matches('.skip')"
    driver.execute_script(mark)
    page.press(Keys.TAB)
    while driver.execute_script(mark):
        page.press(Keys.TAB)
    # of a group of radio buttons the tab key reaches one, arrow keys the others
    missed = (
        f"return {controls}.filter(e => !e.disabled && !e.dataset.seen && e.type !== 'radio').map(e => e.outerHTML)"
    )
    assert driver.execute_script(missed) == []
    groups = "return [...new Set([...document.querySelectorAll('[type=radio]')].map(e => e.name))]"
    reached = "return [...new Set([...document.querySelectorAll('[type=radio][data-seen]')].map(e => e.name))]"
    assert set(driver.execute_script(reached)) >= set(driver.execute_script(groups)) - {"mode"}


@pytest.mark.in_full
def test_what_is_pushed_is_shown(driver: WebDriver, all_in_one: str) -> None:
    page = LessonsPage(driver, all_in_one)
    page.wait.until(lambda _: driver.execute_async_script(KEPT))
    driver.execute_cdp_cmd("Browser.grantPermissions", {"origin": all_in_one, "permissions": ["notifications"]})
    pushed = {"id": "n", "type": "custom", "title": "Read on", "body": "Six minutes.", "link": "/try/lessons#/reviews"}
    driver.execute_cdp_cmd("ServiceWorker.enable", {})
    for number in range(20):  # a browser numbers its workers, and does not tell the driver how
        push = {"origin": f"{all_in_one}/", "registrationId": str(number), "data": json.dumps(pushed)}
        driver.execute_cdp_cmd("ServiceWorker.deliverPushMessage", push)
    shown = (
        "const done = arguments[0]; navigator.serviceWorker.getRegistration('/try/lessons').then(found =>"
        " found.getNotifications()).then(all => done("
        "all.map(({title, body, tag, data}) => [title, body, tag, data.link])))"
    )
    page.wait.until(lambda _: driver.execute_async_script(shown))
    assert driver.execute_async_script(shown) == [["Read on", "Six minutes.", "n", "/try/lessons#/reviews"]]
