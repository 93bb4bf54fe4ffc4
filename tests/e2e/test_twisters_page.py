"""Tests the page at /try/twisters-admin in a real Chromium: authors manage the tongue twisters."""

from __future__ import annotations

import json

import httpx2
import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.e2e.browser import sign_out
from tests.e2e.conftest import PASSWORD, sign_up

WITHIN = 30.0  # seconds


class Page:
    """Represents the page as an author uses it."""

    def __init__(self, driver: WebDriver, address: str) -> None:
        self.driver = driver
        self.wait = WebDriverWait(driver, WITHIN)
        sign_out(driver, address)
        driver.get(f"{address}/try/twisters-admin")
        self.wait.until(lambda _: self.texts())

    def __getitem__(self, id: str) -> WebElement:
        return self.driver.find_element(By.ID, id)

    def texts(self) -> list[str]:
        """Returns the texts of the list at one moment: the page may draw it anew at any time."""
        script = "return [...document.querySelectorAll('#list li p:first-child')].map(each => each.innerText)"
        found: list[str] = self.driver.execute_script(script)
        return found

    def sign_in(self, email: str) -> None:
        self["email"].send_keys(email)
        self["password"].send_keys(PASSWORD + Keys.ENTER)
        self.wait.until(lambda _: self["who"].is_displayed())

    def press(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()

    def focused(self) -> str:
        """Returns the id, name or text of what has the focus."""
        script = "const e = document.activeElement; return e.id || e.value || e.ariaLabel || e.textContent"
        found: str = self.driver.execute_script(script)
        return found

    def done(self, text: str) -> None:
        self.wait.until(lambda _: self["done"].text == text)

    def token(self) -> str:
        found: str = json.loads(self.driver.execute_script("return sessionStorage.session"))["access_token"]
        return found


@pytest.mark.landing
def test_an_author_makes_edits_and_deletes_a_twister(driver: WebDriver, all_in_one: str, author: str) -> None:
    page = Page(driver, all_in_one)
    page.sign_in(author)
    make_by_keyboard(page, "Six sleek zebras zigzag.")
    make_by_keyboard(page, "SIX sleek zebras, zigzag!")
    page.wait.until(lambda _: "exists already" in page["trouble"].text)
    page["close"].click()

    page["words"].send_keys("zigzag" + Keys.ENTER)
    page.wait.until(lambda _: page.texts() == ["Six sleek zebras zigzag."])
    assert page["count"].text == "1 tongue twister"
    page.driver.find_element(By.CSS_SELECTOR, "#list button").click()
    page.wait.until(lambda _: page["editor"].is_displayed() and page["text"].get_attribute("value"))
    somebody_else_sets_difficulty(page, all_in_one, 4)
    page["text"].send_keys(" Zip!")
    page["save"].click()
    page.wait.until(lambda _: page["conflict"].is_displayed())
    assert "Somebody else has changed this twister" in page["conflict"].text
    assert page["theirs"].text == "Six sleek zebras zigzag."
    assert page["text"].get_attribute("value") == "Six sleek zebras zigzag. Zip!"
    page["keep-mine"].click()
    page.done("Saved: Six sleek zebras zigzag. Zip!")

    page.driver.find_element(By.CSS_SELECTOR, "#list button").click()
    page.wait.until(lambda _: page["delete"].is_displayed())
    page["delete"].click()
    page.wait.until(lambda _: page["confirm"].is_displayed())
    page.press(Keys.ESCAPE)
    page.wait.until(lambda _: not page["confirm"].is_displayed())
    assert page.texts() == ["Six sleek zebras zigzag. Zip!"]
    page["delete"].click()
    page.wait.until(lambda _: page["confirm"].is_displayed())
    somebody_else_sets_difficulty(page, all_in_one, 2)
    page["confirm-yes"].click()
    page.wait.until(lambda _: page["conflict"].is_displayed())
    assert page["keep-mine"].text == "Delete it all the same"
    page["keep-mine"].click()
    page.done("Deleted: Six sleek zebras zigzag. Zip!")
    assert page.texts() == []
    console = [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]  # type: ignore[no-untyped-call]
    assert [message for message in console if " 409 " not in message and " 412 " not in message] == []


def make_by_keyboard(page: Page, text: str) -> None:
    """Makes a twister for the sounds S and Z, without a mouse; returns when it is sent."""
    page.driver.execute_script("document.getElementById('new').focus()")
    page.press(Keys.ENTER)
    page.wait.until(lambda _: page.focused() == "editor-title")
    page.press(Keys.TAB, text, Keys.TAB, "3")
    while (focused := page.focused()) != "save":
        page.press(*([Keys.SPACE] if focused in ("S", "Z") else []), Keys.TAB)
    assert Select(page["level"]).first_selected_option.text == "3"
    assert page["sounds-count"].text == "Chosen: 2."
    page.press(Keys.ENTER)
    page.wait.until(lambda _: page["done"].text or page["trouble"].text)


def somebody_else_sets_difficulty(page: Page, address: str, difficulty: int) -> None:
    id = page.driver.find_element(By.CSS_SELECTOR, "#list li[aria-current]").get_attribute("data-id")
    headers = {"Authorization": f"Bearer {page.token()}", "If-Match": "*"}
    changed = httpx2.patch(f"{address}/twisters/{id}", json={"difficulty": difficulty}, headers=headers, timeout=60)
    assert changed.status_code == 200


def test_who_is_no_author_reads_and_is_told_so(driver: WebDriver, all_in_one: str) -> None:
    page = Page(driver, all_in_one)
    page.sign_in(sign_up(all_in_one))
    page.wait.until(lambda _: page["no-author"].is_displayed())
    assert not page["new"].is_displayed()
    assert not driver.find_elements(By.CSS_SELECTOR, "#list button")
    Select(page["sound"]).select_by_value("ZH")
    page.wait.until(lambda _: len(page.texts()) < 20)


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(driver: WebDriver, all_in_one: str, author: str, width: int) -> None:
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    page = Page(driver, all_in_one)
    page.sign_in(author)
    page.wait.until(lambda _: driver.find_elements(By.CSS_SELECTOR, "#list button"))
    driver.find_element(By.CSS_SELECTOR, "#list button").click()
    page.wait.until(lambda _: page["editor"].is_displayed())
    root = "document.documentElement"
    assert driver.execute_script(f"return {root}.scrollWidth <= {root}.clientWidth")
