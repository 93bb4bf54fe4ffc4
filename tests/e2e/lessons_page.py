"""Represents the page at /try/lessons as a learner uses it, for tests in a real Chromium."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.browser import sign_out
from tests.e2e.conftest import PASSWORD
from tests.e2e.try_page import WITHIN, Page

Solutions = Mapping[str, Any]


class LessonsPage(Page):
    """Represents the page as a learner uses it."""

    def __init__(self, driver: WebDriver, address: str) -> None:
        self.driver = driver
        self.address = address
        self.wait = WebDriverWait(driver, WITHIN)
        sign_out(driver, address)
        driver.get(f"{address}/try/lessons")
        self.wait.until(lambda _: self.path())

    def path(self) -> dict[str, str]:
        """Returns how each lesson stands, by key."""
        script = (
            "const items = [...document.querySelectorAll('.path li')];"
            "return Object.fromEntries(items.map(({dataset}) => [dataset.key, dataset.standing]))"
        )
        found: dict[str, str] = self.driver.execute_script(script)
        return found

    def go(self, view: str) -> None:
        """Opens a view and waits until it is shown."""
        self.driver.execute_script("location.hash = arguments[0]", f"#/{view}")
        self.shown()

    def shown(self) -> None:
        script = "return document.activeElement?.matches('h2') && !document.querySelector('#view[aria-busy]')"
        self.wait.until(lambda _: self.driver.execute_script(script))

    def open_lesson(self, key: str) -> None:
        """Opens a lesson from the path with the keyboard."""
        self.driver.find_element(By.CSS_SELECTOR, f"[data-key='{key}'] a").send_keys(Keys.ENTER)
        self.wait.until(lambda _: self.driver.find_elements(By.CSS_SELECTOR, ".exercise"))

    def exercise(self, id: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, f"[data-exercise='{id}']")

    def standing(self, id: str) -> str:
        return str(self.exercise(id).get_attribute("data-standing"))

    def outcome(self, id: str) -> str:
        found = self.texts(f"[data-exercise='{id}'] .outcome")
        return found[0] if found else ""

    def answer(self, id: str, answer: Mapping[str, Any]) -> None:
        """Gives an answer with the keyboard alone, and sends it."""
        within = self.exercise(id)
        match answer:
            case {"choice": value} | {"rating": value}:
                self._press(within, value)
            case {"choices": values}:
                for each in within.find_elements(By.CSS_SELECTOR, "input"):
                    if each.is_selected() != (each.get_attribute("value") in values):
                        each.send_keys(Keys.SPACE)
            case {"value": bool(value)}:
                self._press(within, str(value).lower())
            case {"value": value} | {"text": value}:
                field = within.find_element(By.CSS_SELECTOR, "input, textarea")
                field.clear()
                field.send_keys(str(value))
            case {"blanks": words}:
                for field, word in zip(within.find_elements(By.CSS_SELECTOR, "input"), words, strict=True):
                    field.clear()
                    field.send_keys(word)
            case {"pairs": pairs}:
                self._match(within, pairs)
            case {"order": ids}:
                self._order(within, ids)
        within.find_element(By.CSS_SELECTOR, "[type=submit]").send_keys(Keys.ENTER)

    def judged(self, id: str, standing: str, words: str = "") -> None:
        """Waits until an answer is judged."""
        self.wait.until(lambda _: self.standing(id) == standing and words in self.outcome(id))

    def _press(self, within: WebElement, value: str) -> None:
        within.find_element(By.CSS_SELECTOR, f"input[value='{value}']").send_keys(Keys.SPACE)

    def _match(self, within: WebElement, pairs: Mapping[str, str]) -> None:
        script = "return [...arguments[0].options].findIndex(each => each.value === arguments[1])"
        for field, right in zip(within.find_elements(By.CSS_SELECTOR, "select"), pairs.values(), strict=True):
            field.send_keys(Keys.HOME, *[Keys.ARROW_DOWN] * self.driver.execute_script(script, field, right))

    def _order(self, within: WebElement, ids: list[str]) -> None:
        for place, id in enumerate(ids):
            item = within.find_element(By.CSS_SELECTOR, f"li[data-id='{id}']")
            now = [each.get_attribute("data-id") for each in within.find_elements(By.CSS_SELECTOR, ".order > li")]
            for _ in range(now.index(id) - place):
                item.find_element(By.CSS_SELECTOR, ".up").send_keys(Keys.ENTER)


def solutions(address: str, admin: str, key: str) -> Solutions:
    """Returns the answers that score 1, by exercise, as an admin reads them."""
    with httpx2.Client(base_url=address, timeout=60) as client:
        session = client.post("/auth/login", json={"email": admin, "password": PASSWORD}).json()
        client.headers["Authorization"] = f"Bearer {session['access_token']}"
        topic = key.partition("/")[0]
        items = client.get("/admin/content", params={"topic": topic, "limit": 100}).json()["items"]
        entry = next(each["content_id"] for each in items if each["key"] == key)
        exercises = client.get(f"/admin/content/{entry}").json()["exercises"]
    return {each["id"]: each["solution"] for each in exercises}
